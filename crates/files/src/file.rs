//! An open file.

use std::path::Path;
use std::time::SystemTime;

use super::faults;
use super::kept::Opened;
use super::opening::Lock;
use super::system::{self, Errno, Handle, Identity, Result, Stat};

/// An open file.
#[derive(Debug)]
pub struct File(Handle);

impl File {
    pub(super) fn of(handle: Handle) -> Self {
        Self(handle)
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.0
    }

    /// Opens a file outside the directories we made, to read it. The last name of `path` may be no link.
    ///
    /// # Errors
    /// Those of the system.
    pub fn at(path: &Path) -> Result<Self> {
        faults::strike_outside()?;
        system::open_file(path).map(Self)
    }

    /// What the system says of this file.
    ///
    /// # Errors
    /// Those of the system.
    pub fn stat(&self) -> Result<Stat> {
        system::stat_of(&self.0)
    }

    /// What the system says of this file, if it is a regular one that belongs to us.
    ///
    /// # Errors
    /// `PERM` if it is not; else those of the system.
    pub fn checked_stat(&self) -> Result<Stat> {
        let stat = self.stat()?;
        if stat.is_regular() && stat.is_mine() { Ok(stat) } else { Err(Errno::PERM) }
    }

    /// What the system says of this file, if it may be written to: a regular one that belongs to us and has one name
    /// alone. Another name may lie where somebody else put it.
    ///
    /// # Errors
    /// `PERM` if it may not; else those of the system.
    pub fn checked_to_write(&self) -> Result<Stat> {
        let stat = self.checked_stat()?;
        if stat.names() > 1 { Err(Errno::PERM) } else { Ok(stat) }
    }

    /// Takes a group out that may write to this file of ours, which `stat` describes.
    ///
    /// # Errors
    /// `PERM` where everybody may write to it, or the group's right cannot be taken back; else those of the system.
    pub fn keep_group_out(&self, stat: &Stat) -> Result<()> {
        system::keep_to_ourselves(&self.0, stat)
    }

    /// The same file, as the standard library knows it, where it is handed on to what reads or writes streams.
    #[must_use]
    pub fn into_std(self) -> std::fs::File {
        self.0.into_std()
    }

    /// Tries to take a shared lock, without waiting. False if another process has the exclusive one. The lock goes when
    /// the file is closed, also by a kill.
    ///
    /// # Errors
    /// Those of the system.
    pub fn try_lock_shared(&self) -> Result<bool> {
        system::lock(&self.0, Lock::Shared)
    }

    /// Tries to take the exclusive lock, without waiting. False if another process has any lock. The lock goes when the
    /// file is closed, also by a kill.
    ///
    /// # Errors
    /// Those of the system.
    pub fn try_lock_exclusive(&self) -> Result<bool> {
        system::lock(&self.0, Lock::Exclusive)
    }

    /// Tries to take a lock that this process has alone, without waiting: processes that were forked off since the file was
    /// opened share the other locks. False if another has it. It goes when this process closes the file or ends.
    ///
    /// # Errors
    /// Those of the system.
    pub fn try_lock_of_process(&self) -> Result<bool> {
        system::lock_of_process(&self.0)
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
        all(content, |rest, _| system::write(&self.0, rest))
    }

    /// Writes over the beginning of a file that was not opened to append. Within one page, and so in one piece.
    ///
    /// # Errors
    /// Those of [`File::write`].
    pub fn write_over(&self, content: &[u8]) -> Result<()> {
        allowed(0, content)?;
        all(content, |rest, at| system::write_at(&self.0, rest, at))
    }

    /// The first byte; `None` of an empty file.
    ///
    /// # Errors
    /// Those of the system.
    pub fn first(&self) -> Result<Option<u8>> {
        let mut byte = [0];
        Ok((system::read_at(&self.0, &mut byte, 0)? > 0).then_some(byte[0]))
    }

    /// Asks that what was written survives a power cut. Waits for the disk.
    ///
    /// # Errors
    /// Those of the system.
    pub fn sync(&self) -> Result<()> {
        faults::strike("sync")?;
        system::sync(&self.0)
    }

    /// The same, with everything that the system keeps of the file: for one that is made once.
    ///
    /// # Errors
    /// Those of the system.
    pub fn sync_all(&self) -> Result<()> {
        faults::strike("sync")?;
        system::sync_all(&self.0)
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
            let read = system::read_at(&self.0, &mut content[length..], length as u64)?;
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
            match system::read_at(&self.0, &mut part[done..], at + done as u64)? {
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
        system::cut(&self.0, length)
    }

    /// Sets the time at which the file was last modified.
    ///
    /// # Errors
    /// Those of the system.
    pub fn set_modified(&self, time: SystemTime) -> Result<()> {
        system::set_modified(&self.0, time)
    }
}

impl Opened for File {
    fn identity(&self) -> Result<Identity> {
        system::stat_of(&self.0).map(|found| found.identity())
    }
}

/// Whether `content` may be written behind `size` bytes under the limit on file sizes.
fn allowed(size: u64, content: &[u8]) -> Result<()> {
    let end = size.saturating_add(content.len() as u64);
    if system::max_file_size().is_some_and(|limit| end > limit) { Err(Errno::FBIG) } else { Ok(()) }
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
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_before_1970_is_kept_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let file = File::of(std::fs::File::create(&path).unwrap().into());
        for time in [
            SystemTime::UNIX_EPOCH,
            SystemTime::UNIX_EPOCH + Duration::new(1, 500),
            SystemTime::UNIX_EPOCH - Duration::from_secs(60 * 31_557_600),
            SystemTime::UNIX_EPOCH - Duration::new(1, 500),
        ] {
            file.set_modified(time).unwrap();
            assert_eq!(crate::stat(&path).unwrap().modified(), time);
        }
    }
}
