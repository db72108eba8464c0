//! Reading the log in order, from where the store stands.

use std::io;
use std::sync::Arc;

use aboveboard_files::File;
use aboveboard_store::entry::{LogEntry, Position};

use super::frame::{self, Framed, MAX_FRAME, SEGMENT_HEADER};
use super::limits::MAX_CHUNK;
use super::segment::{self, Extent};
use super::writer::State;
use crate::lock::lock;

/// A run of entries.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// The entries in order, each with the position of its frame.
    pub(crate) entries: Vec<(Position, LogEntry)>,
    /// Where the next chunk begins.
    pub(crate) upto: Position,
    /// Whether it ends because it is long enough, not because nothing more was there.
    pub(crate) full: bool,
    /// Bytes that held no frame: the torn end of a segment after a crash, or damage.
    pub(crate) skipped: u64,
}

/// Reads forward and remembers where it is.
#[derive(Debug)]
pub(crate) struct LogReader {
    state: Arc<State>,
    position: u64,
    file: Option<(u64, File)>,
    buffer: Vec<u8>,
}

impl LogReader {
    pub(super) fn new(state: Arc<State>, from: Position) -> Self {
        Self { state, position: from.0, file: None, buffer: Vec::new() }
    }

    /// Where the next chunk begins.
    pub(crate) fn position(&self) -> Position {
        Position(self.position)
    }

    /// The next entries, at most `max_entries`; `None` where there are none yet.
    pub(crate) fn next(&mut self, max_entries: usize) -> io::Result<Option<Chunk>> {
        let mut chunk = Chunk { upto: Position(self.position), ..Chunk::default() };
        let mut bytes = 0;
        while chunk.entries.len() < max_entries && bytes < MAX_CHUNK {
            let Some(extent) = lock(&self.state.extents).at(self.position) else { break };
            let before = self.position.max(extent.base + SEGMENT_HEADER);
            self.position = before;
            match self.fill(extent) {
                Ok(()) => {}
                Err(error) if chunk.entries.is_empty() => return Err(error),
                // What was read so far must not be lost with what cannot be; the next call meets the error again.
                Err(_) => break,
            }
            self.take(extent, max_entries, &mut chunk);
            bytes += (self.position - before) as usize;
        }
        let moved = self.position != chunk.upto.0;
        chunk.upto = Position(self.position);
        chunk.full = chunk.entries.len() >= max_entries || bytes >= MAX_CHUNK;
        Ok(moved.then_some(chunk))
    }

    fn fill(&mut self, extent: Extent) -> io::Result<()> {
        if self.file.as_ref().is_none_or(|(base, _)| *base != extent.base) {
            self.file = Some((extent.base, segment::open(&self.state.directory, extent.base)?));
        }
        let length = (extent.end - self.position).min(MAX_FRAME as u64) as usize;
        self.buffer.resize(length, 0);
        match &self.file {
            Some((base, file)) => Ok(file.read_exact_at(&mut self.buffer, self.position - base)?),
            None => Ok(()),
        }
    }

    /// Takes the whole frames from the buffer. It is as large as the largest frame, so that where nothing can be taken
    /// from its beginning, the segment ends in half a frame.
    fn take(&mut self, extent: Extent, max_entries: usize, chunk: &mut Chunk) {
        let mut at = 0;
        while chunk.entries.len() < max_entries && at < self.buffer.len() {
            match frame::read(&self.buffer[at..]) {
                Framed::Whole(entry, length) => {
                    chunk.entries.push((Position(self.position + at as u64), entry));
                    at += length;
                }
                Framed::Damaged(skip) => {
                    chunk.skipped += skip as u64;
                    at += skip;
                }
                Framed::Short if at == 0 && self.position + self.buffer.len() as u64 == extent.end => {
                    let skip = frame::next_marker(&self.buffer);
                    chunk.skipped += skip as u64;
                    at += skip;
                }
                Framed::Short => break,
            }
        }
        self.position += at as u64;
    }
}
