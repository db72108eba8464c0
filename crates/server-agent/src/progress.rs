//! What the worker did last, for `status`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use aboveboard_delivery::{Fate, Kept, Verdict};
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

/// One word for what became of a batch.
pub(crate) fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::Acknowledged { .. } => "acknowledged",
        Fate::Rejected(_) => "refused",
        Fate::Closed => "closed",
        Fate::Kept(Kept::Later(_)) => "later",
        Fate::Kept(Kept::NoReceipt) => "no-receipt",
        Fate::Kept(Kept::Status(_)) => "status",
        Fate::Kept(Kept::Failure(failure)) => failure.name(),
        _ => "kept",
    }
}

/// The status in a reply, where there was one that did not acknowledge.
pub(crate) fn status(fate: Fate) -> Option<u16> {
    match fate {
        Fate::Rejected(status) | Fate::Kept(Kept::Later(status) | Kept::Status(status)) => Some(status),
        Fate::Closed => Some(410),
        _ => None,
    }
}

/// The one tracing event of a transmission. A failure is a warning when it begins an outage, and no more than a
/// detail while the outage lasts.
pub(crate) fn trace(host: &str, bytes: usize, verdict: &Verdict) {
    use aboveboard_delivery::Outage;
    let Verdict { batch, fate, outage } = verdict;
    let outcome = word(*fate);
    match (fate, outage) {
        (Fate::Acknowledged { accepted, rejected }, outage) => {
            let outage_seconds = match outage {
                Some(Outage::Ended(seconds)) => Some(*seconds),
                _ => None,
            };
            tracing::info!(target: crate::TARGET, %batch, bytes, host, accepted, rejected, outage_seconds, "telemetry batch sent, receipt received");
        }
        (_, Some(Outage::Began)) => {
            tracing::warn!(target: crate::TARGET, %batch, bytes, host, outcome, status = status(*fate), "telemetry cannot be delivered; it is kept and retried, and this is logged once");
        }
        (Fate::Rejected(_) | Fate::Closed, _) => {
            tracing::warn!(target: crate::TARGET, %batch, bytes, host, outcome, status = status(*fate), "telemetry batch not taken");
        }
        _ => {
            tracing::debug!(target: crate::TARGET, %batch, bytes, host, outcome, status = status(*fate), "telemetry batch kept");
        }
    }
}
