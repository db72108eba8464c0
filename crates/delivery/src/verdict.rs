//! What a delivery does next, and what a reply means for its batch.

use aboveboard_types::event::Seconds;
use aboveboard_types::id::Id;

use super::transport::Failure;

/// What to do next. The machine names a batch, and a [`Round`](super::Round) returns its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<What = Id> {
    /// Send this, then report what came back.
    Send(What),
    /// Nothing may be sent before this time.
    Wait(Seconds),
    /// Nothing is left to send.
    Done,
}

/// What a reply meant for its batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The batch.
    pub batch: Id,
    /// What became of it.
    pub fate: Fate,
    /// The beginning or end of an outage, worth one line in a log. At most one of each per outage.
    pub outage: Option<Outage>,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// Our collector has it on disk.
    Acknowledged {
        /// Events taken.
        accepted: u32,
        /// Events that were rejected, each with its reason in the receipt.
        rejected: u32,
    },
    /// The collector will never take it, and said so with this status in a problem document about this batch: `400`,
    /// `413`, `415`, `422`, or `403` for a proof that is wrong. It is not sent again.
    Rejected(u16),
    /// It stays, and is sent again after a pause.
    Kept(Kept),
    /// `410`: the product is closed; the collector is asked again in a week. The batch stays until it is too old.
    Closed,
}

impl Fate {
    /// One word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Acknowledged { .. } => "acknowledged",
            Self::Rejected(_) => "refused",
            Self::Closed => "closed",
            Self::Kept(Kept::Later(_)) => "later",
            Self::Kept(Kept::NoReceipt) => "no-receipt",
            Self::Kept(Kept::Status(_)) => "status",
            Self::Kept(Kept::Failure(failure)) => failure.name(),
        }
    }

    /// The status in a reply, where there was one that did not acknowledge.
    #[must_use]
    pub fn status(self) -> Option<u16> {
        match self {
            Self::Rejected(status) | Self::Kept(Kept::Later(status) | Kept::Status(status)) => Some(status),
            Self::Closed => Some(410),
            Self::Acknowledged { .. } | Self::Kept(_) => None,
        }
    }
}

/// Why a batch was not acknowledged and stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kept {
    /// The collector asked to come later: `429`, `503`, `507`, or `403` where the proof did not reach it.
    Later(u16),
    /// A `202` whose body is not a receipt for this batch.
    NoReceipt,
    /// An answer that is not a collector's about this batch: a redirect, a captive portal's page, a proxy's `502`.
    Status(u16),
    /// No reply at all.
    Failure(Failure),
}

/// The beginning or the end of an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// The first failure after all was well.
    Began,
    /// The first acknowledgement since; seconds that the outage lasted.
    Ended(u64),
}
