//! One report: whose turn it is, what the host counted, and the event that is recorded.

use aboveboard_core::paths::Paths;
use aboveboard_delivery::server::{Recording, State, last_report, take_turn};
use aboveboard_types::event::{Report, Seconds};

use crate::{NoCounts, RunningAgent, SharedState, StopSignal};

/// The last report of this installation, as it was at the start of a turn.
pub(crate) enum LastReport {
    /// Of a server that keeps it in its directory.
    Local(Option<Seconds>),
    /// Of servers that keep it in the host's state store, with the text that the store holds.
    Shared(SharedState, Option<String>),
}

impl LastReport {
    /// Reads it; `None` where the host's state store does not answer.
    pub(crate) async fn read(agent: &RunningAgent, paths: &Paths) -> Option<Self> {
        match &agent.integration.state_store {
            Some(store) => Some(Self::Shared(store.clone(), store.last_report().await?)),
            None => Some(Self::Local(last_report(paths))),
        }
    }

    /// When it was made; `None` if there was none, or its time cannot be read.
    pub(crate) fn at(&self) -> Option<Seconds> {
        match self {
            Self::Local(at) => *at,
            Self::Shared(_, text) => text.as_ref()?.parse().ok(),
        }
    }

    /// Takes the turn to report: true for exactly one of all servers that saw the same last report.
    async fn take_turn(self, recording: &Recording, now: Seconds) -> bool {
        match self {
            Self::Local(at) => take_turn(&recording.permit, &recording.paths, at, now),
            Self::Shared(store, text) => store.take_turn(text, now).await,
        }
    }
}

/// Has the host count and records the report, if the turn is still ours by then. True if a report was recorded.
pub(crate) async fn record(
    agent: &RunningAgent,
    stop: &mut StopSignal,
    last: LastReport,
    now: Seconds,
) -> bool {
    let counted = match &agent.integration.counter {
        None => Ok(Report { counts: Vec::new(), timings: None }),
        Some(counter) => tokio::select! {
            () = stop.given() => return false,
            counted = counter.count() => counted,
        },
    };
    agent.progress.change(|progress| progress.no_counts = counted.as_ref().err().copied());
    let counts = match counted {
        Ok(counts) => counts,
        Err(why) => {
            trace_no_counts(why);
            return false;
        }
    };
    // Counting may have taken half a minute, in which an opt-out may have come or another replica have reported.
    let State::Recording(recording) = agent.switch.decide() else { return false };
    if !last.take_turn(&recording, now).await {
        return false;
    }
    let report = recording.report(counts);
    agent.progress.change(|progress| progress.report = Some(report.clone()));
    recording.record_report(report, now)
}

/// A detail and no warning: hosts may withhold their counts on purpose.
fn trace_no_counts(why: NoCounts) {
    let why = why.name();
    tracing::debug!(target: crate::TARGET, why, "no counts, so no telemetry report this time");
}
