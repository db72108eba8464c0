//! The port to the store, and what every adapter behind it owes (`contract`).
//!
//! The store is written by one thread, the one that applies the ingest log. Each call of [`Store::apply`] is one
//! transaction: rows, batch ids, conflicts, roll-ups and the position in the log stand or fall together, so a log
//! that is read again from the stored position is applied exactly once.

use std::path::PathBuf;

use crate::entry::{Entry, Position};
use crate::manifests::Manifests;
use crate::rollup::place::Day;

pub mod context;
pub mod installation_set;
pub mod read;
pub mod sqlite;

#[cfg(test)]
pub(crate) mod contract;

/// How long batch ids and tombstones are kept, in days of receipt: three times the age at which agents drop what
/// they hold, so that no retry comes after its id is forgotten.
pub const REMEMBERED: Day = 45;

/// Where applied entries go.
pub trait Store: Send {
    /// The position up to which the log is applied; [`Position`] 0 in a new store.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn position(&mut self) -> Result<Position, StoreError>;

    /// Applies a run of entries in the order of the log, and moves the position to `upto`, in one transaction.
    /// Entries before the stored position are skipped.
    ///
    /// # Errors
    /// Where the store cannot be written. Nothing of the run is applied then.
    fn apply(
        &mut self,
        entries: &[(Position, Entry)],
        upto: Position,
        manifests: &Manifests,
    ) -> Result<Applied, StoreError>;

    /// Makes everything applied durable in the store's own files, apart from any log of its own, and tells up to
    /// where: segments of the ingest log before it are not needed again.
    ///
    /// # Errors
    /// Where the store cannot be written.
    fn settle(&mut self) -> Result<Position, StoreError>;

    /// The day last kept by [`Store::keep_day`]; before there is one, the newest day of receipt. None in a store
    /// that never received anything.
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn day(&mut self) -> Result<Option<Day>, StoreError>;

    /// Keeps the day of a round of retention, against which the clock is held at the next.
    ///
    /// # Errors
    /// Where the store cannot be written.
    fn keep_day(&mut self, day: Day) -> Result<(), StoreError>;

    /// Keeps for how many days data of these products may stay, and tells it for them and for all products it was
    /// kept for before: retention goes on where a manifest is gone.
    ///
    /// # Errors
    /// Where the store cannot be written.
    fn retentions(&mut self, known: &[(String, Day)]) -> Result<Vec<(String, Day)>, StoreError>;

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

    /// Lets the rows of days before this one take less room, on which no event can be placed any more; of some of them
    /// where there are many. How many rows that were. No figure changes.
    ///
    /// # Errors
    /// Where a row cannot be read or the store cannot be written.
    fn pack(&mut self, before: Day) -> Result<u64, StoreError>;

    /// Makes the roll-ups anew from the rows, for the days whose rows are whole. `progress` is told how many rows
    /// of how many are done.
    ///
    /// # Errors
    /// Where a row cannot be read or the store cannot be written; the roll-ups are as before then.
    fn rebuild(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<u64, StoreError>;

    /// Every figure of the roll-ups by a name made of names: what two stores must agree on, and a store with
    /// itself after [`Store::rebuild`].
    ///
    /// # Errors
    /// Where the store cannot be read.
    fn ledger(&mut self) -> Result<Vec<(String, i64)>, StoreError>;
}

/// What one call of [`Store::apply`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Batches taken in.
    pub batches: u64,
    /// Batches that were there already, byte for byte.
    pub duplicates: u64,
    /// Batches whose id was there with another body; the first stays.
    pub conflicts: u64,
    /// Events counted.
    pub events: u64,
    /// Events whose time cannot be believed, even with the skew taken out.
    pub unplaced: u64,
    /// Events that the manifest does not (or no longer) declare, and events of unreadable batches.
    pub refused: u64,
    /// Events that came after their installation was erased.
    pub erased: u64,
    /// Installations erased.
    pub erasures: u64,
    /// Installations cleared away because all that they sent was synthetic.
    pub cleared: u64,
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
        self.erasures += more.erasures;
        self.cleared += more.cleared;
    }
}

/// What one call of [`Store::retire`] deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retired {
    /// Rows, each of one batch and day.
    pub rows: u64,
    /// Installations.
    pub installations: u64,
}

/// What is wrong with a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There was a database, and it is gone.
    #[error(
        "the database {} is missing, though this directory was in use; restore a backup with `aboveboard \
         collector restore`, or point to another directory to begin anew", path.display()
    )]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A new database was to be made where a file is.
    #[error("{} exists already; it is not overwritten", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file is a database of some other program, or none.
    #[error("{} is not a database of aboveboard; it is left as it is", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A later version of this program wrote the database.
    #[error("{} has schema {found}, this program knows up to {known}; use the newer program", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema it has.
        found: u32,
        /// The newest schema known here.
        known: u32,
    },
    /// The file is damaged.
    #[error(
        "{} is damaged ({what}); nothing was changed. `aboveboard collector repair` keeps what can be read, \
         `aboveboard collector restore` takes a backup", path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first thing found wrong.
        what: String,
    },
    /// The disk is full.
    #[error("the disk of the database is full")]
    Full,
    /// A file cannot be used.
    #[error("cannot use {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Anything else SQLite says.
    #[error("SQLite: {0}")]
    Sqlite(rusqlite::Error),
}

impl StoreError {
    /// Whether trying again later, with nothing else changed, can help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Full | Self::Io { .. } => true,
            Self::Sqlite(rusqlite::Error::SqliteFailure(error, _)) => matches!(
                error.code,
                rusqlite::ErrorCode::DatabaseBusy
                    | rusqlite::ErrorCode::DatabaseLocked
                    | rusqlite::ErrorCode::FileLockingProtocolFailed
                    | rusqlite::ErrorCode::SystemIoFailure
            ),
            _ => false,
        }
    }
}
