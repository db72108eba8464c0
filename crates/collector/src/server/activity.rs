//! What one connection is doing, so that a sweep over all can close those that take too long.
//!
//! hyper parses and does not say what it waits for. So reads and writes pass through [`TimedStream`], which notes the
//! first byte of a request and a write that has to wait, and the service notes the end of a header and of a reply. No
//! connection carries a timer of its own: one sweep compares all of them with the limits a few times a second. The same
//! notes say which have been silent longest when there are too many.
//!
//! [`TimedStream`]: super::stream::TimedStream

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use tokio::task::AbortHandle;

use super::lengths::LengthScan;
use crate::config::Limits;
use crate::ingest::WatchBody;
use crate::lock::lock;
use crate::metrics::CloseReason;

/// Where a connection is between two requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing of the next request has come.
    Idle,
    /// A request has begun, its header has not ended.
    Header,
    /// A request has come, nothing of its body yet.
    Request,
    /// A part of a body has come; its route has deadlines of its own.
    Body,
    /// All of a body is here and is worked on.
    Work,
    /// A reply is being written.
    Reply,
}

impl Phase {
    const ALL: [Self; 6] = [Self::Idle, Self::Header, Self::Request, Self::Body, Self::Work, Self::Reply];
}

/// What one connection is doing, and since when.
#[derive(Debug)]
pub(super) struct Activity {
    started: Instant,
    phase: AtomicU8,
    /// Milliseconds since `started` at which the phase began.
    since: AtomicU64,
    /// Milliseconds since `started`, plus one, from which a write has waited for the client; 0 while none does.
    stalled: AtomicU64,
    /// How often each header stated a length.
    lengths: Mutex<LengthScan>,
    /// The task that serves the connection.
    task: OnceLock<AbortHandle>,
}

impl Activity {
    pub(super) fn new(started: Instant) -> Self {
        Self {
            started,
            phase: AtomicU8::new(Phase::Header as u8),
            since: AtomicU64::new(started.elapsed().as_millis() as u64),
            stalled: AtomicU64::new(0),
            lengths: Mutex::default(),
            task: OnceLock::new(),
        }
    }

    fn now(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    fn phase(&self) -> Phase {
        Phase::ALL[usize::from(self.phase.load(Ordering::Acquire)) % Phase::ALL.len()]
    }

    /// Begins a phase. Writes the time first: the sweep, on another thread, must not read the new phase with the time of the one before,
    /// whose deadline may be long over. A new time with the old phase is harmless.
    pub(super) fn enter(&self, phase: Phase) {
        self.since.store(self.now(), Ordering::Relaxed);
        self.phase.store(phase as u8, Ordering::Release);
    }

    /// Something has come: a part of a request, or of several.
    pub(super) fn bytes_read(&self, bytes: &[u8]) {
        if self.phase() == Phase::Idle {
            self.enter(Phase::Header);
        }
        lock(&self.lengths).read(bytes);
    }

    /// How often the header of this request stated a length. The parser drops one that says the same as the one before.
    pub(super) fn take_lengths(&self) -> u8 {
        lock(&self.lengths).take()
    }

    /// A write to the client has to wait, or no longer does. Only the first wait of several counts: a client that takes
    /// a byte now and then must not begin the time anew.
    pub(super) fn write_stalled(&self, stalled: bool) {
        if !stalled {
            self.stalled.store(0, Ordering::Relaxed);
        } else if self.stalled.load(Ordering::Relaxed) == 0 {
            self.stalled.store(self.now() + 1, Ordering::Relaxed);
        }
    }

    /// Sets the task that serves the connection, so that it can be aborted.
    pub(super) fn set_task(&self, task: AbortHandle) {
        let _ = self.task.set(task);
    }

    /// Closes the connection.
    pub(super) fn abort(&self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }

    /// Which deadline is over, if any is. `now` is in milliseconds since `started`.
    pub(super) fn overdue(&self, now: u64, limits: &Limits) -> Option<CloseReason> {
        let over = |since: u64, limit: Duration| now.saturating_sub(since) >= limit.as_millis() as u64;
        // Reads the phase first, for the reason that `enter` writes it last.
        let phase = self.phase();
        let since = self.since.load(Ordering::Relaxed);
        let stalled = self.stalled.load(Ordering::Relaxed);
        match phase {
            // A client that does not take its reply is not asked for the next request.
            _ if stalled > 0 => over(stalled - 1, limits.reply).then_some(CloseReason::Reply),
            Phase::Header if over(since, limits.header) => Some(CloseReason::Header),
            Phase::Idle if over(since, limits.idle) => Some(CloseReason::Idle),
            // The body has a deadline of its own, which answers; this one is for what should never take so long.
            Phase::Request | Phase::Body | Phase::Work if over(since, limits.request + limits.reply) => {
                Some(CloseReason::Request)
            }
            _ => None,
        }
    }

    /// Whether a reply is being written: an endless stream would never end by itself.
    pub(super) fn is_replying(&self) -> bool {
        self.phase() == Phase::Reply
    }

    /// When the present phase began, in milliseconds since `started`.
    pub(super) fn since(&self) -> u64 {
        self.since.load(Ordering::Relaxed)
    }

    /// How little is lost if the connection closes.
    pub(super) fn loss(&self) -> Loss {
        match self.phase() {
            Phase::Idle | Phase::Header | Phase::Request => Loss::Nothing,
            Phase::Body => Loss::PartOfBody,
            Phase::Work | Phase::Reply => Loss::Answer,
        }
    }
}

impl WatchBody for Activity {
    fn arrived(&self) {
        if self.phase() != Phase::Body {
            self.enter(Phase::Body);
        }
    }

    fn ended(&self) {
        self.enter(Phase::Work);
    }
}

/// What is lost when a connection closes. The sender of a batch sends it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Loss {
    /// No byte of a body has come.
    Nothing,
    /// A part of a body has come.
    PartOfBody,
    /// A request is worked on or being answered.
    Answer,
}
