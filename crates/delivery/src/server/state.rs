//! What a server's agent may do at a moment, and with what.

use std::sync::Arc;

use aboveboard_core::consent::{Mode, Permit, Source};
use aboveboard_core::paths::Paths;
use aboveboard_core::recorder::Recorder;
use aboveboard_core::spool::Spool;
use aboveboard_types::declaration::Declaration;
use aboveboard_types::event::{Event, EventKind, Report, Seconds};
use aboveboard_types::id::Id;
use aboveboard_types::outcome::{DropReason, Unrecorded};
use aboveboard_types::typed::TimingRun;

use super::link;
use super::schedule::Schedule;
use crate::pace::Pace;
use crate::round::Round;

/// What the agent may do.
#[derive(Clone, Debug)]
pub enum State {
    /// Nothing.
    Silent(Silence),
    /// Record, and perhaps send. Shared, since every event asks for it.
    Recording(Arc<Recording>),
}

impl State {
    /// The value of the link header.
    #[must_use]
    pub fn link(&self) -> &str {
        match self {
            Self::Recording(recording) => &recording.link,
            Self::Silent(Silence::FirstDelay(_) | Silence::NoId) => link::WAITING,
            Self::Silent(Silence::Off(_) | Silence::Undecided(_)) => link::OFF,
        }
    }
}

/// Why nothing may be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// This source opted out.
    Off(Source),
    /// No source has consented, or the notice could not be shown.
    Undecided(Source),
    /// The notice was shown; the first delay ends at this time.
    FirstDelay(Seconds),
    /// There is no id: the disk takes nothing, the directory is not ours, or the host's state store does not answer.
    NoId,
}

impl From<Silence> for Unrecorded {
    fn from(silence: Silence) -> Self {
        match silence {
            Silence::Off(_) => Self::Off,
            Silence::Undecided(_) => Self::Undecided,
            Silence::FirstDelay(_) => Self::FirstDelay,
            Silence::NoId => Self::Dropped(DropReason::WriteFailed),
        }
    }
}

/// Leave to record, with everything that belongs to it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Recording {
    /// The permit.
    pub permit: Permit,
    /// Whether it is also sent.
    pub mode: Mode,
    /// The consent source that decided.
    pub because: Source,
    /// Where it is recorded.
    pub paths: Paths,
    /// The installation at the endpoint's host.
    pub id: Id,
    /// When the notice was first shown.
    pub shown_at: Seconds,
    /// When reports are due: no more often than what was shown said.
    pub reports: Schedule,
    /// How many items of the manifest are not recorded yet, because they were not shown for long enough.
    pub(super) wider_items: usize,
    /// The value of the link header. A server that only records locally names no id to others either.
    pub(super) link: String,
    /// Of the server's own events.
    pub server: Recorder<'static>,
    /// Of the events of its console.
    pub console: Recorder<'static>,
    /// What is measured since this leave began; nothing from before it is reported.
    pub(super) timings: Option<Arc<TimingRun>>,
}

impl Recording {
    /// The report of these counts, with what the server measured since this leave to record began.
    #[must_use]
    pub fn report(&self, mut counts: Report<'static>) -> Report<'static> {
        counts.timings = self.timings.as_ref().and_then(|run| run.timings());
        counts
    }

    /// Whether `other` is the same leave as far as a delivery is concerned: id and endpoint are those that it began with.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.id == other.id && self.permit.endpoint() == other.permit.endpoint()
    }

    /// Writes down what the recorders only counted so far.
    pub fn flush(&self) {
        self.server.flush();
        self.console.flush();
    }

    /// Opens a round of delivery. `None` where this leave is not one to send: what is recorded for its operator alone is
    /// sealed then, which drops what is too old or too much.
    #[must_use]
    pub fn round(&self, declaration: &Declaration, pace: Pace, now: Seconds) -> Option<Round> {
        self.flush();
        if !self.permit.may_send() {
            let _ = Spool::open(&self.permit, declaration, &self.paths).map(|spool| spool.seal(now));
            return None;
        }
        Round::open(&self.permit, declaration, &self.paths, pace, now)
    }

    /// Records a report, whose turn was taken before. False where it was dropped.
    pub fn record_report(&self, report: Report<'static>, now: Seconds) -> bool {
        self.server.record(&Event { time: now, kind: EventKind::Report(report) }).is_ok()
    }
}
