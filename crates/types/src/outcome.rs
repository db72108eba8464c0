//! The fate of an event. Every event ends in exactly one outcome, and every drop that can be written down is.

/// Why an event did not arrive. Each drop is counted in the spool and reported in the next batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DropReason {
    /// The spool was at its size or count; the oldest went.
    SpoolFull,
    /// Older than the spool keeps anything.
    TooOld,
    /// A line was torn or flipped; counted as lost lines.
    Damaged,
    /// Not (or no longer) what the manifest declares.
    Undeclared,
    /// The item's own date had passed.
    Expired,
    /// Writing failed: a full disk, a limit, a read-only home.
    WriteFailed,
    /// The collector refused the batch for good.
    Refused,
}

impl DropReason {
    /// Every reason with its spelling on the wire.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::SpoolFull, "spool-full"),
        (Self::TooOld, "too-old"),
        (Self::Damaged, "damaged"),
        (Self::Undeclared, "undeclared"),
        (Self::Expired, "expired"),
        (Self::WriteFailed, "write-failed"),
        (Self::Refused, "refused"),
    ];

    /// The spelling on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(reason, _)| *reason == self).map_or("", |(_, name)| name)
    }

    /// Reads the spelling of the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(reason, _)| *reason)
    }
}
