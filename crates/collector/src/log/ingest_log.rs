//! The log as everyone sees it who appends, reads or asks.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use aboveboard_store::entry::Position;
use tokio::sync::mpsc;

use super::appender::Appender;
use super::error::{AppendError, LogError};
use super::extents::Extents;
use super::frame::{self, EntryRef};
use super::limits::MAX_WRITE;
use super::queue::{Durable, Replies};
use super::reader::LogReader;
use super::segment;
use super::space::{Room, Space};
use super::writer::State;
use crate::config;
use crate::disk::Folder;
use crate::lock::lock;

/// A handle of the log; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    state: Arc<State>,
}

/// What the metrics show of the log.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LogFigures {
    pub(crate) bytes: u64,
    /// Above which nothing is taken in.
    pub(crate) cap: u64,
    pub(crate) segments: u64,
    pub(crate) groups: u64,
    pub(crate) failures: u64,
    /// Whether the directory is where it was.
    pub(crate) is_in_place: bool,
    /// Position behind the last durable byte.
    pub(crate) end: u64,
}

impl Log {
    /// Opens the log in `directory`, from which the store has applied everything below `applied`, and starts the thread
    /// that writes. Nothing is deleted yet: what a store says after a kill it may have from memory, not from the disk.
    pub(crate) fn open(
        directory: &Folder,
        limits: &config::Log,
        applied: Position,
    ) -> Result<(Self, JoinHandle<()>, Replies), LogError> {
        let found = segment::find(directory)?;
        let appender = Appender::new(directory, limits.segment, segment::next_base(&found, applied));
        let state = Arc::new(State {
            directory: directory.clone(),
            cap: limits.cap,
            age: limits.age,
            space: Space::new(directory, limits.free),
            queue: Mutex::default(),
            queued: Condvar::new(),
            held: AtomicU64::new(found.iter().map(|extent| extent.end - extent.base).sum()),
            extents: Mutex::new(Extents::new(found)),
            advanced: Condvar::new(),
            groups: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            failing: AtomicBool::new(false),
            writing: Mutex::default(),
        });
        let log = Self { state: Arc::clone(&state) };
        let (replies, groups) = mpsc::unbounded_channel();
        let writer = thread::Builder::new()
            .name("ingest-log".to_owned())
            .spawn(move || state.write(appender, &replies))
            .map_err(|source| LogError::io(directory.path(), source))?;
        Ok((log, writer, Replies { groups }))
    }

    /// Hands an entry over. The receiver resolves when it is durable, or is known not to be.
    pub(crate) fn append(&self, entry: EntryRef<'_>) -> Result<Durable, AppendError> {
        self.accepts(frame::size(entry))?;
        let mut queue = lock(&self.state.queue);
        let durable = queue.push(entry)?;
        let is_first = queue.waiting.len() == 1;
        drop(queue);
        if is_first {
            self.state.queued.notify_one();
        }
        Ok(durable)
    }

    /// Whether the log takes so many bytes more; asked before a body is read, and again before it is queued.
    pub(crate) fn accepts(&self, bytes: u64) -> Result<(), AppendError> {
        if self.state.held.load(Ordering::Relaxed) + bytes > self.state.cap {
            return Err(AppendError::Cap);
        }
        match self.state.space.room() {
            Room::Enough => Ok(()),
            Room::Low => Err(AppendError::DiskFull),
            Room::Gone => Err(AppendError::Gone),
        }
    }

    /// What keeps the log from taking a batch now, for people; the last group that was written may say.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        match self.accepts(0) {
            Err(AppendError::DiskFull) => Some("the log takes nothing more: the disk is nearly full"),
            Err(AppendError::Gone) => Some("the data directory was moved or removed"),
            Err(_) => Some("the log takes nothing more: it has reached log.cap"),
            Ok(()) if self.state.failing.load(Ordering::Relaxed) => {
                Some("the log could not be written or synced when that was last tried")
            }
            Ok(()) if lock(&self.state.writing).is_some_and(|since| since.elapsed() >= MAX_WRITE) => {
                Some("the disk has not answered the log for ten seconds")
            }
            Ok(()) => None,
        }
    }

    /// Reads from a position on.
    pub(crate) fn reader(&self, from: Position) -> LogReader {
        LogReader::new(Arc::clone(&self.state), from)
    }

    /// Waits until there is something at or after `position`, the log is stopped, or the time is over; true if there is
    /// something.
    pub(crate) fn wait(&self, position: Position, timeout: Duration) -> bool {
        let extents = lock(&self.state.extents);
        let waited = self
            .state
            .advanced
            .wait_timeout_while(extents, timeout, |extents| !extents.stopped && extents.end() <= position.0);
        waited.unwrap_or_else(PoisonError::into_inner).0.end() > position.0
    }

    /// Deletes the segments of which the store has everything. The one that is appended to goes when it is due to be
    /// closed: then the writer closes it, and the next call deletes it.
    pub(crate) fn release(&self, applied: Position) {
        let mut extents = lock(&self.state.extents);
        let bytes = extents.delete_applied(&self.state.directory, applied);
        let is_open = extents.current.is_some();
        drop(extents);
        self.state.held.fetch_sub(bytes, Ordering::Relaxed);
        if is_open {
            lock(&self.state.queue).check_segment = true;
            self.state.queued.notify_one();
        }
    }

    /// Lets the writer finish what is queued and end; everyone who waits for entries wakes.
    pub(crate) fn stop(&self) {
        lock(&self.state.queue).stopped = true;
        self.state.queued.notify_all();
    }

    /// Whether the writer has ended and no entry will follow.
    pub(crate) fn is_stopped(&self) -> bool {
        lock(&self.state.extents).stopped
    }

    /// For the metrics.
    pub(crate) fn figures(&self) -> LogFigures {
        let extents = lock(&self.state.extents);
        LogFigures {
            bytes: self.state.held.load(Ordering::Relaxed),
            cap: self.state.cap,
            segments: extents.count() as u64,
            end: extents.end(),
            groups: self.state.groups.load(Ordering::Relaxed),
            failures: self.state.failures.load(Ordering::Relaxed),
            is_in_place: self.state.space.room() != Room::Gone,
        }
    }
}
