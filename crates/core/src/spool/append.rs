//! The record path: one line into an open segment, without waiting for anybody.

use rustix::io::{Errno, Result};

use aboveboard_types::checksum::crc32;
use aboveboard_types::hex;
use aboveboard_types::limits::MAX_EVENT_BYTES;

use super::frame::{push_line, push_line_of};
use super::{SEGMENT_BYTES, SEGMENTS, eviction, outcomes};
use aboveboard_files::Directory;
use aboveboard_types::outcome::DropReason;

/// How often a segment is looked for again after it was sealed between opening and locking it.
const ATTEMPTS: u32 = 4;

/// Writes into the segments of one header.
#[derive(Debug)]
pub(crate) struct Writer {
    spool: Directory,
    /// `open-` and the checksum of the header.
    stem: String,
    /// The header as a line.
    header: String,
}

/// What became of one try with one segment.
enum Tried {
    Written,
    /// Locked by a sealer, full, or none of ours.
    Taken,
    /// It was sealed meanwhile, or is not there.
    Missing,
}

impl Writer {
    /// A writer for the segments that begin with `header`.
    pub(crate) fn new(spool: Directory, header: &str) -> Self {
        let mut stem = String::with_capacity(16);
        stem.push_str("open-");
        let crc = crc32(header.as_bytes());
        hex::push(&mut stem, &crc.to_be_bytes());
        let mut line = String::new();
        push_line_of(&mut line, header, crc);
        Self { spool, stem, header: line }
    }

    /// The directory it writes to.
    pub(crate) fn spool(&self) -> &Directory {
        &self.spool
    }

    /// The header as a line.
    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    /// Appends one event. Once this returns `Ok`, a kill of this process loses nothing of it.
    ///
    /// `then` is called once the event stands there and before the segment can be sealed.
    pub(crate) fn append(&self, json: &str, then: &dyn Fn()) -> std::result::Result<(), DropReason> {
        if json.len() > MAX_EVENT_BYTES {
            return Err(DropReason::WriteFailed);
        }
        let mut line = String::new();
        push_line(&mut line, json);
        self.append_line(&line, then).unwrap_or(Err(DropReason::WriteFailed))
    }

    fn append_line(&self, line: &str, then: &dyn Fn()) -> Result<std::result::Result<(), DropReason>> {
        let mut name = String::with_capacity(16);
        for number in 0..SEGMENTS {
            self.name(&mut name, number);
            if self.put_into(&name, line, then)? {
                return Ok(Ok(()));
            }
        }
        // All are full or taken. The oldest makes eviction, where it can be had without waiting.
        let Some(freed) = eviction::free_one(&self.spool, &self.stem)? else {
            return Ok(Err(DropReason::SpoolFull));
        };
        Ok(if self.put_into(&freed, line, then)? { Ok(()) } else { Err(DropReason::SpoolFull) })
    }

    fn name(&self, name: &mut String, number: u32) {
        name.clear();
        name.push_str(&self.stem);
        name.push('.');
        name.extend(char::from_digit(number, 10));
    }

    fn put_into(&self, name: &str, line: &str, then: &dyn Fn()) -> Result<bool> {
        for _ in 0..ATTEMPTS {
            let tried = match self.put_behind(name, line, then) {
                Err(Errno::NOENT) => self.put_first(name, line, then)?,
                // A link, a pipe, a directory: planted, and passed over.
                Err(Errno::LOOP | Errno::NXIO | Errno::ISDIR | Errno::PERM) => Tried::Taken,
                tried => tried?,
            };
            match tried {
                Tried::Written => return Ok(true),
                Tried::Taken => return Ok(false),
                Tried::Missing => {}
            }
        }
        Ok(false)
    }

    fn put_behind(&self, name: &str, line: &str, then: &dyn Fn()) -> Result<Tried> {
        let file = self.spool.append(name)?;
        if !file.share()? {
            return Ok(Tried::Taken);
        }
        let stat = file.ours()?;
        let size = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
        if stat.st_nlink > 1 || size == 0 || size >= SEGMENT_BYTES {
            return Ok(Tried::Taken);
        }
        // Whoever seals holds the lock while he renames: with the lock shared, the name says whether he was here.
        if !self.spool.names(name, &stat) {
            return Ok(Tried::Missing);
        }
        file.write(line.as_bytes(), size)?;
        then();
        Ok(Tried::Written)
    }

    /// A segment appears with its header and its first event, or not at all.
    fn put_first(&self, name: &str, line: &str, then: &dyn Fn()) -> Result<Tried> {
        // A file that cannot be opened or removed (left by another user, on a bad disk) is no reason to lose this.
        let _ = eviction::keep(&self.spool, aboveboard_types::clock::now());
        let random = aboveboard_files::random::<4>().ok_or(Errno::AGAIN)?;
        let mut passing = String::with_capacity(32);
        passing.push_str("new-");
        hex::push(&mut passing, &random);
        let content = [&*self.header, line].concat();
        let file = self.spool.create(&passing)?;
        // Nobody knows this file yet. With the lock, nobody seals it under its name before `then`.
        let locked = file.share().and_then(|has| if has { Ok(()) } else { Err(Errno::AGAIN) });
        let done = locked
            .and_then(|()| file.write(content.as_bytes(), 0))
            .and_then(|()| self.spool.rename_to_new(&passing, name));
        if done.is_err() {
            let _ = self.spool.unlink(&passing);
        }
        match done {
            Ok(()) => {
                then();
                Ok(Tried::Written)
            }
            Err(Errno::EXIST) => Ok(Tried::Missing),
            Err(error) => Err(error),
        }
    }

    /// Counts drops where they are told from; lost only where not even that can be written.
    pub(crate) fn count(&self, reason: DropReason, number: u64) -> bool {
        outcomes::add(&self.spool, &[(reason, number)]).is_ok()
    }
}
