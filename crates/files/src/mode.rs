//! Whom a directory or file of ours lets in, and taking that back.

use std::os::fd::OwnedFd;

use rustix::fs::{Mode, Stat};
use rustix::io::{Errno, Result};

use super::look::{is_shared, is_writable_by_all};

pub(super) const PRIVATE_DIRECTORY: Mode = Mode::RWXU;
pub(super) const PRIVATE_FILE: Mode = Mode::RUSR.union(Mode::WUSR);

/// Takes a group's right to write back from what is ours and is described by `stat`; where there is none, nothing is
/// asked of the system. Some file systems keep no modes, so the result is looked at.
///
/// # Errors
/// `PERM` where everybody may write, or the group still may; else those of the system.
pub(super) fn keep_group_out(fd: &OwnedFd, stat: &Stat, private: Mode) -> Result<()> {
    if is_writable_by_all(stat) {
        return Err(Errno::PERM);
    }
    if !is_shared(stat) {
        return Ok(());
    }
    rustix::fs::fchmod(fd, private)?;
    if is_shared(&rustix::fs::fstat(fd)?) { Err(Errno::PERM) } else { Ok(()) }
}
