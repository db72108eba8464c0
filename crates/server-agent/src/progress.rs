//! What the worker did last, for `status`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use aboveboard_delivery::proxy::Way;
use aboveboard_delivery::{Fate, Verdict};
use aboveboard_types::event::{Report, Seconds};
use aboveboard_types::id::Id;

use crate::counts::NoCounts;

/// What the worker did last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    /// When the next report is due.
    pub(crate) next_report: Option<Seconds>,
    /// The counts of the last report of this process.
    pub(crate) report: Option<Report<'static>>,
    /// Why the last attempt to count gave nothing.
    pub(crate) no_counts: Option<NoCounts>,
    /// The last transmission.
    pub(crate) transmission: Option<Transmission>,
}

/// One transmission.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transmission {
    pub(crate) time: Seconds,
    pub(crate) batch: Id,
    pub(crate) bytes: usize,
    pub(crate) fate: Fate,
}

/// The progress, which the worker writes and the status reads.
#[derive(Debug, Default)]
pub(crate) struct SharedProgress(Mutex<Progress>);

impl SharedProgress {
    /// A copy of what the worker did last.
    pub(crate) fn get(&self) -> Progress {
        self.lock().clone()
    }

    /// Changes it under the lock, which is held for no longer than that.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.lock());
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one tracing event of a transmission. A failure is a warning when it begins an outage, and no more than a
/// detail while the outage lasts.
pub(crate) fn trace(host: &str, bytes: usize, verdict: &Verdict, way: &Way) {
    use aboveboard_delivery::Outage;
    let why = match way {
        Way::Unusable(unusable) => Some(unusable.to_string()),
        Way::Direct | Way::Through(_) => None,
    };
    let why = why.as_deref();
    let Verdict { batch, fate, outage } = verdict;
    let outcome = fate.name();
    let status = fate.status();
    match (fate, outage) {
        (Fate::Acknowledged { accepted, rejected }, outage) => {
            let outage_seconds = match outage {
                Some(Outage::Ended(seconds)) => Some(*seconds),
                _ => None,
            };
            tracing::info!(target: crate::TARGET, %batch, bytes, host, accepted, rejected, outage_seconds, "telemetry batch sent, receipt received");
        }
        (_, Some(Outage::Began)) => {
            tracing::warn!(target: crate::TARGET, %batch, bytes, host, outcome, status, why, "telemetry cannot be delivered; it is kept and retried, and this is logged once");
        }
        (Fate::Rejected(_) | Fate::Closed, _) => {
            tracing::warn!(target: crate::TARGET, %batch, bytes, host, outcome, status, "telemetry batch not taken");
        }
        _ => {
            tracing::debug!(target: crate::TARGET, %batch, bytes, host, outcome, status, "telemetry batch kept");
        }
    }
}
