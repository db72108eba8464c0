//! The fate of an event. Every event ends in exactly one outcome, and every drop that can be written down is.

crate::spelled! {
    /// Why an event did not arrive. Each drop is counted in the spool and reported in the next batch.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum DropReason {
        /// The spool was at its size or count; the oldest went.
        SpoolFull = "spool-full",
        /// Older than the spool keeps anything.
        TooOld = "too-old",
        /// A line was torn or flipped; counted as lost lines.
        Damaged = "damaged",
        /// Not (or no longer) what the manifest declares.
        Undeclared = "undeclared",
        /// The item's own date had passed.
        Expired = "expired",
        /// Writing failed: a full disk, a limit, a read-only home.
        WriteFailed = "write-failed",
        /// The collector refused the batch for good.
        Refused = "refused",
        /// A command that was running when its machine stopped, or on another machine: nobody knows how it ended.
        Interrupted = "interrupted",
    }
}

/// What became of something that was to be recorded.
pub type Fate = Result<Recorded, Unrecorded>;

/// How an event was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is in the spool.
    Written,
    /// It was counted as a repeat of one that is, as the manifest folds it, and is written with a later one or at the end.
    Folded,
}

/// Why something was not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unrecorded {
    /// Telemetry is off.
    Off,
    /// Nobody has decided yet.
    Undecided,
    /// A server's notice was shown, and its first delay is not over.
    FirstDelay,
    /// A server that the program talks to has opted out.
    ServerOff,
    /// It came into the manifest after the answer, and its user was not asked yet.
    Unasked,
    /// The manifest has a share of the installations record it, and this is none of them.
    OutOfShare,
    /// The manifest has it recorded once a day, and it was, today.
    RecordedToday,
    /// It was dropped, and counted where that could be written down.
    Dropped(DropReason),
}

/// What became of a delivery that a host makes itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delivery {
    /// Nothing waits any more.
    Done,
    /// Something waits still: the collector could not be reached, asked to come later, or there was no time for more.
    Later,
    /// None is due yet.
    NotDue,
    /// Another process delivers at this moment.
    Busy,
    /// Nothing may be sent, or nothing can be by this build.
    Off,
}

impl From<DropReason> for Unrecorded {
    fn from(reason: DropReason) -> Self {
        Self::Dropped(reason)
    }
}
