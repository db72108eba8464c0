//! One round of delivery, driven to its end by blocking.

use std::time::Instant;

use aboveboard_core::consent::Permit;
use aboveboard_core::paths::Paths;
use aboveboard_core::spool::Spool;
use aboveboard_delivery::{Ended, Pace, Round, Verdict};
use aboveboard_types::clock::{self, SystemClock};

use crate::helper::Unfinished;
use crate::settings::Settings;
use crate::transport::Http;

/// The outcome of a round.
#[derive(Debug)]
pub(crate) struct Delivered {
    /// What became of each batch that was sent.
    pub(crate) verdicts: Vec<Verdict>,
    /// Batches that still wait.
    pub(crate) left: usize,
    /// When the next round makes sense, in seconds since 1970; `None` if all is well.
    pub(crate) retry: Option<u64>,
}

/// Seals what is recorded and sends what is sealed, until nothing is left, the collector or the retry schedule asks
/// for a pause, or the deadline comes. `None` without a permit to send or without a spool.
pub(crate) fn round(
    permit: &Permit,
    settings: &Settings<'_>,
    paths: &Paths,
    pace: Pace,
    deadline: Instant,
) -> Option<Delivered> {
    let declaration = settings.declaration;
    let mut round = Round::open(permit, declaration, paths, pace, clock::now())?;
    let mut transport = Http::of(round.endpoint(), settings).before(deadline);
    let (verdicts, ended) = round.run(&mut transport, &SystemClock, deadline);
    Unfinished::forget(paths);
    let left = Spool::open(permit, declaration, paths).map_or(0, |spool| spool.pending().len());
    let retry = match ended {
        Ended::Wait(until) => Some(until),
        Ended::Done | Ended::Deadline => None,
    };
    Some(Delivered { verdicts, left, retry })
}
