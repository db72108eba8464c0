//! Names: opening, making, renaming and removing what has one.

use std::path::Path;

use rustix::fs::{AtFlags, CWD, Mode, OFlags};

#[cfg(target_os = "linux")]
use super::Errno;
use super::{Handle, Result};
use crate::opening::{Links, Opening};
use crate::space::Space;

pub(super) const PRIVATE_DIRECTORY: Mode = Mode::RWXU;
pub(super) const PRIVATE_FILE: Mode = Mode::RUSR.union(Mode::WUSR);

const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// How every file is opened: no link, no wait at a FIFO, nothing for children.
const PLAIN: OFlags = OFlags::NOFOLLOW.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);

/// Opens a directory.
pub(crate) fn open_directory(path: &Path, links: Links) -> Result<Handle> {
    let flags = match links {
        Links::Follow => DIRECTORY,
        Links::Refuse => DIRECTORY | OFlags::NOFOLLOW,
    };
    Handle::clear_of_streams(rustix::fs::openat(CWD, path, flags, Mode::empty())?)
}

/// Opens a directory inside another. No link is followed.
pub(crate) fn open_directory_in(directory: &Handle, name: &str) -> Result<Handle> {
    let flags = DIRECTORY | OFlags::NOFOLLOW;
    Handle::clear_of_streams(rustix::fs::openat(directory, name, flags, Mode::empty())?)
}

/// Makes a directory for its owner alone.
pub(crate) fn make_directory(path: &Path) -> Result<()> {
    rustix::fs::mkdirat(CWD, path, PRIVATE_DIRECTORY)
}

/// The same inside another.
pub(crate) fn make_directory_in(directory: &Handle, name: &str) -> Result<()> {
    rustix::fs::mkdirat(directory, name, PRIVATE_DIRECTORY)
}

/// Opens a file to read it. The last name of `path` may be no link.
pub(crate) fn open_file(path: &Path) -> Result<Handle> {
    Handle::clear_of_streams(rustix::fs::openat(CWD, path, OFlags::RDONLY | PLAIN, Mode::empty())?)
}

/// Opens a file inside a directory. One that is made is for its owner alone.
pub(crate) fn open_file_in(directory: &Handle, name: &str, opening: Opening) -> Result<Handle> {
    let flags = match opening {
        Opening::Read => OFlags::RDONLY,
        Opening::Append => OFlags::RDWR | OFlags::APPEND,
        Opening::Create => OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::EXCL,
        Opening::AppendOrCreate => OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE,
        Opening::WriteOrCreate => OFlags::RDWR | OFlags::CREATE,
    };
    Handle::clear_of_streams(rustix::fs::openat(directory, name, flags | PLAIN, PRIVATE_FILE)?)
}

/// Renames, over whatever has the new name.
pub(crate) fn rename(directory: &Handle, from: &str, into: &Handle, to: &str) -> Result<()> {
    rustix::fs::renameat(directory, from, into, to)
}

/// Renames unless something has the new name.
pub(crate) fn rename_to_new(directory: &Handle, from: &str, to: &str) -> Result<()> {
    #[cfg(target_os = "linux")]
    match rustix::fs::renameat_with(directory, from, directory, to, rustix::fs::RenameFlags::NOREPLACE) {
        // Some file systems cannot; a link cannot replace anything either.
        Err(Errno::INVAL | Errno::NOSYS) => {}
        done => return done,
    }
    rustix::fs::linkat(directory, from, directory, to, AtFlags::empty())?;
    unlink_in(directory, from)
}

/// Removes a file.
pub(crate) fn unlink(path: &Path) -> Result<()> {
    rustix::fs::unlink(path)
}

/// Removes a file inside a directory.
pub(crate) fn unlink_in(directory: &Handle, name: &str) -> Result<()> {
    rustix::fs::unlinkat(directory, name, AtFlags::empty())
}

/// Removes an empty directory.
pub(crate) fn remove_directory(path: &Path) -> Result<()> {
    rustix::fs::unlinkat(CWD, path, AtFlags::REMOVEDIR)
}

/// The same inside another.
pub(crate) fn remove_directory_in(directory: &Handle, name: &str) -> Result<()> {
    rustix::fs::unlinkat(directory, name, AtFlags::REMOVEDIR)
}

/// The names in a directory that are UTF-8, in no order.
pub(crate) fn names(directory: &Handle) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in rustix::fs::Dir::read_from(directory)? {
        if let Ok(name) = std::str::from_utf8(entry?.file_name().to_bytes())
            && name != "."
            && name != ".."
        {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

/// Asks that the names in a directory survive a power cut.
pub(crate) fn sync_directory(directory: &Handle) -> Result<()> {
    rustix::fs::fsync(directory)
}

/// The space that the file system of a directory has left for this user.
pub(crate) fn space(directory: &Handle) -> Result<Space> {
    rustix::fs::fstatvfs(directory).map(left)
}

/// The space that the file system at a path has left for this user.
///
/// # Errors
/// Those of the system.
pub fn space_at(path: &Path) -> Result<Space> {
    rustix::fs::statvfs(path).map(left)
}

fn left(figures: rustix::fs::StatVfs) -> Space {
    Space {
        bytes: figures.f_bavail.saturating_mul(figures.f_frsize),
        // File systems without a fixed number of inodes say 0 of 0.
        files: (figures.f_files > 0).then_some(figures.f_favail),
    }
}

/// Whether what is open lies on the device of the root directory.
pub(crate) fn is_on_device_of_root(known: super::stat::Identity) -> bool {
    super::stat(Path::new("/")).is_ok_and(|root| root.identity().device == known.device)
}

/// Whether the mount that a directory lies on goes with the container it is in.
#[cfg(target_os = "linux")]
pub(crate) fn is_on_passing_mount(directory: &Handle) -> bool {
    super::mount::goes_with_container(std::os::fd::AsFd::as_fd(directory))
}

/// The same where the system does not say.
#[cfg(not(target_os = "linux"))]
pub(crate) fn is_on_passing_mount(_directory: &Handle) -> bool {
    false
}
