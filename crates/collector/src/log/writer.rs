//! The thread that writes the log: group commit.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::appender::Appender;
use super::error::AppendError;
use super::extents::Extents;
use super::limits::{MAX_KEPT, PROBE_INTERVAL};
use super::queue::{Group, Queue};
use super::space::Space;
use crate::disk::Folder;
use crate::lock::lock;

/// What the writer, the readers and everyone who appends share.
#[derive(Debug)]
pub(super) struct State {
    pub(super) directory: Folder,
    pub(super) cap: u64,
    pub(super) age: Duration,
    pub(super) space: Space,
    pub(super) queue: Mutex<Queue>,
    /// Wakes the writer.
    pub(super) queued: Condvar,
    pub(super) extents: Mutex<Extents>,
    /// Wakes readers: entries were made durable, or the writer has ended.
    pub(super) advanced: Condvar,
    /// Bytes in all segments.
    pub(super) held: AtomicU64,
    /// Groups written, for the metrics: requests ÷ groups is how many share a sync.
    pub(super) groups: AtomicU64,
    pub(super) failures: AtomicU64,
    /// Since when a group has been under way to the disk.
    pub(super) writing: Mutex<Option<Instant>>,
    /// Whether the last group could not be made durable.
    pub(super) failing: AtomicBool,
}

impl State {
    /// Takes all that waits, makes it durable, replies; until the log is stopped and nothing waits.
    pub(super) fn write(&self, mut appender: Appender, replies: &mpsc::UnboundedSender<Group>) {
        let mut frames = Vec::new();
        loop {
            let mut queue = lock(&self.queue);
            let mut probes = false;
            while queue.waiting.is_empty() && !queue.check_segment && !queue.stopped && !probes {
                if self.failing.load(Ordering::Relaxed) {
                    // Who asks whether the collector is ready sends nothing while it is not: it has to find out itself.
                    let waited = self.queued.wait_timeout(queue, PROBE_INTERVAL);
                    let (again, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
                    queue = again;
                    probes = timeout.timed_out();
                } else {
                    queue = self.queued.wait(queue).unwrap_or_else(PoisonError::into_inner);
                }
            }
            if probes && queue.waiting.is_empty() && !queue.stopped {
                drop(queue);
                let _ = self.commit(&mut appender, &[]);
                continue;
            }
            if std::mem::take(&mut queue.check_segment) && appender.close_if_due(self.age) {
                lock(&self.extents).current = None;
            }
            if queue.waiting.is_empty() {
                if queue.stopped {
                    break;
                }
                continue;
            }
            let erases = std::mem::take(&mut queue.erases);
            // The buffers change places, so that requests fill one while the other is written.
            std::mem::swap(&mut queue.frames, &mut frames);
            let capacity = queue.waiting.len();
            let waiting = std::mem::replace(&mut queue.waiting, Vec::with_capacity(capacity));
            drop(queue);
            let result = self.commit(&mut appender, &frames);
            if erases {
                appender.note_erasure();
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

    /// Makes one group durable, or none of it.
    fn commit(&self, appender: &mut Appender, frames: &[u8]) -> Result<(), AppendError> {
        *lock(&self.writing) = Some(Instant::now());
        let appended = appender.append(frames);
        *lock(&self.writing) = None;
        self.groups.fetch_add(1, Ordering::Relaxed);
        match appended {
            Ok(extent) => {
                let bytes = lock(&self.extents).advance(extent);
                self.held.fetch_add(bytes, Ordering::Relaxed);
                self.failing.store(false, Ordering::Relaxed);
                self.advanced.notify_all();
                Ok(())
            }
            Err(error) => {
                self.failing.store(true, Ordering::Relaxed);
                self.failures.fetch_add(1, Ordering::Relaxed);
                lock(&self.extents).current = appender.current();
                Err(AppendError::from(&error))
            }
        }
    }
}
