//! What is done with an open file.

use std::time::{Duration, SystemTime};

use rustix::fs::{FlockOperation, Timespec, Timestamps};
use rustix::io::retry_on_intr;

use super::{Errno, Handle, Result};
use crate::opening::Lock;

/// Tries to take a lock that goes when the file is closed, also by a kill. False if another process has one that excludes it.
pub(crate) fn lock(handle: &Handle, lock: Lock) -> Result<bool> {
    let operation = match lock {
        Lock::Shared => FlockOperation::NonBlockingLockShared,
        Lock::Exclusive => FlockOperation::NonBlockingLockExclusive,
    };
    match retry_on_intr(|| rustix::fs::flock(handle, operation)) {
        Err(Errno::WOULDBLOCK) => Ok(false),
        locked => locked.map(|()| true),
    }
}

/// Tries to take a lock that this process has alone: processes that were forked off since the file was opened share the others.
pub(crate) fn lock_of_process(handle: &Handle) -> Result<bool> {
    match rustix::fs::fcntl_lock(handle, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK | Errno::ACCESS) => Ok(false),
        locked => locked.map(|()| true),
    }
}

/// The limit on file sizes (`ulimit -f`), in bytes; `None` where there is none. Writing beyond it would raise a signal that ends the
/// host.
#[must_use]
pub fn max_file_size() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Fsize).current
}

/// Writes to the end of a file that was opened to append, as much as the disk takes at once.
pub(crate) fn write(handle: &Handle, content: &[u8]) -> Result<usize> {
    rustix::io::write(handle, content)
}

/// Writes over a part of a file, as much as the disk takes at once.
pub(crate) fn write_at(handle: &Handle, content: &[u8], at: u64) -> Result<usize> {
    rustix::io::pwrite(handle, content, at)
}

/// Reads from a place on; 0 at the end.
pub(crate) fn read_at(handle: &Handle, part: &mut [u8], at: u64) -> Result<usize> {
    retry_on_intr(|| rustix::io::pread(handle, &mut *part, at))
}

/// Asks that what was written survives a power cut.
#[cfg(not(target_vendor = "apple"))]
pub(crate) fn sync(handle: &Handle) -> Result<()> {
    rustix::fs::fdatasync(handle)
}

/// The same, where only the whole of a file can be asked for.
#[cfg(target_vendor = "apple")]
pub(crate) fn sync(handle: &Handle) -> Result<()> {
    sync_all(handle)
}

/// The same, with everything that the system keeps of the file.
#[cfg(not(target_vendor = "apple"))]
pub(crate) fn sync_all(handle: &Handle) -> Result<()> {
    rustix::fs::fsync(handle)
}

/// The same where fsync(2) leaves what was written in the memory of the disk.
#[cfg(target_vendor = "apple")]
pub(crate) fn sync_all(handle: &Handle) -> Result<()> {
    rustix::fs::fcntl_fullfsync(handle)
}

/// Cuts a file to a length.
pub(crate) fn cut(handle: &Handle, length: u64) -> Result<()> {
    rustix::fs::ftruncate(handle, length)
}

/// Sets the time at which a file was last modified.
pub(crate) fn set_modified(handle: &Handle, time: SystemTime) -> Result<()> {
    let time = timespec(time);
    rustix::fs::futimens(handle, &Timestamps { last_access: time, last_modification: time })
}

/// The time as the system counts it: whole seconds, negative before 1970, and what is to be added to them.
fn timespec(time: SystemTime) -> Timespec {
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => Timespec { tv_sec: seconds(since), tv_nsec: since.subsec_nanos().into() },
        Err(before) => {
            let before = before.duration();
            let begun = i64::from(before.subsec_nanos() > 0);
            let rest = (1_000_000_000 - before.subsec_nanos()) % 1_000_000_000;
            Timespec { tv_sec: -seconds(before) - begun, tv_nsec: rest.into() }
        }
    }
}
