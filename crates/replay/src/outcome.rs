//! What became of a batch.

use aboveboard_store::calendar::Day;
use aboveboard_store::read::QualityNote;

use crate::batch::SentEvent;

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It was taken in.
    Counted,
    /// One with its key came before, with the same events.
    Duplicate,
    /// One with its key came before, with other events.
    Conflict,
    /// Its installation was erased before.
    Erased,
}

/// What one batch adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What became of it.
    pub fate: Fate,
    /// What is noted of it, under its context and its day of receipt.
    pub notes: Vec<(QualityNote, u64)>,
    /// Its events that count, by ascending day.
    pub rows: Vec<OutcomeRow>,
    /// The first day of the rows that it had before any of them was removed: since when there is data of a version.
    pub first_day: Option<Day>,
    /// Whether its notes are removed too, because they are of made-up data that was cleared away.
    pub is_cleared: bool,
}

/// What counts of a batch and a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeRow {
    /// Day.
    pub day: Day,
    /// The events, in the order in which they were recorded. What a server served since its report before stands behind them.
    pub events: Vec<SentEvent>,
    /// Whether retention has passed over the day since: it counts in sums and in what was received alone, no row and no set of the
    /// day has it.
    pub is_retired: bool,
    /// Whether its installation went with that, or later: then nothing tells either when it was received.
    pub is_gone: bool,
}
