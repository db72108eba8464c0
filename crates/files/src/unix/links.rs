//! Where a link leads that an operator may have made.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

#[cfg(not(target_os = "linux"))]
use rustix::fs::AtFlags;
use rustix::fs::{CWD, FileType};
#[cfg(target_os = "linux")]
use rustix::fs::{Mode, OFlags};

use super::{Errno, Result};

/// Where the link at this path leads, if there is one; only one that root or we made is followed. The link that is asked
/// for its owner is the one that is read, whatever has its name by then.
#[cfg(target_os = "linux")]
pub(crate) fn link_of_ours(path: &Path) -> Result<Option<PathBuf>> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let found = match rustix::fs::openat(CWD, path, flags, Mode::empty()) {
        Err(Errno::NOENT) => return Ok(None),
        found => found?,
    };
    if !leads_on(&rustix::fs::fstat(&found)?)? {
        return Ok(None);
    }
    let target = rustix::fs::readlinkat(&found, "", Vec::new())?;
    Ok(Some(PathBuf::from(OsStr::from_bytes(target.as_bytes()))))
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn link_of_ours(path: &Path) -> Result<Option<PathBuf>> {
    let found = match rustix::fs::statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => return Ok(None),
        found => found?,
    };
    if !leads_on(&found)? {
        return Ok(None);
    }
    let target = rustix::fs::readlinkat(CWD, path, Vec::new())?;
    Ok(Some(PathBuf::from(OsStr::from_bytes(target.as_bytes()))))
}

/// Whether it is a link to be followed.
///
/// # Errors
/// `LOOP` where somebody else made it.
fn leads_on(found: &rustix::fs::Stat) -> Result<bool> {
    if FileType::from_raw_mode(found.st_mode) != FileType::Symlink {
        return Ok(false);
    }
    let is_ours = found.st_uid == 0 || found.st_uid == rustix::process::geteuid().as_raw();
    if is_ours { Ok(true) } else { Err(Errno::LOOP) }
}
