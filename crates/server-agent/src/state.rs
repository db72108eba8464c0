//! What the agent may do at a moment, and with what.

use std::sync::Arc;

use aboveboard_core::consent::{Mode, Permit, Source};
use aboveboard_core::recorder::Recorder;
use aboveboard_delivery::schedule::Schedule;
use aboveboard_types::event::Seconds;
use aboveboard_types::id::Id;
use aboveboard_types::typed::TimingRun;
use http::HeaderValue;

/// What the agent may do.
#[derive(Clone, Debug)]
pub(crate) enum State {
    /// Nothing.
    Silent(Silence),
    /// Record, and perhaps send. Shared, since every event asks for it.
    Recording(Arc<Recording>),
}

/// Why nothing may be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// This source opted out.
    Off(Source),
    /// No source has consented, or the notice could not be shown.
    Undecided(Source),
    /// The notice was shown; the first delay ends at this time.
    FirstDelay(Seconds),
    /// There is no id: the disk takes nothing, the directory is not ours, or the host's state store does not answer.
    NoId,
}

/// Leave to record, with everything that belongs to it.
#[derive(Debug)]
pub(crate) struct Recording {
    pub(crate) permit: Permit,
    pub(crate) mode: Mode,
    pub(crate) because: Source,
    pub(crate) id: Id,
    /// When the notice was first shown.
    pub(crate) shown_at: Seconds,
    /// When reports are due: no more often than what was shown said.
    pub(crate) reports: Schedule,
    /// How many items of the manifest are not recorded yet, because they were not shown for long enough.
    pub(crate) wider_items: usize,
    /// The value of the link header. A server that only records locally names no id to others either.
    pub(crate) link: HeaderValue,
    /// Of the server's own events.
    pub(crate) server: Recorder<'static>,
    /// Of the events of its console.
    pub(crate) console: Recorder<'static>,
    /// What is measured since this leave began; nothing from before it is reported.
    pub(crate) timings: Option<Arc<TimingRun>>,
}
