//! An open file.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, SystemTime};

use rustix::fs::{CWD, FlockOperation, Mode, OFlags, Stat, Timespec, Timestamps};
use rustix::io::{Errno, Result, retry_on_intr};

use super::look::is_regular;
use super::mode::{PRIVATE_FILE, keep_group_out};
use super::{clear_of_stdio, euid, faults};

/// How every file is opened: no link, no wait at a FIFO, nothing for children.
pub(super) const PLAIN: OFlags = OFlags::NOFOLLOW.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK);

/// An open file.
#[derive(Debug)]
pub struct File(pub(super) OwnedFd);

impl File {
    /// Opens a file outside the directories we made, to read it. The last name of `path` may be no link.
    ///
    /// # Errors
    /// Those of the system.
    pub fn at(path: &Path) -> Result<Self> {
        faults::strike_outside()?;
        let fd = rustix::fs::openat(CWD, path, OFlags::RDONLY | PLAIN, Mode::empty())?;
        Ok(Self(clear_of_stdio(fd)?))
    }

    /// What the system says of this file.
    ///
    /// # Errors
    /// Those of the system.
    pub fn stat(&self) -> Result<Stat> {
        rustix::fs::fstat(&self.0)
    }

    /// What the system says of this file, if it is a regular one that belongs to us.
    ///
    /// # Errors
    /// `PERM` if it is not; else those of the system.
    pub fn checked_stat(&self) -> Result<Stat> {
        let stat = self.stat()?;
        if is_regular(&stat) && stat.st_uid == euid() { Ok(stat) } else { Err(Errno::PERM) }
    }

    /// What the system says of this file, if it may be written to: a regular one that belongs to us and has one name
    /// alone. Another name may lie where somebody else put it.
    ///
    /// # Errors
    /// `PERM` if it may not; else those of the system.
    pub fn checked_to_write(&self) -> Result<Stat> {
        let stat = self.checked_stat()?;
        if stat.st_nlink > 1 { Err(Errno::PERM) } else { Ok(stat) }
    }

    /// Takes a group out that may write to this file of ours, which `stat` describes.
    ///
    /// # Errors
    /// `PERM` where everybody may write to it, or the group's right cannot be taken back; else those of the system.
    pub fn keep_group_out(&self, stat: &Stat) -> Result<()> {
        keep_group_out(&self.0, stat, PRIVATE_FILE)
    }

    /// The same file, as the standard library knows it, where it is handed on to what reads or writes streams.
    #[must_use]
    pub fn into_std(self) -> std::fs::File {
        self.0.into()
    }

    /// Tries to take a shared lock, without waiting. False if another process has the exclusive one. The lock goes when
    /// the file is closed, also by a kill.
    ///
    /// # Errors
    /// Those of the system.
    pub fn try_lock_shared(&self) -> Result<bool> {
        self.lock(FlockOperation::NonBlockingLockShared)
    }

    /// Tries to take the exclusive lock, without waiting. False if another process has any lock. The lock goes when the
    /// file is closed, also by a kill.
    ///
    /// # Errors
    /// Those of the system.
    pub fn try_lock_exclusive(&self) -> Result<bool> {
        self.lock(FlockOperation::NonBlockingLockExclusive)
    }

    /// Tries to take a lock that this process has alone, without waiting: processes that were forked off since the file was
    /// opened share the other locks. False if another has it. It goes when this process closes the file or ends.
    ///
    /// # Errors
    /// Those of the system.
    pub fn try_lock_of_process(&self) -> Result<bool> {
        match rustix::fs::fcntl_lock(&self.0, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK | Errno::ACCESS) => Ok(false),
            locked => locked.map(|()| true),
        }
    }

    fn lock(&self, operation: FlockOperation) -> Result<bool> {
        match retry_on_intr(|| rustix::fs::flock(&self.0, operation)) {
            Err(Errno::WOULDBLOCK) => Ok(false),
            locked => locked.map(|()| true),
        }
    }

    /// Appends all of `content` to a file of `size` bytes, in one call unless the disk takes only a part.
    ///
    /// Writing beyond the limit on file sizes (`ulimit -f`) would raise a signal that ends the host, so the limit
    /// is asked first.
    ///
    /// # Errors
    /// `FBIG` beyond that limit, `NOSPC` where the disk takes only a part; else those of the system.
    pub fn write(&self, content: &[u8], size: u64) -> Result<()> {
        allowed(size, content)?;
        all(content, |rest, _| rustix::io::write(&self.0, rest))
    }

    /// Writes over the beginning of a file that was not opened to append. Within one page, and so in one piece.
    ///
    /// # Errors
    /// Those of [`File::write`].
    pub fn write_over(&self, content: &[u8]) -> Result<()> {
        allowed(0, content)?;
        all(content, |rest, at| rustix::io::pwrite(&self.0, rest, at))
    }

    /// The first byte; `None` of an empty file.
    ///
    /// # Errors
    /// Those of the system.
    pub fn first(&self) -> Result<Option<u8>> {
        let mut byte = [0];
        Ok((rustix::io::pread(&self.0, &mut byte, 0)? > 0).then_some(byte[0]))
    }

    /// Asks that what was written survives a power cut. Waits for the disk.
    ///
    /// # Errors
    /// Those of the system.
    pub fn sync(&self) -> Result<()> {
        faults::strike("sync")?;
        rustix::fs::fdatasync(&self.0)
    }

    /// The same, with everything that the system keeps of the file: for one that is made once.
    ///
    /// # Errors
    /// Those of the system.
    pub fn sync_all(&self) -> Result<()> {
        faults::strike("sync")?;
        rustix::fs::fsync(&self.0)
    }

    /// Reads from the beginning; at most `most` bytes.
    ///
    /// # Errors
    /// `FBIG` if the file is longer; else those of the system.
    pub fn content(&self, most: usize) -> Result<Vec<u8>> {
        let mut content = vec![0; 512];
        let mut length = 0;
        loop {
            let space = content.len() - length;
            let read = retry_on_intr(|| rustix::io::pread(&self.0, &mut content[length..], length as u64))?;
            length += read;
            if length > most {
                return Err(Errno::FBIG);
            }
            // A regular file that returns less than was asked for has no more.
            if read < space {
                content.truncate(length);
                return Ok(content);
            }
            content.resize(2 * length, 0);
        }
    }

    /// Fills `part` from this place on.
    ///
    /// # Errors
    /// `NODATA` where the file ends before; else those of the system.
    pub fn read_exact_at(&self, part: &mut [u8], at: u64) -> Result<()> {
        let mut done = 0;
        while done < part.len() {
            match retry_on_intr(|| rustix::io::pread(&self.0, &mut part[done..], at + done as u64))? {
                0 => return Err(Errno::NODATA),
                read => done += read,
            }
        }
        Ok(())
    }

    /// Whether the file begins with this.
    ///
    /// # Errors
    /// Those of the system.
    pub fn begins_with(&self, known: &[u8]) -> Result<bool> {
        let mut found = vec![0; known.len()];
        match self.read_exact_at(&mut found, 0) {
            Ok(()) => Ok(found == known),
            Err(Errno::NODATA) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Cuts the file to this length.
    ///
    /// # Errors
    /// Those of the system.
    pub fn cut(&self, length: u64) -> Result<()> {
        rustix::fs::ftruncate(&self.0, length)
    }

    /// Sets the time at which the file was last modified.
    ///
    /// # Errors
    /// Those of the system.
    pub fn set_modified(&self, time: SystemTime) -> Result<()> {
        let time = timespec(time);
        rustix::fs::futimens(&self.0, &Timestamps { last_access: time, last_modification: time })
    }
}

impl AsFd for File {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
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

/// Whether `content` may be written behind `size` bytes under the limit on file sizes.
fn allowed(size: u64, content: &[u8]) -> Result<()> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Fsize).current;
    let is_beyond = limit.is_some_and(|limit| size.saturating_add(content.len() as u64) > limit);
    if is_beyond { Err(Errno::FBIG) } else { Ok(()) }
}

/// Writes until nothing is left; `write` gets how much was written before.
fn all(content: &[u8], write: impl Fn(&[u8], u64) -> Result<usize>) -> Result<()> {
    let mut at = 0;
    while at < content.len() {
        let rest = &content[at..];
        let written = match faults::short(rest.len()) {
            Some(allowed) => write(&rest[..allowed], at as u64).and(Err(Errno::NOSPC)),
            None => write(rest, at as u64),
        };
        match written {
            Ok(0) => return Err(Errno::NOSPC),
            Ok(written) => at += written,
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_before_1970_is_kept_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let file = File(std::fs::File::create(&path).unwrap().into());
        for time in [
            SystemTime::UNIX_EPOCH,
            SystemTime::UNIX_EPOCH + Duration::new(1, 500),
            SystemTime::UNIX_EPOCH - Duration::from_secs(60 * 31_557_600),
            SystemTime::UNIX_EPOCH - Duration::new(1, 500),
        ] {
            file.set_modified(time).unwrap();
            assert_eq!(crate::modified(&crate::stat(&path).unwrap()), time);
        }
    }
}
