//! Writing the directory that is to take the place of the site's.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::content::SiteContent;
use super::leftover;
use super::place::Place;
use super::sums::{self, PASSING_SUMS, SUMS, sha256};
use super::tree::Kind;

/// A file of a new site.
#[derive(Debug)]
pub(crate) enum NewFile {
    /// With these bytes.
    Bytes(Vec<u8>),
    /// That of the site before, unchanged.
    AsItIs,
}

/// Writes the whole directory beside the site and waits until it is on the disk.
pub(super) fn write(
    site: &Place,
    before: &SiteContent,
    files: &BTreeMap<String, NewFile>,
) -> anyhow::Result<()> {
    let root = site.beside();
    let written = fresh(site.path(), &root).map_err(anyhow::Error::from).and_then(|mut list| {
        let mut new = Writer { old: site.path(), root: &root, directories: vec![root.clone()] };
        new.others(before, files)?;
        let sums = new.ours(before, files)?;
        // Last, and whole or not at all: with it the directory is complete.
        list.write_all(sums::written(&sums).as_bytes())?;
        list.sync_all()?;
        fs::rename(root.join(PASSING_SUMS), root.join(SUMS))?;
        new.sync().map_err(anyhow::Error::from)
    });
    if written.is_err() {
        // It may be what fills the disk. What is left of it goes with the next run.
        let _ = leftover::remove(site);
    }
    written.with_context(|| {
        format!(
            "the new site cannot be written to {}; the one that is there is as it was. Run this again when that is mended: \
             it goes on with the figures that are drawn",
            root.display()
        )
    })
}

/// Makes the directory, as readable as the one that it replaces, and its list, empty.
fn fresh(old: &Path, root: &Path) -> io::Result<File> {
    fs::create_dir(root)?;
    let list = File::create_new(root.join(PASSING_SUMS))?;
    File::open(root)?.sync_all()?;
    match fs::metadata(old) {
        Ok(old) => fs::set_permissions(root, old.permissions())?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(list)
}

struct Writer<'a> {
    old: &'a Path,
    root: &'a Path,
    /// Those that were made, to be synced.
    directories: Vec<PathBuf>,
}

impl Writer<'_> {
    /// What is somebody else's goes along: a file as the same file, under a second name until the old directory is gone.
    fn others(&mut self, before: &SiteContent, files: &BTreeMap<String, NewFile>) -> anyhow::Result<()> {
        before.refuse_links_above(files.keys())?;
        for (path, kind) in before.others() {
            let old = self.old.join(path);
            if path.to_str().is_some_and(|path| path == SUMS || files.contains_key(path)) {
                bail!("{} is not ours, and has the name of a file of the site: move it away", old.display());
            }
            let new = self.root.join(path);
            let carried = match kind {
                Kind::Directory => self.directory(&new).and_then(|()| {
                    fs::metadata(&old).and_then(|old| fs::set_permissions(&new, old.permissions()))
                }),
                Kind::File => carry(&old, &new),
                Kind::Link => fs::read_link(&old).and_then(|target| symlink(target, &new)),
                Kind::Other => {
                    Err(io::Error::other("it is neither a file, a directory nor a link: move it away"))
                }
            };
            carried.with_context(|| format!("cannot take {} along", old.display()))?;
        }
        Ok(())
    }

    fn ours(
        &mut self,
        before: &SiteContent,
        files: &BTreeMap<String, NewFile>,
    ) -> anyhow::Result<BTreeMap<String, String>> {
        let mut sums = BTreeMap::new();
        for (path, file) in files {
            let known = before.hash(path);
            let hash = match file {
                NewFile::Bytes(bytes) => sha256(bytes),
                NewFile::AsItIs => known.with_context(|| format!("the site has no {path}"))?.to_owned(),
            };
            let is_kept = known == Some(&*hash) && self.old.join(path).is_file();
            match file {
                _ if is_kept => self.kept(path)?,
                NewFile::Bytes(bytes) => self.file(path, bytes)?,
                NewFile::AsItIs => bail!("{} is missing", self.old.join(path).display()),
            }
            sums.insert(path.clone(), hash);
        }
        Ok(sums)
    }

    /// A file that is as it was keeps its date, so that copies of the site need not transfer it again.
    fn kept(&mut self, path: &str) -> anyhow::Result<()> {
        let new = self.place(path)?;
        carry(&self.old.join(path), &new).with_context(|| format!("cannot write {}", new.display()))
    }

    fn file(&mut self, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let new = self.place(path)?;
        let written = File::create_new(&new).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.with_context(|| format!("cannot write {}", new.display()))
    }

    fn place(&mut self, path: &str) -> anyhow::Result<PathBuf> {
        let mut at = self.root.to_owned();
        let mut names = path.split('/').peekable();
        while let Some(name) = names.next() {
            at.push(name);
            if names.peek().is_some() && !at.is_dir() {
                self.directory(&at).with_context(|| format!("cannot make {}", at.display()))?;
            }
        }
        Ok(at)
    }

    fn directory(&mut self, path: &Path) -> io::Result<()> {
        match fs::create_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
            made => made?,
        }
        self.directories.push(path.to_owned());
        Ok(())
    }

    fn sync(self) -> io::Result<()> {
        self.directories.iter().try_for_each(|directory| File::open(directory)?.sync_all())
    }
}

/// Gives a file a second name, or copies it where the system allows none.
fn carry(old: &Path, new: &Path) -> io::Result<()> {
    match fs::hard_link(old, new) {
        Err(error) if allows_no_second_name(error.kind()) => copy(old, new),
        linked => linked,
    }
}

fn allows_no_second_name(why: ErrorKind) -> bool {
    use ErrorKind::{CrossesDevices, PermissionDenied, TooManyLinks, Unsupported};
    matches!(why, CrossesDevices | PermissionDenied | TooManyLinks | Unsupported)
}

/// Copies a file to a name that is free: what has the name may be the file itself.
fn copy(old: &Path, new: &Path) -> io::Result<()> {
    let mut from = File::open(old)?;
    let mut to = File::create_new(new)?;
    io::copy(&mut from, &mut to)?;
    to.set_permissions(from.metadata()?.permissions())?;
    to.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_carried_to_a_free_name_only() {
        let place = tempfile::tempdir().unwrap();
        let [old, new] = ["old", "new"].map(|name| place.path().join(name));
        fs::write(&old, "figures").unwrap();
        for taken in [carry(&old, &old), copy(&old, &old)] {
            assert_eq!(taken.unwrap_err().kind(), ErrorKind::AlreadyExists);
            assert_eq!(fs::read_to_string(&old).unwrap(), "figures");
        }
        copy(&old, &new).unwrap();
        assert_eq!(fs::read_to_string(&new).unwrap(), "figures");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions();
        assert_eq!(mode(&old), mode(&new));
    }
}
