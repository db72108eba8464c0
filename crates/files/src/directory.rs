//! A directory, reached by its descriptor.

use std::path::{Path, PathBuf};

use super::faults;
use super::file::File;
use super::kept::{Kept, Opened};
use super::opening::{Links, Opening};
use super::space::Space;
use super::system::{self, Errno, Handle, Identity, Result, Stat};

/// A directory that belongs to us and that no other user can write to. From one of our own, a group that may write to it is
/// taken out again: with `fsGroup`, Kubernetes lets one in at each mount of a volume.
#[derive(Debug)]
pub struct Directory(Handle);

impl Directory {
    /// Opens an existing directory. The last name of `path` may be no link.
    ///
    /// # Errors
    /// `PERM` if it belongs to another user or everybody can write to it, or a group whose right cannot be taken back; else
    /// those of the system.
    pub fn open(path: &Path) -> Result<Self> {
        let directory = Self(system::open_directory(path, Links::Refuse)?);
        directory.take_back()?;
        Ok(directory)
    }

    /// Opens a directory that a host or user may share with others, making it and what lies above it where it is
    /// missing. Another user who can write there can delete an answer, which turns nothing on.
    ///
    /// # Errors
    /// Those of the system.
    pub fn make_open(path: &Path) -> Result<Self> {
        make_path(path)?;
        Self::look_into(path)
    }

    /// Opens a directory, making it and what lies above it where it is missing, with mode 0700.
    /// True if it was made.
    ///
    /// # Errors
    /// Those of [`Directory::open`], and those of making it.
    pub fn make(path: &Path) -> Result<(Self, bool)> {
        Self::make_by(path, Self::open)
    }

    fn make_by(path: &Path, open: fn(&Path) -> Result<Self>) -> Result<(Self, bool)> {
        match open(path) {
            Err(Errno::NOENT) => {}
            found => return found.map(|directory| (directory, false)),
        }
        make_path(path)?;
        Ok((open(path)?, true))
    }

    /// Opens a directory that an operator named, making it and what lies above it where it is missing, with mode 0700.
    /// The last name may be a link if root or we made it, as a service manager does; what it leads to must be ours all
    /// the same. Its mode is the operator's, and stays what it is.
    ///
    /// # Errors
    /// `PERM` if it belongs to another user or others can write to it; `LOOP` where somebody else made the link; else
    /// those of the system.
    pub fn make_named(path: &Path) -> Result<Self> {
        Self::make_by(&behind_links(path)?, Self::open_as_it_is).map(|(directory, _)| directory)
    }

    /// Opens a directory that an operator named, which must be there; links as for [`Directory::make_named`].
    ///
    /// # Errors
    /// Those of [`Directory::make_named`].
    pub fn open_named(path: &Path) -> Result<Self> {
        Self::open_as_it_is(&behind_links(path)?)
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.0
    }

    fn open_as_it_is(path: &Path) -> Result<Self> {
        let directory = Self(system::open_directory(path, Links::Refuse)?);
        if directory.checked_stat()?.is_shared() { Err(Errno::PERM) } else { Ok(directory) }
    }

    /// Opens a directory of anybody's, only to look into it. Nothing may be written there, and what is read there is
    /// somebody else's word.
    ///
    /// # Errors
    /// Those of the system.
    pub fn look_into(path: &Path) -> Result<Self> {
        system::open_directory(path, Links::Follow).map(Self)
    }

    /// Opens a directory inside this one.
    ///
    /// # Errors
    /// Those of [`Directory::open`].
    pub fn directory(&self, name: &str) -> Result<Self> {
        self.known_directory(name).map(|(directory, _)| directory)
    }

    /// The same, to be kept while the host does its work.
    ///
    /// # Errors
    /// Those of [`Directory::open`].
    pub fn kept_directory(&self, name: &str) -> Result<Kept<Self>> {
        self.known_directory(name).map(|(directory, stat)| Kept::of(directory, &stat))
    }

    fn known_directory(&self, name: &str) -> Result<(Self, Stat)> {
        let directory = Self(system::open_directory_in(&self.0, name)?);
        let stat = directory.take_back()?;
        Ok((directory, stat))
    }

    /// Opens a directory inside this one, making it with mode 0700 where it is missing.
    ///
    /// # Errors
    /// Those of [`Directory::open`], and those of making it.
    pub fn make_directory(&self, name: &str) -> Result<Self> {
        match self.directory(name) {
            Err(Errno::NOENT) => {}
            found => return found,
        }
        faults::strike("mkdir")?;
        match system::make_directory_in(&self.0, name) {
            Ok(()) | Err(Errno::EXIST) => self.directory(name),
            Err(error) => Err(error),
        }
    }

    fn checked_stat(&self) -> Result<Stat> {
        let stat = self.own_stat()?;
        if stat.is_mine() { Ok(stat) } else { Err(Errno::PERM) }
    }

    /// Takes a group out that may write to this directory. What it has put there meanwhile is checked where it is opened,
    /// as everything is.
    fn take_back(&self) -> Result<Stat> {
        let stat = self.checked_stat()?;
        system::keep_to_ourselves(&self.0, &stat).map(|()| stat)
    }

    /// Opens an existing file to append to it and to read it. The caller checks by [`File::checked_stat`] that it may.
    ///
    /// # Errors
    /// `NOENT` where there is none, `LOOP` where it is a link, `NXIO` where it is a pipe; else those of the system.
    pub fn append(&self, name: &str) -> Result<File> {
        faults::strike("open")?;
        self.open_file(name, Opening::Append)
    }

    /// Makes a file with mode 0600 that must not exist, to write it.
    ///
    /// # Errors
    /// `EXIST` where something has the name; else those of the system.
    pub fn create(&self, name: &str) -> Result<File> {
        faults::strike("open")?;
        self.open_file(name, Opening::Create)
    }

    /// Opens a file to append to it, making it where it is missing.
    ///
    /// # Errors
    /// Those of the system.
    pub fn append_or_create(&self, name: &str) -> Result<File> {
        faults::strike("open")?;
        self.open_file(name, Opening::AppendOrCreate)
    }

    /// Opens a file to read it and to write over it, making it with mode 0600 where it is missing.
    ///
    /// # Errors
    /// Those of the system.
    pub fn keep(&self, name: &str) -> Result<File> {
        faults::strike("open")?;
        self.open_file(name, Opening::WriteOrCreate)
    }

    /// Opens a file to read it. The caller checks by [`File::checked_stat`] that it may.
    ///
    /// # Errors
    /// `NOENT` where there is none, `LOOP` where it is a link; else those of the system.
    pub fn read(&self, name: &str) -> Result<File> {
        faults::strike("read")?;
        self.open_file(name, Opening::Read)
    }

    fn open_file(&self, name: &str, opening: Opening) -> Result<File> {
        system::open_file_in(&self.0, name, opening).map(File::of)
    }

    /// Whether `name` still is the file that `known` describes. Asked under the file's lock, it says whether another
    /// process renamed or removed the file before the lock was taken.
    pub fn name_refers_to(&self, name: &str, known: &Stat) -> bool {
        self.stat(name).is_ok_and(|stat| stat.is_same(known))
    }

    /// What the system says of this directory itself.
    ///
    /// # Errors
    /// Those of the system.
    pub fn own_stat(&self) -> Result<Stat> {
        system::stat_of(&self.0)
    }

    /// Whether `path` still leads to this directory. False once it was moved, removed or replaced.
    ///
    /// # Errors
    /// Those of the system, where it cannot say.
    pub fn is_at(&self, path: &Path) -> Result<bool> {
        let own = self.own_stat()?;
        match system::stat_target(path) {
            Ok(found) => Ok(own.names() > 0 && own.is_same(&found)),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The space that the file system has left for this user.
    ///
    /// # Errors
    /// Those of the system.
    pub fn space(&self) -> Result<Space> {
        system::space(&self.0)
    }

    /// Asks that the names in this directory survive a power cut. Waits for the disk.
    ///
    /// # Errors
    /// Those of the system.
    pub fn sync(&self) -> Result<()> {
        faults::strike("sync")?;
        system::sync_directory(&self.0)
    }

    /// What the system says of an entry, without following a link.
    ///
    /// # Errors
    /// Those of the system.
    pub fn stat(&self, name: &str) -> Result<Stat> {
        system::stat_in(&self.0, name)
    }

    /// Renames within this directory, over whatever has the new name.
    ///
    /// # Errors
    /// `NOENT` where nothing has the old name; else those of the system.
    pub fn rename(&self, from: &str, to: &str) -> Result<()> {
        faults::strike("rename")?;
        system::rename(&self.0, from, &self.0, to)
    }

    /// Renames within this directory unless something has the new name. Of several processes, one succeeds.
    ///
    /// # Errors
    /// `EXIST` where something has the new name; else those of the system.
    pub fn rename_to_new(&self, from: &str, to: &str) -> Result<()> {
        faults::strike("rename")?;
        system::rename_to_new(&self.0, from, to)
    }

    /// Renames into another directory on the same disk, over whatever has the new name there.
    ///
    /// # Errors
    /// Those of the system.
    pub fn rename_into(&self, from: &str, other: &Self, to: &str) -> Result<()> {
        faults::strike("rename")?;
        system::rename(&self.0, from, &other.0, to)
    }

    /// Removes a file.
    ///
    /// # Errors
    /// `NOENT` where there is none; else those of the system.
    pub fn unlink(&self, name: &str) -> Result<()> {
        faults::strike("unlink")?;
        system::unlink_in(&self.0, name)
    }

    /// Removes a file. That there is none is what was wanted, and no error.
    ///
    /// # Errors
    /// Those of the system.
    pub fn remove(&self, name: &str) -> Result<()> {
        match self.unlink(name) {
            Err(Errno::NOENT) => Ok(()),
            done => done,
        }
    }

    /// Removes an empty directory inside this one.
    ///
    /// # Errors
    /// `NOTEMPTY` where something is in it; else those of the system.
    pub fn remove_directory(&self, name: &str) -> Result<()> {
        system::remove_directory_in(&self.0, name)
    }

    /// The names in this directory, in order. A name that is not UTF-8 is none of ours.
    ///
    /// # Errors
    /// Those of the system.
    pub fn list(&self) -> Result<Vec<String>> {
        let mut names = system::names(&self.0)?;
        names.sort_unstable();
        Ok(names)
    }

    /// Writes a whole file under a passing name, then renames it: it is there whole or not at all.
    /// `durable` asks that this survives a power cut too.
    ///
    /// # Errors
    /// Those of the system. The file that has the name stays as it was.
    pub fn replace(&self, name: &str, content: &[u8], durable: bool) -> Result<()> {
        let passing = format!("{name}.tmp");
        self.remove(&passing)?;
        let file = self.create(&passing)?;
        let done = file.write(content, 0).and_then(|()| if durable { file.sync() } else { Ok(()) });
        if let Err(error) = done.and_then(|()| self.rename(&passing, name)) {
            let _ = self.unlink(&passing);
            return Err(error);
        }
        Ok(())
    }

    /// Opens a file that belongs to us, to read it. `None` where it is gone, or something else has the name.
    ///
    /// # Errors
    /// Those of the system.
    pub fn read_checked(&self, name: &str) -> Result<Option<(File, Stat)>> {
        let file = match self.read(name) {
            Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => return Ok(None),
            file => file?,
        };
        Ok(file.checked_stat().ok().map(|stat| (file, stat)))
    }

    /// Reads a whole file of at most `most` bytes that belongs to us.
    ///
    /// # Errors
    /// `PERM` if it is not ours, `FBIG` if it is longer; else those of the system.
    pub fn content(&self, name: &str, most: usize) -> Result<Vec<u8>> {
        let file = self.read(name)?;
        file.checked_stat()?;
        file.content(most)
    }
}

impl Kept<Directory> {
    /// Whether this directory goes with the container it is in: it lies in the container's own layer, which is where
    /// the root directory lies, in memory, or on a volume that its engine deletes with it. Where the system does not say, it
    /// does not.
    pub fn goes_with_container(&self) -> bool {
        system::is_on_device_of_root(self.identity())
            || self.get().is_ok_and(|directory| system::is_on_passing_mount(&directory.0))
    }
}

impl Opened for Directory {
    fn identity(&self) -> Result<Identity> {
        system::stat_of(&self.0).map(|found| found.identity())
    }
}

/// Most links that are followed one after the other to a directory that an operator named.
const MAX_LINKS: usize = 8;

/// The path behind the links at its last name that root or we made.
fn behind_links(path: &Path) -> Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match system::link_of_ours(&path)? {
            Some(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            None => return Ok(path),
        }
    }
    Err(Errno::LOOP)
}

/// Removes a directory that is empty.
///
/// # Errors
/// `NOTEMPTY` where something is in it, `NOTDIR` where it is none; else those of the system.
pub fn remove_empty(path: &Path) -> Result<()> {
    system::remove_directory(path)
}

/// Removes a file at a path.
///
/// # Errors
/// `NOENT` where there is none; else those of the system.
pub fn unlink(path: &Path) -> Result<()> {
    system::unlink(path)
}

/// Makes a directory and what is missing above it.
fn make_path(path: &Path) -> Result<()> {
    faults::strike("mkdir")?;
    let mut made = system::make_directory(path);
    if made == Err(Errno::NOENT) {
        make_path(path.parent().ok_or(Errno::NOENT)?)?;
        made = system::make_directory(path);
    }
    match made {
        Err(Errno::EXIST) => Ok(()),
        made => made,
    }
}
