//! Taking back whom a directory or file of ours lets in.

use rustix::fs::Mode;

use super::directories::{PRIVATE_DIRECTORY, PRIVATE_FILE};
use super::{Errno, Handle, Result, Stat, stat_of};

/// Takes a group's right to write back from what is ours and is described by `stat`; where there is none, nothing is
/// asked of the system. Some file systems keep no modes, so the result is looked at.
///
/// # Errors
/// `PERM` where everybody may write, or the group still may; else those of the system.
pub(crate) fn keep_to_ourselves(handle: &Handle, stat: &Stat) -> Result<()> {
    if stat.is_writable_by_all() {
        return Err(Errno::PERM);
    }
    if !stat.is_shared() {
        return Ok(());
    }
    let private: Mode = if stat.is_directory() { PRIVATE_DIRECTORY } else { PRIVATE_FILE };
    rustix::fs::fchmod(handle, private)?;
    if stat_of(handle)?.is_shared() { Err(Errno::PERM) } else { Ok(()) }
}
