//! The store in one SQLite file: rows of a few bytes an event, roll-ups beside them.

mod apply;
mod block;
mod clear;
mod convert;
mod erase;
pub(crate) mod export;
mod flush;
mod hash;
mod ledger;
mod names;
mod open;
mod reader;
mod rebuild;
mod retire;
mod rows;
mod schema;
mod timing;
mod tombstone;
pub mod upkeep;
mod used;

#[cfg(test)]
mod migrations;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod timing_tests;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use self::names::Names;
use self::open::refine;
pub use self::open::{Check, Expect};
pub use self::reader::{Context, CubeCell, LastReport, Reader, SetPart, Snapshot};
use self::tombstone::Tombstones;
use super::{Applied, Retired, Store, StoreError};
use crate::entry::{Entry, Position};
use crate::manifests::Manifests;
use crate::rollup::place::Day;

/// Most days whose rows are packed in one round: one comes every day, and after an update there may be a year of them.
const PACKED_AT_ONCE: usize = 31;

/// The writing end. There is one for a file: the lock of the data directory sees to that.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    connection: Connection,
    names: Names,
    tombstones: Tombstones,
    settled: Position,
}

/// Opens the database for writing, and brings an earlier schema up to date.
///
/// # Errors
/// Where the file is there and should not be or the other way round, is of another program, of a later schema, or
/// damaged. In none of these cases is anything written.
pub fn open(path: &Path, expect: Expect) -> Result<SqliteStore, StoreError> {
    let connection = open::writer(path, expect)?;
    let tombstones = Tombstones::load(&connection).map_err(|error| refine(path, error))?;
    Ok(SqliteStore {
        path: path.to_owned(),
        connection,
        names: Names::default(),
        tombstones,
        settled: Position(0),
    })
}

impl SqliteStore {
    /// Runs `work` in one transaction; what it cached of an aborted one is forgotten, also where it panics.
    fn transact<T>(
        &mut self,
        work: impl FnOnce(&rusqlite::Transaction<'_>, &mut Names, &mut Tombstones) -> rusqlite::Result<T>,
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
        result.map_err(|error| refine(path, error))
    }
}

impl Store for SqliteStore {
    fn position(&mut self) -> Result<Position, StoreError> {
        position(&self.connection).map_err(|error| refine(&self.path, error))
    }

    fn apply(
        &mut self,
        entries: &[(Position, Entry)],
        upto: Position,
        manifests: &Manifests,
    ) -> Result<Applied, StoreError> {
        self.transact(|transaction, names, tombstones| {
            let from = position(transaction)?;
            let mut run = apply::Run::new(transaction, names, tombstones, manifests);
            for (_, entry) in entries.iter().filter(|(position, _)| *position >= from) {
                run.entry(entry)?;
            }
            let applied = run.finish()?;
            if upto > from {
                let upto = i64::try_from(upto.0).unwrap_or(i64::MAX);
                transaction
                    .prepare_cached("UPDATE meta SET value = ?1 WHERE key = 'position'")?
                    .execute(params![upto])?;
            }
            Ok(applied)
        })
    }

    fn settle(&mut self) -> Result<Position, StoreError> {
        let position = self.position()?;
        // A reader may hold the log of writes open. The thread that applies does not wait for it: what could not be
        // moved to the main file now is moved next time.
        if open::checkpoint(&self.connection).map_err(|error| refine(&self.path, error))? {
            self.settled = position;
        }
        Ok(self.settled)
    }

    fn day(&mut self) -> Result<Option<Day>, StoreError> {
        retire::known_day(&self.connection).map_err(|error| refine(&self.path, error))
    }

    fn keep_day(&mut self, day: Day) -> Result<(), StoreError> {
        self.transact(|transaction, _, _| retire::keep_day(transaction, day))
    }

    fn retentions(&mut self, known: &[(String, Day)]) -> Result<Vec<(String, Day)>, StoreError> {
        self.transact(|transaction, names, _| {
            for (product, days) in known {
                let product = names.product(transaction, product)?;
                retire::keep_retention(transaction, product, *days)?;
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

    fn pack(&mut self, before: Day) -> Result<u64, StoreError> {
        self.transact(|transaction, _, _| retire::pack(transaction, before, PACKED_AT_ONCE))
    }

    fn rebuild(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<u64, StoreError> {
        self.transact(|transaction, _, _| rebuild::rebuild(transaction, progress))
    }

    fn ledger(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        ledger::ledger(&self.connection).map_err(|error| refine(&self.path, error))
    }
}

fn position(connection: &Connection) -> rusqlite::Result<Position> {
    let position: i64 = connection
        .prepare_cached("SELECT value FROM meta WHERE key = 'position'")?
        .query_row([], |row| row.get(0))?;
    Ok(Position(u64::try_from(position).unwrap_or(0)))
}
