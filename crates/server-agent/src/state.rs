//! What the agent may do at a moment, and with what.

use std::sync::Arc;

use aboveboard_core::consent::{Mode, Permit, Source};
use aboveboard_core::event::Seconds;
use aboveboard_core::id::Id;
use aboveboard_core::recorder::Recorder;
use aboveboard_core::typed::TimingRun;
use http::HeaderValue;

/// What the agent may do.
#[derive(Clone, Debug)]
pub(crate) enum Standing {
    /// Nothing.
    Silent(Silence),
    /// Record, and perhaps send. Shared, since every event asks for it.
    Open(Arc<Open>),
}

/// Why nothing may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// Somebody said no.
    Off(Source),
    /// Nobody has said yes, or the notice could not be shown.
    Undecided(Source),
    /// The notice was shown; the first delay is not over before this time.
    Until(Seconds),
    /// The id could not be made: a disk that takes nothing, or a directory that is not ours.
    NoId,
}

/// Leave to record, with everything that belongs to it.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) permit: Permit,
    pub(crate) mode: Mode,
    pub(crate) because: Source,
    pub(crate) id: Id,
    pub(crate) shown: Seconds,
    /// How many items of the manifest are still unrecorded, since they were not shown long enough.
    pub(crate) wider: usize,
    /// What the link header says; who records for himself alone names no id to others either.
    pub(crate) link: HeaderValue,
    /// Of the server's own events.
    pub(crate) server: Recorder<'static>,
    /// Of the events of its console.
    pub(crate) console: Recorder<'static>,
    /// What is measured since this leave began; nothing from before it is told.
    pub(crate) timings: Option<Arc<TimingRun>>,
}
