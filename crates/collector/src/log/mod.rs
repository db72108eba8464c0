//! The ingest log: appended to durably before anything is acknowledged, read by `apply`, deleted when applied.
//!
//! One thread writes. While it waits for a disk, requests gather; it takes all of them at once, writes them with one
//! call, makes them durable with one, and only then are they answered. What is acknowledged is therefore on the disk,
//! and the cost of that is shared. A segment is never appended to after a restart or a failure. Deleting follows the
//! store, which says up to where it has durably applied.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::config;
use crate::store::entry::{Entry, Position};

mod frame;
mod reader;
mod segment;
mod space;

pub(crate) use frame::Item;
pub(crate) use reader::Reader;
use segment::{Appender, Extent};
use space::Space;

/// Why a log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A file or the directory cannot be used.
    #[error("cannot use {path}: {source}", path = path.display())]
    Io {
        /// What could not be used.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A segment is of a version that this program does not read; it is left as it is.
    #[error("{path} is of version {version} of the log, which a newer collector wrote", path = path.display())]
    Newer {
        /// The segment.
        path: PathBuf,
        /// Its version.
        version: u8,
    },
}

impl LogError {
    fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

/// Why an entry is not in the log. Nothing of it is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AppendError {
    /// The file system is full, or nearly.
    DiskFull,
    /// The log is at its cap: the store does not keep up.
    Cap,
    /// The disk does not keep up with what waits to be written.
    Behind,
    /// Writing or syncing failed.
    Failed,
    /// The collector stops.
    Stopped,
}

/// The reply to one entry, given when the disk has it.
pub(crate) type Durable = oneshot::Receiver<Result<(), AppendError>>;

/// Whoever waits for one group of entries, and what became of it.
type Group = (Result<(), AppendError>, Vec<oneshot::Sender<Result<(), AppendError>>>);

/// Replies on their way from the writer's thread to those who wait. The writer hands over a group at once: waking a
/// thread costs as much as a request, waking a task on one's own thread next to nothing.
#[derive(Debug)]
pub(crate) struct Replies {
    groups: mpsc::UnboundedReceiver<Group>,
}

impl Replies {
    /// Hands replies out until the writer has ended.
    pub(crate) async fn deliver(mut self) {
        while let Some((result, waiting)) = self.groups.recv().await {
            for sender in waiting {
                // Whoever no longer waits has gone away.
                let _ = sender.send(result);
            }
        }
    }
}

/// The log, for all who append or ask.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    directory: PathBuf,
    cap: u64,
    age: Duration,
    space: Space,
    queue: Mutex<Queue>,
    queued: Condvar,
    extents: Mutex<Extents>,
    advanced: Condvar,
    /// Bytes in all segments.
    held: AtomicU64,
    /// Groups written, for the metrics: requests ÷ groups tells how well the sync is shared.
    groups: AtomicU64,
    failures: AtomicU64,
}

#[derive(Debug, Default)]
struct Queue {
    frames: Vec<u8>,
    waiting: Vec<oneshot::Sender<Result<(), AppendError>>>,
    /// Whether an erasure is among the frames.
    erases: bool,
    /// Whether the writer is to look if its segment is due to be closed.
    look: bool,
    stopped: bool,
}

#[derive(Debug, Default)]
struct Extents {
    list: VecDeque<Extent>,
    current: Option<u64>,
    stopped: bool,
}

impl Queue {
    fn push(&mut self, item: Item<'_>) -> Result<Durable, AppendError> {
        if self.stopped {
            return Err(AppendError::Stopped);
        }
        if self.frames.len() as u64 + frame::size(item) > MAX_QUEUED {
            return Err(AppendError::Behind);
        }
        let (sender, receiver) = oneshot::channel();
        frame::push(&mut self.frames, item);
        self.erases |= matches!(item, Item::Erasure(_));
        self.waiting.push(sender);
        Ok(receiver)
    }
}

/// What the metrics tell of the log.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) bytes: u64,
    pub(crate) segments: u64,
    pub(crate) groups: u64,
    pub(crate) failures: u64,
    /// Position behind the last durable byte.
    pub(crate) end: u64,
}

impl Log {
    /// Opens the log in `directory`, from which the store has applied everything below `applied`, and starts the thread
    /// that writes. Nothing is deleted yet: what a store says after a kill it may have from memory, not from the disk.
    pub(crate) fn open(
        directory: &Path,
        limits: &config::Log,
        applied: Position,
    ) -> Result<(Self, JoinHandle<()>, Replies), LogError> {
        let found = segment::find(directory)?;
        let appender = Appender::new(directory, limits.segment, segment::next_base(&found, applied));
        let shared = Arc::new(Shared {
            directory: directory.to_owned(),
            cap: limits.cap,
            age: limits.age,
            space: Space::new(directory, limits.free),
            queue: Mutex::default(),
            queued: Condvar::new(),
            held: AtomicU64::new(found.iter().map(|extent| extent.end - extent.base).sum()),
            extents: Mutex::new(Extents { list: found.into(), ..Extents::default() }),
            advanced: Condvar::new(),
            groups: AtomicU64::new(0),
            failures: AtomicU64::new(0),
        });
        let log = Self { shared: Arc::clone(&shared) };
        let (replies, groups) = mpsc::unbounded_channel();
        let writer = thread::Builder::new()
            .name("ingest-log".to_owned())
            .spawn(move || shared.write(appender, &replies))
            .map_err(|source| LogError::io(directory, source))?;
        Ok((log, writer, Replies { groups }))
    }

    /// Hands an entry over. The receiver resolves when it is durable, or is known not to be.
    pub(crate) fn append(&self, item: Item<'_>) -> Result<Durable, AppendError> {
        self.accepts(frame::size(item))?;
        let mut queue = lock(&self.shared.queue);
        let receiver = queue.push(item)?;
        let first = queue.waiting.len() == 1;
        drop(queue);
        if first {
            self.shared.queued.notify_one();
        }
        Ok(receiver)
    }

    /// Whether the log takes so many bytes more; asked before a body is read, and again before it is queued.
    pub(crate) fn accepts(&self, bytes: u64) -> Result<(), AppendError> {
        if self.shared.held.load(Ordering::Relaxed) + bytes > self.shared.cap {
            return Err(AppendError::Cap);
        }
        if self.shared.space.is_low() { Err(AppendError::DiskFull) } else { Ok(()) }
    }

    /// Reads from a position on.
    pub(crate) fn reader(&self, from: Position) -> Reader {
        Reader::new(Arc::clone(&self.shared), from)
    }

    /// Waits until there is something at or after `position`, the log is stopped, or the time is over; true if there is
    /// something.
    pub(crate) fn wait(&self, position: Position, most: Duration) -> bool {
        let is_there = |extents: &Extents| extents.list.back().is_some_and(|last| last.end > position.0);
        let extents = lock(&self.shared.extents);
        let idle = |extents: &mut Extents| !extents.stopped && !is_there(extents);
        let waited = self.shared.advanced.wait_timeout_while(extents, most, idle);
        is_there(&waited.unwrap_or_else(PoisonError::into_inner).0)
    }

    /// Deletes the segments of which the store has everything. The one that is appended to goes when it is due to be
    /// closed: then the writer closes it, and the next call deletes it.
    pub(crate) fn release(&self, applied: Position) {
        let mut extents = lock(&self.shared.extents);
        while let Some(first) = extents.list.front().copied()
            && first.end <= applied.0
            && extents.current != Some(first.base)
        {
            let path = segment::path(&self.shared.directory, first.base);
            if let Err(error) = std::fs::remove_file(&path) {
                tracing::warn!(%error, segment = %path.display(), "an applied log segment cannot be deleted");
                if error.kind() != io::ErrorKind::NotFound {
                    break;
                }
            }
            extents.list.pop_front();
            self.shared.held.fetch_sub(first.end - first.base, Ordering::Relaxed);
        }
        let is_open = extents.current.is_some();
        drop(extents);
        if is_open {
            lock(&self.shared.queue).look = true;
            self.shared.queued.notify_one();
        }
    }

    /// Lets the writer finish what is queued and end; whoever waits for entries wakes.
    pub(crate) fn stop(&self) {
        lock(&self.shared.queue).stopped = true;
        self.shared.queued.notify_all();
    }

    /// Whether the writer has ended and no entry will follow.
    pub(crate) fn is_stopped(&self) -> bool {
        lock(&self.shared.extents).stopped
    }

    /// For the metrics.
    pub(crate) fn figures(&self) -> Figures {
        let (segments, end) = {
            let extents = lock(&self.shared.extents);
            (extents.list.len() as u64, extents.list.back().map_or(0, |last| last.end))
        };
        Figures {
            bytes: self.shared.held.load(Ordering::Relaxed),
            segments,
            end,
            groups: self.shared.groups.load(Ordering::Relaxed),
            failures: self.shared.failures.load(Ordering::Relaxed),
        }
    }
}

impl Shared {
    /// The writer: takes all that waits, makes it durable, answers.
    fn write(&self, mut appender: Appender, replies: &mpsc::UnboundedSender<Group>) {
        let mut frames = Vec::new();
        loop {
            let mut queue = lock(&self.queue);
            while queue.waiting.is_empty() && !queue.look && !queue.stopped {
                queue = self.queued.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            if std::mem::take(&mut queue.look) && appender.close_if_due(self.age) {
                lock(&self.extents).current = None;
            }
            if queue.waiting.is_empty() {
                if queue.stopped {
                    break;
                }
                continue;
            }
            let erases = std::mem::take(&mut queue.erases);
            std::mem::swap(&mut queue.frames, &mut frames);
            let capacity = queue.waiting.len();
            let waiting = std::mem::replace(&mut queue.waiting, Vec::with_capacity(capacity));
            drop(queue);
            let result = appender.append(&frames).map(|extent| self.advance(extent));
            if erases {
                appender.erases();
            }
            self.groups.fetch_add(1, Ordering::Relaxed);
            if result.is_err() {
                self.failures.fetch_add(1, Ordering::Relaxed);
                lock(&self.extents).current = appender.current();
            }
            let _ = replies.send((result, waiting));
            frames.clear();
            frames.shrink_to(MAX_KEPT);
        }
        let mut extents = lock(&self.extents);
        extents.current = None;
        extents.stopped = true;
        drop(extents);
        self.advanced.notify_all();
    }

    fn advance(&self, extent: Extent) {
        let mut extents = lock(&self.extents);
        extents.current = Some(extent.base);
        let before = match extents.list.back_mut() {
            Some(last) if last.base == extent.base => std::mem::replace(&mut last.end, extent.end),
            _ => {
                extents.list.push_back(extent);
                extent.base
            }
        };
        drop(extents);
        self.held.fetch_add(extent.end - before, Ordering::Relaxed);
        self.advanced.notify_all();
    }

    /// The segment that holds `position`, or else the first one above it.
    fn extent_at(&self, position: u64) -> Option<Extent> {
        lock(&self.extents).list.iter().find(|extent| extent.end > position).copied()
    }
}

/// Bytes that wait for a disk. Who waits for them may have gone away, and with him his share of the memory for bodies,
/// so that on a disk that hangs they need a bound of their own.
const MAX_QUEUED: u64 = 64 << 20;

/// Bytes of the writer's buffer that are kept between groups.
const MAX_KEPT: usize = 4 << 20;

/// The frame of an entry, as it stands in the log.
pub(crate) fn frame_of(entry: &Entry) -> Vec<u8> {
    let mut frame = Vec::new();
    frame::push(&mut frame, entry.into());
    frame
}

/// The entry of a whole frame.
pub(crate) fn entry_of(frame: &[u8]) -> Option<Entry> {
    match frame::read(frame) {
        frame::Read::Frame(entry, length) if length == frame.len() => Some(entry),
        _ => None,
    }
}

/// Appends entries to the log of a collector that does not run; they are durable when this returns.
pub(crate) fn import(
    directory: &Path,
    limits: &config::Log,
    applied: Position,
    entries: impl Iterator<Item = Entry>,
) -> Result<u64, ImportError> {
    let found = segment::find(directory)?;
    let mut appender = Appender::new(directory, limits.segment, segment::next_base(&found, applied));
    let (mut frames, mut count) = (Vec::new(), 0);
    for entry in entries {
        frame::push(&mut frames, (&entry).into());
        count += 1;
        if frames.len() >= MAX_KEPT {
            appender.append(&frames).map_err(ImportError::Append)?;
            frames.clear();
        }
    }
    if !frames.is_empty() {
        appender.append(&frames).map_err(ImportError::Append)?;
    }
    Ok(count)
}

/// Why entries could not be imported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    #[error(transparent)]
    Open(#[from] LogError),
    #[error("the log cannot be written: {0:?}")]
    Append(AppendError),
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
