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
    }
}
