//! Appending to the newest segment.

use std::io;
use std::time::{Duration, Instant};

use aboveboard_files::{Errno, File};

use super::frame::SEGMENT_HEADER;
use super::segment::{Extent, header_of, name};
use crate::disk::Folder;

/// Appends runs of frames, each durable when `append` returns.
#[derive(Debug)]
pub(super) struct Appender {
    directory: Folder,
    max_bytes: u64,
    open: Option<OpenSegment>,
    /// Where the next segment begins: above every byte that any earlier one may hold.
    next_base: u64,
}

#[derive(Debug)]
struct OpenSegment {
    file: File,
    extent: Extent,
    since: Instant,
    /// Whether it holds an erasure: then what lies before that is to go soon.
    erases: bool,
}

impl Appender {
    /// Appends to a segment of its own, never to one that was found: what a found one holds at its end is not known.
    pub(super) fn new(directory: &Folder, max_bytes: u64, next_base: u64) -> Self {
        Self { directory: directory.clone(), max_bytes, open: None, next_base }
    }

    /// One write, one fdatasync (and one fsync of the directory for a new segment), and a look whether the directory is
    /// still where it was (`STALE` if not); then the bytes are durable and the extent of their segment is returned. After any failure the segment is given up: what its pages hold is no
    /// longer known to be what the disk holds, and a later fsync would not report it.
    pub(super) fn append(&mut self, frames: &[u8]) -> io::Result<Extent> {
        let result = self.try_append(frames);
        if let (Err(_), Some(open)) = (&result, &self.open) {
            self.next_base = open.extent.end + frames.len() as u64 + SEGMENT_HEADER;
            // What was not acknowledged is better gone; where even this fails, it is found as a duplicate later.
            let _ = if open.extent.end == open.extent.base + SEGMENT_HEADER {
                self.directory.unlink(&name(open.extent.base))
            } else {
                open.file.cut(open.extent.end - open.extent.base)
            };
            self.open = None;
        }
        Ok(result?)
    }

    fn try_append(&mut self, frames: &[u8]) -> Result<Extent, Errno> {
        self.close_if_full();
        let is_fresh = self.open.is_none();
        if is_fresh {
            self.open = Some(self.create()?);
        }
        let Some(open) = &mut self.open else { return Err(Errno::NOENT) };
        open.file.write(frames, open.extent.end - open.extent.base)?;
        open.file.sync()?;
        if is_fresh {
            self.directory.sync()?;
        }
        // What nobody will find again is not acknowledged.
        if open.file.stat()?.names() == 0 || !self.directory.is_in_place() {
            return Err(Errno::STALE);
        }
        open.extent.end += frames.len() as u64;
        Ok(open.extent)
    }

    fn close_if_full(&mut self) {
        if let Some(open) = &self.open
            && open.extent.end - open.extent.base >= self.max_bytes
        {
            self.next_base = open.extent.end;
            self.open = None;
        }
    }

    /// Notes that the last run held an erasure.
    pub(super) fn note_erasure(&mut self) {
        if let Some(open) = &mut self.open {
            open.erases = true;
        }
    }

    /// Closes a segment that is older than `age` or holds an erasure, so that it can be deleted once it is applied; true
    /// if it did. Without this a segment that never fills up would keep for ever what the store has long forgotten.
    pub(super) fn close_if_due(&mut self, age: Duration) -> bool {
        match &self.open {
            Some(open) if open.erases || open.since.elapsed() >= age => {
                self.next_base = open.extent.end;
                self.open = None;
                true
            }
            _ => false,
        }
    }

    fn create(&mut self) -> Result<OpenSegment, Errno> {
        let base = self.next_base;
        let name = name(base);
        let file = self.directory.create(&name)?;
        // A second attempt must not meet the name of the first.
        self.next_base += SEGMENT_HEADER;
        if let Err(error) = file.write(&header_of(base), 0) {
            let _ = self.directory.unlink(&name);
            return Err(error);
        }
        let extent = Extent { base, end: base + SEGMENT_HEADER };
        Ok(OpenSegment { file, extent, since: Instant::now(), erases: false })
    }

    /// The segment that is appended to, which must not be deleted.
    pub(super) fn current(&self) -> Option<u64> {
        self.open.as_ref().map(|open| open.extent.base)
    }
}
