//! Appending to the newest segment.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::frame::SEGMENT_HEADER;
use super::segment::{Extent, header_of, path};
use crate::disk::sync;

/// Appends runs of frames, each durable when `append` returns.
#[derive(Debug)]
pub(super) struct Appender {
    directory: PathBuf,
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
    pub(super) fn new(directory: &Path, max_bytes: u64, next_base: u64) -> Self {
        Self { directory: directory.to_owned(), max_bytes, open: None, next_base }
    }

    /// One write, one fdatasync (and one fsync of the directory for a new segment); then the bytes are durable and
    /// the extent of their segment is returned. After any failure the segment is given up: what its pages hold is no
    /// longer known to be what the disk holds, and a later fsync would not report it.
    pub(super) fn append(&mut self, frames: &[u8]) -> io::Result<Extent> {
        let result = self.try_append(frames);
        if let (Err(_), Some(open)) = (&result, &self.open) {
            self.next_base = open.extent.end + frames.len() as u64 + SEGMENT_HEADER;
            // What was not acknowledged is better gone; where even this fails, it is found as a duplicate later.
            let _ = if open.extent.end == open.extent.base + SEGMENT_HEADER {
                fs::remove_file(path(&self.directory, open.extent.base))
            } else {
                open.file.set_len(open.extent.end - open.extent.base)
            };
            self.open = None;
        }
        result
    }

    fn try_append(&mut self, frames: &[u8]) -> io::Result<Extent> {
        self.close_if_full();
        let is_fresh = self.open.is_none();
        if is_fresh {
            self.open = Some(self.create()?);
        }
        let Some(open) = &mut self.open else { return Err(io::ErrorKind::NotFound.into()) };
        open.file.write_all(frames)?;
        open.file.sync_data()?;
        if is_fresh {
            sync(&self.directory)?;
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

    fn create(&mut self) -> io::Result<OpenSegment> {
        let base = self.next_base;
        let path = path(&self.directory, base);
        let mut options = File::options();
        options.write(true).create_new(true).mode(0o600);
        let mut file = options.open(&path)?;
        // A second attempt must not meet the name of the first.
        self.next_base += SEGMENT_HEADER;
        if let Err(error) = file.write_all(&header_of(base)) {
            let _ = fs::remove_file(&path);
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
