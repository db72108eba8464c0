//! What is done with an open file.

#![allow(
    unsafe_code,
    reason = "the standard library locks whole files, which keeps others from reading them"
)]

use std::io::Write as _;
use std::os::windows::fs::FileExt as _;
use std::time::SystemTime;

use windows_sys::Win32::Storage::FileSystem as fs;
use windows_sys::Win32::System::IO::OVERLAPPED;

use super::{Errno, Handle, Result};
use crate::opening::Lock;

/// Where the byte is that stands for a file's lock: behind every content, since Windows keeps others from what is locked.
const LOCK_AT: u64 = 0x7fff_ffff_ffff_fffe;

/// The same for the lock of a process.
const LOCK_OF_PROCESS_AT: u64 = LOCK_AT - 1;

/// Tries to take a lock that goes when the file is closed, also by a kill. False if another process has one that excludes it.
pub(crate) fn lock(handle: &Handle, lock: Lock) -> Result<bool> {
    try_lock(handle, lock, LOCK_AT)
}

/// Tries to take a lock that this process has alone.
pub(crate) fn lock_of_process(handle: &Handle) -> Result<bool> {
    try_lock(handle, Lock::Exclusive, LOCK_OF_PROCESS_AT)
}

fn try_lock(handle: &Handle, lock: Lock, at: u64) -> Result<bool> {
    let flags = match lock {
        Lock::Shared => fs::LOCKFILE_FAIL_IMMEDIATELY,
        Lock::Exclusive => fs::LOCKFILE_FAIL_IMMEDIATELY | fs::LOCKFILE_EXCLUSIVE_LOCK,
    };
    let mut place = OVERLAPPED::default();
    place.Anonymous.Anonymous.Offset = at as u32;
    place.Anonymous.Anonymous.OffsetHigh = (at >> 32) as u32;
    // SAFETY: the place lives until the call returns, which is at once.
    if unsafe { fs::LockFileEx(handle.raw(), flags, 0, 1, 0, &raw mut place) } != 0 {
        return Ok(true);
    }
    match Errno::last() {
        Errno::AGAIN => Ok(false),
        error => Err(error),
    }
}

/// The limit on file sizes: Windows has none.
#[must_use]
pub fn max_file_size() -> Option<u64> {
    None
}

/// Writes to the end of a file that was opened to append, as much as the disk takes at once.
pub(crate) fn write(handle: &Handle, content: &[u8]) -> Result<usize> {
    Ok((&handle.0).write(content)?)
}

/// Writes over a part of a file, as much as the disk takes at once.
pub(crate) fn write_at(handle: &Handle, content: &[u8], at: u64) -> Result<usize> {
    Ok(handle.0.seek_write(content, at)?)
}

/// Reads from a place on; 0 at the end.
pub(crate) fn read_at(handle: &Handle, part: &mut [u8], at: u64) -> Result<usize> {
    Ok(handle.0.seek_read(part, at)?)
}

/// Asks that what was written survives a power cut.
pub(crate) fn sync(handle: &Handle) -> Result<()> {
    Ok(handle.0.sync_data()?)
}

/// The same, with everything that the system keeps of the file.
pub(crate) fn sync_all(handle: &Handle) -> Result<()> {
    Ok(handle.0.sync_all()?)
}

/// Cuts a file to a length.
pub(crate) fn cut(handle: &Handle, length: u64) -> Result<()> {
    Ok(handle.0.set_len(length)?)
}

/// Sets the time at which a file was last modified.
pub(crate) fn set_modified(handle: &Handle, time: SystemTime) -> Result<()> {
    Ok(handle.0.set_modified(time)?)
}
