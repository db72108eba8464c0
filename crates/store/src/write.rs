//! The write port.
//!
//! One thread writes the store: the one that applies the ingest log. Each call of [`Store::apply`] is one transaction:
//! rows, batch ids, conflicts, roll-ups and the position in the log stand or fall together. A log that is read again from
//! the stored position is therefore applied exactly once.

use std::time::Duration;

use super::StoreError;
use super::calendar::Day;
use super::entry::{LogEntry, Position};
use super::facts::EntryFacts;
use super::in_force::ManifestsInForce;

/// Consecutive entries of the ingest log, and what places them. Stores see what they say, never the entries.
#[derive(Clone, Copy, Debug)]
pub struct EntryRange<'a> {
    entries: &'a [(Position, LogEntry)],
    end: Position,
    manifests: &'a ManifestsInForce,
    max_time: Duration,
}

impl<'a> EntryRange<'a> {
    /// Entries with their positions, ascending; `end` is where the entry behind them would begin.
    #[must_use]
    pub fn new(entries: &'a [(Position, LogEntry)], end: Position, manifests: &'a ManifestsInForce) -> Self {
        Self { entries, end, manifests, max_time: Duration::MAX }
    }

    /// The same, of which one call applies no more once it has taken this long; at least one entry.
    #[must_use]
    pub fn within(self, max_time: Duration) -> Self {
        Self { max_time, ..self }
    }

    /// How long a call that applies these may take before it leaves the rest.
    #[must_use]
    pub fn max_time(&self) -> Duration {
        self.max_time
    }

    /// Where the entry behind these would begin.
    #[must_use]
    pub fn end(&self) -> Position {
        self.end
    }

    /// Whether any of these entries takes installations out.
    #[must_use]
    pub fn asks_for_removal(&self) -> bool {
        self.entries.iter().any(|(_, entry)| !matches!(entry, LogEntry::Batch(_)))
    }

    /// What the entries from a position on say, each with its own position. Each is read when its turn comes, so that memory does not grow with the
    /// range.
    pub fn facts_from(&self, from: Position) -> impl Iterator<Item = (Position, EntryFacts<'a>)> + use<'a> {
        let manifests = self.manifests;
        let wanted = self.entries.iter().filter(move |(position, _)| *position >= from);
        wanted.map(move |(position, entry)| (*position, EntryFacts::of(entry, manifests)))
    }
}

/// The write port: where what the log says is kept.
pub trait Store: Send {
    /// The position up to which the log is applied; [`Position`] 0 in a new store.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn position(&mut self) -> Result<Position, StoreError>;

    /// Applies what entries of the log say, in their order, and moves the position behind them, in one transaction.
    /// Entries before the stored position are skipped. Where the time of the range ends before its entries do, the position
    /// is that of the first that is left, and the same range applied again goes on there.
    ///
    /// # Errors
    /// Where the store cannot be written. Nothing is applied then.
    fn apply(&mut self, range: &EntryRange<'_>) -> Result<Applied, StoreError>;

    /// Goes on with the removal of installations that were erased or cleared away, for a part that takes well below a
    /// second. Applying an erasure or a clearing does the first part: what it takes out is cut off from its installation
    /// at once, and a small one is done then. What is left is kept across a restart.
    ///
    /// # Errors
    /// Where the store cannot be written.
    fn remove(&mut self) -> Result<RemovalProgress, StoreError>;

    /// Makes everything applied durable in the store's own files, apart from any log of its own. Returns the position
    /// up to which all is safe: the ingest log may let go of its segments before it.
    ///
    /// # Errors
    /// Where the store cannot be written.
    fn checkpoint(&mut self) -> Result<Position, StoreError>;

    /// Hears that a checkpoint made safe all that was acknowledged before a time, in seconds since 1970. A store that is shared tells
    /// the others, which wait for that before they publish; any other has nobody to tell. False where they are not told yet: no round
    /// of retention has believed a clock that says this day.
    ///
    /// # Errors
    /// Where the others cannot be told. They are told by a later call then.
    fn note_settled(&mut self, until: i64) -> Result<bool, StoreError> {
        let _ = until;
        Ok(true)
    }

    /// Whether anything of a product was ever received.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn knows(&mut self, product: &str) -> Result<bool, StoreError>;

    /// The newest day of receipt. None in a store that never received anything.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn newest_receipt(&mut self) -> Result<Option<Day>, StoreError>;

    /// The day last set by [`Store::set_retention_day`]; before there is one, the newest day of receipt. None in a store
    /// that never received anything.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn retention_day(&mut self) -> Result<Option<Day>, StoreError>;

    /// Keeps the day of a round of retention. The next round compares the clock with it.
    ///
    /// # Errors
    /// Where the store cannot be written.
    fn set_retention_day(&mut self, day: Day) -> Result<(), StoreError>;

    /// Stores for how many days data of each of these products may stay, and returns the stored retention of every product:
    /// it goes on where a manifest is gone. [`Day`] holds a number of days here.
    ///
    /// # Errors
    /// Where the store cannot be written.
    fn update_retentions(&mut self, declared: &[(String, Day)]) -> Result<Vec<(String, Day)>, StoreError>;

    /// Deletes what a product's retention no longer allows: rows, installation sets and last reports before the
    /// day, and installations last seen before it. Daily counts without installations stay.
    ///
    /// # Errors
    /// Where the store cannot be written.
    fn retire(&mut self, product: &str, before: Day) -> Result<Retired, StoreError>;

    /// Forgets the ids of batches and the tombstones received before the day.
    ///
    /// # Errors
    /// Where the store cannot be written.
    fn forget_ids(&mut self, before: Day) -> Result<u64, StoreError>;

    /// Forgets what was received on days of which it is no longer told on this day: all but the last
    /// [`RECEIPT_DAYS`](super::limits::RECEIPT_DAYS), of which it is told by the hour for the last
    /// [`RECEIPT_HOUR_DAYS`](super::limits::RECEIPT_HOUR_DAYS).
    ///
    /// # Errors
    /// Where the store cannot be written.
    fn forget_receipts(&mut self, today: Day) -> Result<(), StoreError>;

    /// Stores the rows of days before this one, on which no further event can be placed, in less space; where there are
    /// many such days, those of some of them. Returns the number of these rows. No figure changes.
    ///
    /// # Errors
    /// Where a row cannot be read or the store cannot be written.
    fn compact(&mut self, before: Day) -> Result<u64, StoreError>;

    /// Rebuilds the roll-ups from the rows, for the days whose rows are complete. `progress` gets the number of rows
    /// done, and of all rows.
    ///
    /// # Errors
    /// Where a row cannot be read or the store cannot be written; the roll-ups are as before then.
    fn rebuild(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<u64, StoreError>;

    /// Every figure of the roll-ups under a text that names product, day and whatever else it is kept by, and no number
    /// that one store gave out. Two stores that applied the same log must return the same, and so must one store before
    /// and after [`Store::rebuild`].
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn dump_for_comparison(&mut self) -> Result<Vec<(String, i64)>, StoreError>;
}

/// What one call of [`Store::apply`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Batches taken in.
    pub batches: u64,
    /// Batches that were there already, with the same events.
    pub duplicates: u64,
    /// Batches whose id was there, from the same installation, with other events; the first stays.
    pub conflicts: u64,
    /// Events counted.
    pub events: u64,
    /// Events whose time cannot be believed, even with the skew taken out.
    pub unplaced: u64,
    /// Events that the manifest in force does not declare, and events of batches that cannot be read any more.
    pub refused: u64,
    /// Events that came after their installation was erased.
    pub erased: u64,
    /// Versions counted as `other`.
    pub other_versions: u64,
    /// Events above what one installation may add to a day, left out.
    pub over_cap: u64,
    /// Reports whose sums grew by more than a server can serve.
    pub overgrown: u64,
    /// Installations erased.
    pub erasures: u64,
    /// Installations cleared away, whole, because all that they sent was synthetic.
    pub cleared: u64,
    /// Whether they are on this machine alone, where others share the store: [`Store::checkpoint`] tries to bring them there again.
    pub is_unsent: bool,
    /// The first entry that is left since the time of the range was over; none where all were applied.
    pub left_from: Option<Position>,
}

impl Applied {
    /// Adds what another call did.
    pub fn add(&mut self, more: &Self) {
        self.batches += more.batches;
        self.duplicates += more.duplicates;
        self.conflicts += more.conflicts;
        self.events += more.events;
        self.unplaced += more.unplaced;
        self.refused += more.refused;
        self.erased += more.erased;
        self.other_versions += more.other_versions;
        self.over_cap += more.over_cap;
        self.overgrown += more.overgrown;
        self.erasures += more.erasures;
        self.cleared += more.cleared;
    }
}

/// What one call of [`Store::remove`] did, and what it left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RemovalProgress {
    /// Installations of clearings that ended with this part.
    pub cleared: u64,
    /// Days that are still to be passed over.
    pub days_left: u64,
    /// Whether anything is left to do.
    pub is_under_way: bool,
}

/// What one call of [`Store::retire`] deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retired {
    /// Rows, each of one batch and day.
    pub rows: u64,
    /// Installations.
    pub installations: u64,
}
