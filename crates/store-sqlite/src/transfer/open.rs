//! Opening a database to give its content away.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aboveboard_replay::{ClosedDay, ClusterKey, JournalEntry, SentContext};
use aboveboard_store::StoreError;
use aboveboard_store::calendar::Day;
use aboveboard_store::entry::Position;
use aboveboard_store::read::InstallationKey;
use aboveboard_types::id::Id;
use rusqlite::{Connection, Result};

use super::day::Parts;
use super::journal;
use super::others::Others;
use super::states::{self, ByLastDay};
use super::words::Words;
use super::{firsts, received, rows, sets, sums};
use crate::dump::DumpMember;
use crate::error::classify;
use crate::reader::SqliteReader;
use crate::schema::NEWEST;
use crate::store::position;
use crate::{dump, open, query, receipts, remake, removal};

/// What is known of a database before its content is given away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Position in the ingest log up to which it is applied.
    pub position: Position,
    /// Whether it is of the schema of this program, and nothing is under way in it: no removal, no change of rows, nothing that came since it
    /// was last forgotten what was received, and is as old as that.
    pub is_settled: bool,
}

/// Looks at a database without changing it.
///
/// # Errors
/// Where it is missing, of another program, of a later schema, or damaged.
pub fn condition(path: &Path) -> Result<Condition, StoreError> {
    let connection = open::reader(path)?;
    let schema = open::look(path, &connection)?;
    let classify = |error| classify(path, error);
    let position = position(&connection).map_err(classify)?;
    let is_settled = schema == NEWEST
        && !removal::is_under_way(&connection).map_err(classify)?
        && !remake::is_under_way(&connection).map_err(classify)?
        && !receipts::has_forgotten(&connection).map_err(classify)?;
    Ok(Condition { position, is_settled })
}

/// How many installations were active on days of a product whose sets are gone: the day before which they are, and the numbers.
pub type RetiredSets = (String, Day, Vec<(Day, Arc<SentContext>, u64)>);

/// The content of a database, in the terms of a cluster.
#[derive(Debug)]
pub struct Transfer {
    path: PathBuf,
    connection: Connection,
    key: ClusterKey,
    shards: u32,
    words: Words,
    others: Others,
    by_last_day: ByLastDay,
    days: Vec<Day>,
}

impl Transfer {
    /// Opens a database that [`condition`] finds settled, for a cluster with this key and so many shards. It is only read.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn open(path: &Path, key: ClusterKey, shards: u32) -> Result<Self, StoreError> {
        let connection = open::reader(path)?;
        let load = || -> Result<(Words, ByLastDay, Vec<Day>)> {
            // One moment of it, whatever another process may do.
            connection.execute_batch("BEGIN")?;
            let words = Words::load(&connection, &key)?;
            let mut days = days(&connection)?;
            let newest = days.last().copied().unwrap_or_default();
            let by_last_day = ByLastDay::read(&connection, newest)?;
            days.extend(by_last_day.days()?);
            Ok((words, by_last_day, days.into_iter().collect()))
        };
        let (words, by_last_day, days) = load().map_err(|error| classify(path, error))?;
        let others = Others::default();
        Ok(Self { path: path.to_owned(), connection, key, shards, words, others, by_last_day, days })
    }

    fn ask<T>(&mut self, question: impl FnOnce(&mut Self) -> Result<T>) -> Result<T, StoreError> {
        let answer = question(self);
        answer.map_err(|error| classify(&self.path, error))
    }

    /// Its days, ascending: those of events, and those on which something was received.
    #[must_use]
    pub fn days(&self) -> &[Day] {
        &self.days
    }

    /// Position in the ingest log up to which it is applied.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn position(&mut self) -> Result<Position, StoreError> {
        self.ask(|all| position(&all.connection))
    }

    /// What tells this database, as it is now, from every other: it changes with whatever is applied or retired.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn fingerprint(&mut self) -> Result<String, StoreError> {
        self.ask(|all| {
            let mut mac = hmac_sha256::HMAC::new(all.key.fingerprint());
            let meta = "SELECT key || ' ' || CASE typeof(value) WHEN 'blob' THEN hex(value) ELSE value END FROM meta ORDER BY key";
            let products =
                "SELECT name || ' ' || next || ' ' || raw_from || ' ' || coalesce(retention, '') FROM product ORDER BY id";
            for sql in [meta, products] {
                query::each(&all.connection, sql, [], |row| {
                    mac.update(row.get_ref(0)?.as_str()?.as_bytes());
                    mac.update([0]);
                    Ok(())
                })?;
            }
            Ok(Id::from_hash(&mac.finalize()).to_string())
        })
    }

    /// What one of its days comes to on each shard. With the last of them comes what hangs on no day.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn day(&mut self, day: Day) -> Result<Vec<ClosedDay>, StoreError> {
        self.ask(|all| {
            let newest = all.days.last().copied().unwrap_or(day);
            let Self { connection, key, words, others, by_last_day, .. } = all;
            let mut parts = Parts::new(all.shards);
            others.read_upto(connection, words, day)?;
            let contexts = rows::read(connection, words, day, &mut parts)?;
            sets::read(connection, words, others, day, &mut parts)?;
            received::read_sets(connection, (words, &*key), others, day, &mut parts)?;
            received::read_batches(connection, day, &mut parts)?;
            sums::read_received(connection, words, day, &mut parts)?;
            sums::add_since(connection, words, day, contexts, &mut parts)?;
            states::read(connection, words, by_last_day, (day, newest), &mut parts)?;
            if day == newest {
                firsts::read(connection, words, &mut parts)?;
            }
            Ok(parts.finish(day))
        })
    }

    /// What all collectors must know: versions, lines, retention, tombstones.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn journal(&mut self) -> Result<Vec<JournalEntry>, StoreError> {
        self.ask(|all| journal::read(&all.connection, &all.words))
    }

    /// How many installations were active on days whose sets are gone, of each product that has such days.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn retired(&mut self) -> Result<Vec<RetiredSets>, StoreError> {
        self.ask(|all| {
            let mut retired = Vec::new();
            for product in all.words.products() {
                let raw_from = "SELECT raw_from FROM product WHERE id = ?1";
                let before: Day = query::value(&all.connection, raw_from, [product.number])?;
                let mut sets = Vec::new();
                let sql =
                    "SELECT day, context, installations FROM closed WHERE product = ?1 ORDER BY day, context";
                query::each(&all.connection, sql, [product.number], |row| {
                    if let Some(context) = all.words.context(row.get(1)?) {
                        sets.push((row.get(0)?, Arc::clone(context), u64::from(row.get::<_, u32>(2)?)));
                    }
                    Ok(())
                })?;
                if !sets.is_empty() {
                    retired.push((product.name.to_string(), before, sets));
                }
            }
            Ok(retired)
        })
    }

    /// The same database, to be asked as any other.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn reader(&self) -> Result<SqliteReader, StoreError> {
        SqliteReader::open(&self.path)
    }

    /// Every figure, as [`Store::dump_for_comparison`](aboveboard_store::Store::dump_for_comparison) gives them, with what stands for an
    /// installation in the cluster in the place of its id.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn dump(
        &mut self,
        show: &dyn Fn(InstallationKey) -> String,
    ) -> Result<Vec<(String, i64)>, StoreError> {
        self.ask(|all| {
            let key = &all.key;
            dump::dump(&all.connection, &|product, of| match of {
                DumpMember::Installation(id) => show(key.of_installation(product, id)),
                DumpMember::Nobody(number) => show(all.words.member(key, product, number)),
            })
        })
    }
}

/// Every day of which anything is there, as far as it does not hang on an installation.
fn days(connection: &Connection) -> Result<BTreeSet<Day>> {
    let mut days = BTreeSet::new();
    for (column, table) in [
        ("day", "cube"),
        ("day", "row"),
        ("day", "block"),
        ("day", "active"),
        ("day", "used"),
        ("day", "closed"),
        ("day", "cohort"),
        ("day", "arrived"),
        ("day", "quality"),
        ("day", "batch"),
        ("hour / 24", "batch_count"),
    ] {
        let sql = format!("SELECT DISTINCT {column} FROM {table}");
        query::each(connection, &sql, [], |row| {
            days.insert(row.get(0)?);
            Ok(())
        })?;
    }
    let received = "SELECT DISTINCT CASE axis WHEN 2 THEN period / 24 ELSE period END FROM received";
    query::each(connection, received, [], |row| {
        days.insert(row.get(0)?);
        Ok(())
    })?;
    Ok(days)
}
