//! The moment in which the new directory takes the place of the old one.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use anyhow::Context as _;

use super::place::Place;

/// Gives the new directory the name of the site.
pub(super) fn exchange(site: &Place) -> anyhow::Result<()> {
    let new = site.beside();
    let cannot = || {
        format!(
            "the new site lies in {} and cannot take the place of {}; what is there is as it was. Run this again when that \
             is mended (a mount point cannot be exchanged: name a directory inside it)",
            new.display(),
            site.path().display()
        )
    };
    let done = if site.path().exists() { swap(site, &new) } else { fs::rename(&new, site.path()) };
    done.and_then(|()| sync(site.parent())).with_context(cannot)
}

fn swap(site: &Place, new: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, new, CWD, site.path(), RenameFlags::EXCHANGE) {
            // Some file systems cannot.
            Err(Errno::INVAL | Errno::NOSYS) => {}
            done => return done.map_err(Into::into),
        }
    }
    in_two_steps(site, new)
}

/// If the first is all that happens, the next run undoes it.
fn in_two_steps(site: &Place, new: &Path) -> io::Result<()> {
    fs::rename(site.path(), site.passing())?;
    sync(site.parent())?;
    fs::rename(new, site.path())
}

/// Waits until the names in a directory are on the disk.
pub(super) fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::super::leftover;
    use super::*;

    #[test]
    fn where_two_directories_cannot_be_exchanged_two_renames_do_it_and_the_next_run_mends_what_is_between() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("figures");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("old"), "").unwrap();
        let site = Place::of(&path).unwrap();
        fs::create_dir(site.beside()).unwrap();
        fs::write(site.beside().join("new"), "").unwrap();
        // Interrupted between the two.
        fs::rename(&path, site.passing()).unwrap();
        leftover::put_back(&site).unwrap();
        assert!(path.join("old").exists() && !site.passing().exists());
        in_two_steps(&site, &site.beside()).unwrap();
        assert!(path.join("new").exists() && site.passing().join("old").exists());
        leftover::put_back(&site).unwrap();
        assert!(path.join("new").exists());
    }
}
