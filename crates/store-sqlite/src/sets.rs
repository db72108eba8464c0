//! The tables of sets: which installations were active, first seen, or used something.
//!
//! Each row is a chunk of up to 4,096 installations under a key of small numbers, the last of which is the chunk's.

use aboveboard_store::calendar::Day;
use aboveboard_store::read::Days;
use rusqlite::{CachedStatement, OptionalExtension as _, Result, ToSql, Transaction, params_from_iter};

use crate::chunk::{SetChunk, place_of};
use crate::delta::Axis;
use crate::query;
use crate::row::InstallationNumber;

/// A table of sets.
#[derive(Clone, Copy, Debug)]
pub(super) enum SetTable {
    /// Active installations, by product, day, context and chunk.
    Active,
    /// Installations by the day on which they were first seen: by product, day and chunk.
    Cohort,
    /// Installations that used something, by product, axis, day, name and chunk.
    Used,
}

impl SetTable {
    const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Cohort => "cohort",
            Self::Used => "used",
        }
    }

    const fn key(self) -> &'static [&'static str] {
        match self {
            Self::Active => &["product", "day", "context", "chunk"],
            Self::Cohort => &["product", "day", "chunk"],
            Self::Used => &["product", "axis", "day", "name", "chunk"],
        }
    }
}

/// The axes of the table `used`, so that a search of days can use its key.
const USED_AXES: [Axis; 4] = [Axis::Command, Axis::Action, Axis::Declared, Axis::Success];

/// The statements of one table.
pub(super) struct Sets<'t> {
    find: CachedStatement<'t>,
    put: CachedStatement<'t>,
    delete: CachedStatement<'t>,
}

impl<'t> Sets<'t> {
    pub(super) fn new(transaction: &'t Transaction<'_>, table: SetTable) -> Result<Self> {
        let name = table.name();
        let numbered = table.key().iter().zip(1..);
        let is_key: Vec<_> = numbered.map(|(column, at)| format!("{column} = ?{at}")).collect();
        let is_key = is_key.join(" AND ");
        let values = vec!["?"; table.key().len() + 1].join(", ");
        Ok(Self {
            find: transaction.prepare_cached(&format!("SELECT members FROM {name} WHERE {is_key}"))?,
            put: transaction.prepare_cached(&format!("INSERT OR REPLACE INTO {name} VALUES ({values})"))?,
            delete: transaction.prepare_cached(&format!("DELETE FROM {name} WHERE {is_key}"))?,
        })
    }

    /// Adds members to a set.
    pub(super) fn unite(&mut self, key: &[i64], members: &SetChunk) -> Result<()> {
        let stored = self.read(key)?;
        let mut all = members.clone();
        all.unite_bytes(stored.as_deref().unwrap_or_default());
        let bytes = all.to_bytes();
        // Most installations are in the set already: what does not change is not written.
        if stored.as_ref() != Some(&bytes) {
            self.write(key, &bytes)?;
        }
        Ok(())
    }

    /// Changes a set by the place of one installation. A set that is left empty goes.
    pub(super) fn change(&mut self, key: &[i64], change: fn(&mut SetChunk, u16), place: u16) -> Result<()> {
        let stored = self.read(key)?.unwrap_or_default();
        let mut members = SetChunk::from_bytes(&stored);
        change(&mut members, place);
        if members.is_empty() {
            self.delete.execute(params_from_iter(key))?;
        } else if members.to_bytes() != stored {
            self.write(key, &members.to_bytes())?;
        }
        Ok(())
    }

    fn read(&mut self, key: &[i64]) -> Result<Option<Vec<u8>>> {
        self.find.query_row(params_from_iter(key), |row| row.get(0)).optional()
    }

    fn write(&mut self, key: &[i64], bytes: &[u8]) -> Result<()> {
        let key = key.iter().map(|number| number as &dyn ToSql);
        self.put.execute(params_from_iter(key.chain([&bytes as &dyn ToSql]))).map(drop)
    }
}

/// Adds an installation to the set of those first seen on a day, or takes it out.
pub(super) fn change_cohort(
    cohorts: &mut Sets<'_>,
    product: u32,
    day: Day,
    installation: InstallationNumber,
    change: fn(&mut SetChunk, u16),
) -> Result<()> {
    let (chunk, place) = place_of(installation);
    cohorts.change(&[product.into(), day.into(), chunk.into()], change, place)
}

/// Takes an installation out of every set of its days.
pub(super) fn remove(
    transaction: &Transaction<'_>,
    product: u32,
    installation: InstallationNumber,
    days: Days,
) -> Result<()> {
    let (chunk, place) = place_of(installation);
    let first = days.first;
    let days = [first.into(), days.last.into(), chunk.into()];
    remove_where(transaction, SetTable::Active, &[product.into()], &days, place)?;
    for axis in USED_AXES {
        remove_where(transaction, SetTable::Used, &[product.into(), axis as i64], &days, place)?;
    }
    let mut cohorts = Sets::new(transaction, SetTable::Cohort)?;
    change_cohort(&mut cohorts, product, first, installation, SetChunk::remove)
}

/// Takes a place out of the sets under keys that begin with `prefix`, of days and a chunk.
fn remove_where(
    transaction: &Transaction<'_>,
    table: SetTable,
    prefix: &[i64],
    days_and_chunk: &[i64; 3],
    place: u16,
) -> Result<()> {
    let columns = table.key();
    let is_prefix: Vec<_> = columns[..prefix.len()].iter().map(|column| format!("{column} = ?")).collect();
    let sql = format!(
        "SELECT {}, members FROM {} WHERE {} AND day BETWEEN ? AND ? AND chunk = ?",
        columns.join(", "),
        table.name(),
        is_prefix.join(" AND ")
    );
    let of = params_from_iter(prefix.iter().chain(days_and_chunk));
    // Most sets do not hold the installation. This query reads their members, so only the others are read again.
    let found: Vec<(Vec<i64>, bool)> = query::list(transaction, &sql, of, |row| {
        let key = (0..columns.len()).map(|column| row.get(column)).collect::<Result<_>>()?;
        let members: Vec<u8> = row.get(columns.len())?;
        Ok((key, SetChunk::from_bytes(&members).has(place)))
    })?;
    let mut sets = Sets::new(transaction, table)?;
    let with_it = found.iter().filter(|(_, is_member)| *is_member);
    with_it.map(|(key, _)| key).try_for_each(|key| sets.change(key, SetChunk::remove, place))
}
