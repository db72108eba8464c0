//! The writing end: the port to the store, each change in one transaction.

use std::path::{Path, PathBuf};
use std::time::Instant;

use aboveboard_store::calendar::Day;
use aboveboard_store::entry::Position;
use aboveboard_store::{Applied, EntryRange, RemovalProgress, Retired, Store, StoreError};
use rusqlite::{Connection, Result};

use super::apply::ApplyTransaction;
use super::dump::DumpMember;
use super::error::classify;
use super::names::Names;
use super::open::{self, Expect};
use super::tombstone::Tombstones;
use super::{dump, query, rebuild, receipts, remake, removal, retire};

/// Most days whose rows one round looks at to pack them: one is due every day, and after an update there may be a year of
/// them.
const MAX_DAYS_COMPACTED: usize = 31;

/// The writing end. There is one for a file: the lock of the data directory sees to that.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    pub(super) connection: Connection,
    names: Names,
    tombstones: Tombstones,
    /// The position that the main file holds.
    safe: Position,
}

/// Opens the database for writing, and brings an earlier schema up to date.
///
/// # Errors
/// Where the file is there and should not be or the other way round, is of another program, of a later schema, or
/// damaged. In none of these cases is anything written.
pub fn open(path: &Path, expect: Expect) -> Result<SqliteStore, StoreError> {
    let connection = open::writer(path, expect)?;
    let tombstones = Tombstones::load(&connection).map_err(|error| classify(path, error))?;
    Ok(SqliteStore {
        path: path.to_owned(),
        connection,
        names: Names::default(),
        tombstones,
        safe: Position(0),
    })
}

impl SqliteStore {
    fn read<T>(&self, question: impl FnOnce(&Connection) -> Result<T>) -> Result<T, StoreError> {
        question(&self.connection).map_err(|error| classify(&self.path, error))
    }

    /// Runs `work` in one transaction. Names that it cached in one that fails or panics are forgotten: their numbers were
    /// never stored.
    pub(super) fn transact<T>(
        &mut self,
        work: impl FnOnce(&rusqlite::Transaction<'_>, &mut Names, &mut Tombstones) -> Result<T>,
    ) -> Result<T, StoreError> {
        let Self { path, connection, names, tombstones, .. } = self;
        let mut cached = std::mem::take(names);
        let attempt = || {
            let transaction =
                connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
            let done = work(&transaction, &mut cached, tombstones)?;
            transaction.commit()?;
            Ok(done)
        };
        let result = attempt();
        if result.is_ok() {
            *names = cached;
        }
        result.map_err(|error| classify(path, error))
    }
}

impl Store for SqliteStore {
    fn position(&mut self) -> Result<Position, StoreError> {
        self.read(position)
    }

    fn apply(&mut self, range: &EntryRange<'_>) -> Result<Applied, StoreError> {
        let mut applied = self.transact(|transaction, names, tombstones| {
            let from = position(transaction)?;
            let mut work = ApplyTransaction::new(transaction, names, tombstones);
            let began = Instant::now();
            let mut left_from = None;
            let mut is_first = true;
            for (at, fact) in range.facts_from(from) {
                if !is_first && began.elapsed() >= range.max_time() {
                    left_from = Some(at);
                    break;
                }
                work.apply(fact)?;
                is_first = false;
            }
            let applied = Applied { left_from, ..work.finish()? };
            let end = left_from.unwrap_or(range.end());
            if end > from {
                let end = i64::try_from(end.0).unwrap_or(i64::MAX);
                query::execute(transaction, "UPDATE meta SET value = ?1 WHERE key = 'position'", [end])?;
            }
            Ok(applied)
        })?;
        // A small removal is done with the entry that asks for it. The entries are applied, whatever becomes of this.
        if range.asks_for_removal()
            && let Ok(progress) = self.remove()
        {
            applied.cleared += progress.cleared;
        }
        Ok(applied)
    }

    fn remove(&mut self) -> Result<RemovalProgress, StoreError> {
        let removes = self.read(removal::is_under_way)?;
        if !removes && !self.read(remake::is_under_way)? {
            return Ok(RemovalProgress::default());
        }
        self.transact(|transaction, names, _| {
            let mut progress =
                if removes { removal::part(transaction, names)? } else { remake::part(transaction, names)? };
            progress.is_under_way |= remake::is_under_way(transaction)?;
            Ok(progress)
        })
    }

    fn checkpoint(&mut self) -> Result<Position, StoreError> {
        let position = self.position()?;
        // A reader may hold the log of writes open. The thread that applies does not wait for it: what could not be
        // moved to the main file now is moved next time.
        if self.read(open::checkpoint)? {
            self.safe = position;
        }
        Ok(self.safe)
    }

    fn knows(&mut self, product: &str) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM product WHERE name = ?1)";
        self.read(|connection| query::value(connection, sql, [product]))
    }

    fn newest_receipt(&mut self) -> Result<Option<Day>, StoreError> {
        self.read(retire::newest_receipt)
    }

    fn retention_day(&mut self) -> Result<Option<Day>, StoreError> {
        self.read(retire::retention_day)
    }

    fn set_retention_day(&mut self, day: Day) -> Result<(), StoreError> {
        self.transact(|transaction, _, _| retire::set_retention_day(transaction, day))
    }

    fn update_retentions(&mut self, declared: &[(String, Day)]) -> Result<Vec<(String, Day)>, StoreError> {
        self.transact(|transaction, names, _| {
            for (product, days) in declared {
                let product = names.product(transaction, product)?;
                retire::set_retention(transaction, product, *days)?;
            }
            retire::retentions(transaction)
        })
    }

    fn retire(&mut self, product: &str, before: Day) -> Result<Retired, StoreError> {
        self.transact(|transaction, names, _| {
            let product = names.product(transaction, product)?;
            let retired = retire::retire(transaction, product, before)?;
            // The cached product holds the day from which rows are whole.
            *names = Names::default();
            Ok(retired)
        })
    }

    fn forget_ids(&mut self, before: Day) -> Result<u64, StoreError> {
        self.transact(|transaction, _, tombstones| {
            let forgotten = retire::forget_ids(transaction, before)?;
            *tombstones = Tombstones::load(transaction)?;
            Ok(forgotten)
        })
    }

    fn forget_receipts(&mut self, today: Day) -> Result<(), StoreError> {
        self.transact(|transaction, _, _| receipts::forget(transaction, today))
    }

    fn compact(&mut self, before: Day) -> Result<u64, StoreError> {
        self.transact(|transaction, _, _| retire::compact(transaction, before, MAX_DAYS_COMPACTED))
    }

    fn rebuild(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<u64, StoreError> {
        self.transact(|transaction, _, _| rebuild::rebuild(transaction, progress))
    }

    fn dump_for_comparison(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        self.read(|connection| {
            dump::dump(connection, &|_, of| match of {
                DumpMember::Installation(id) => id.to_string(),
                DumpMember::Nobody(_) => "nobody".to_owned(),
            })
        })
    }
}

pub(super) fn position(connection: &Connection) -> Result<Position> {
    let position: i64 = query::value(connection, "SELECT value FROM meta WHERE key = 'position'", [])?;
    Ok(Position(u64::try_from(position).unwrap_or(0)))
}
