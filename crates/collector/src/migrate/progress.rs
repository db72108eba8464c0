//! What a move tells while it goes on, and at its end.

use aboveboard_store::calendar::Day;

/// How far a move is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MoveProgress {
    /// What the ingest log still holds is applied, and removals under way are finished.
    Settling,
    /// So many days are in the cluster, of all.
    Days {
        /// How many.
        done: usize,
        /// Of how many.
        of: usize,
    },
    /// All days are; what hangs on no day is written.
    Rest,
    /// Everything is; every figure is compared.
    Comparing,
}

/// What is in the cluster at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// Days.
    pub days: usize,
    /// Figures, each of which is the same on both sides; none where they were compared before.
    pub figures: Option<usize>,
}

/// What there is to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outlook {
    /// Days.
    pub days: usize,
    /// The first and the last of them.
    pub ends: Option<(Day, Day)>,
    /// Whether the ingest log holds what is not applied yet, or something is under way in the database: that is done first.
    pub is_unsettled: bool,
}
