//! The tables of sets: which installations were active, first seen, or used something.
//!
//! Each row is a chunk of up to 4,096 installations under a key of small numbers, the last of which is the chunk's.

use aboveboard_store::calendar::Day;
use rusqlite::{CachedStatement, OptionalExtension as _, Result, ToSql, Transaction, params_from_iter};

use crate::chunk::{Members, SetChunk, place_of};
use crate::delta::{Axis, Delta};
use crate::query;
use crate::row::InstallationNumber;

/// A table of sets.
#[derive(Clone, Copy, Debug)]
pub(super) enum SetTable {
    /// Active installations, by product, day, context and chunk.
    Active,
    /// Installations by the day on which they were first seen: by product, day and chunk.
    Cohort,
    /// Installations by the day on which they were first received, by the same.
    Arrived,
    /// Installations that used something, by product, axis, day, name, detail, context and chunk.
    Used,
    /// Installations of which something was received, by product, axis, period, name, detail, context and chunk.
    Received,
}

impl SetTable {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Cohort => "cohort",
            Self::Arrived => "arrived",
            Self::Used => "used",
            Self::Received => "received",
        }
    }

    const fn key(self) -> &'static [&'static str] {
        match self {
            Self::Active => &["product", "day", "context", "chunk"],
            Self::Cohort | Self::Arrived => &["product", "day", "chunk"],
            Self::Used => &["product", "axis", "day", "name", "detail", "context", "chunk"],
            Self::Received => &["product", "axis", "period", "name", "detail", "context", "chunk"],
        }
    }
}

/// The axes of the table `used`, so that a search of days can use its key.
const USED_AXES: [Axis; 5] = [Axis::Command, Axis::Action, Axis::Report, Axis::Declared, Axis::Success];

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

    /// Takes members out of a set. Returns whether any was in it.
    pub(super) fn subtract(&mut self, key: &[i64], gone: &SetChunk) -> Result<bool> {
        let Some(stored) = self.read(key)? else { return Ok(false) };
        let mut members = SetChunk::from_bytes(&stored);
        let any = members.subtract(gone);
        if any {
            self.replace(key, &members)?;
        }
        Ok(any)
    }

    /// The members of a set that are in `others` too; none where there are none.
    pub(super) fn common(&mut self, key: &[i64], others: &SetChunk) -> Result<Option<SetChunk>> {
        let Some(stored) = self.read(key)? else { return Ok(None) };
        let mut members = SetChunk::from_bytes(&stored);
        members.intersect(others);
        Ok((!members.is_empty()).then_some(members))
    }

    /// Changes a set by the place of one installation. A set that is left empty goes.
    pub(super) fn change(&mut self, key: &[i64], change: fn(&mut SetChunk, u16), place: u16) -> Result<()> {
        let stored = self.read(key)?.unwrap_or_default();
        let mut members = SetChunk::from_bytes(&stored);
        change(&mut members, place);
        if members.is_empty() || members.to_bytes() != stored {
            self.replace(key, &members)?;
        }
        Ok(())
    }

    /// Puts a set in the place of the stored one; an empty one goes.
    fn replace(&mut self, key: &[i64], members: &SetChunk) -> Result<()> {
        if members.is_empty() {
            return self.delete.execute(params_from_iter(key)).map(drop);
        }
        self.write(key, &members.to_bytes())
    }

    fn read(&mut self, key: &[i64]) -> Result<Option<Vec<u8>>> {
        self.find.query_row(params_from_iter(key), |row| row.get(0)).optional()
    }

    fn write(&mut self, key: &[i64], bytes: &[u8]) -> Result<()> {
        let key = key.iter().map(|number| number as &dyn ToSql);
        self.put.execute(params_from_iter(key.chain([&bytes as &dyn ToSql]))).map(drop)
    }
}

/// Adds an installation to the set of those first seen or received on a day, or takes it out.
pub(super) fn change_first(
    first: &mut Sets<'_>,
    product: u32,
    day: Day,
    installation: InstallationNumber,
    change: fn(&mut SetChunk, u16),
) -> Result<()> {
    let (chunk, place) = place_of(installation);
    first.change(&[product.into(), day.into(), chunk.into()], change, place)
}

/// Takes installations out of the sets that their rows put them in.
pub(super) fn take_out(transaction: &Transaction<'_>, rows: &Delta) -> Result<()> {
    let mut active = Sets::new(transaction, SetTable::Active)?;
    for ((product, day, context, chunk), gone) in &rows.members {
        active.subtract(&[(*product).into(), (*day).into(), (*context).into(), (*chunk).into()], gone)?;
    }
    let mut used = Sets::new(transaction, SetTable::Used)?;
    for (key, gone) in &rows.used {
        used.subtract(&key.columns(), gone)?;
    }
    Ok(())
}

/// Takes installations of a chunk out of every set of a day and of what was received: where their rows do not say in which
/// they are.
pub(super) fn search_and_take_out(
    transaction: &Transaction<'_>,
    product: u32,
    day: Day,
    chunk: u32,
    gone: &SetChunk,
) -> Result<()> {
    let gone = &Members::from_iter([(chunk, gone.clone())]);
    let product = i64::from(product);
    let day = i64::from(day);
    subtract_where(transaction, SetTable::Active, &[product, day], gone)?;
    for axis in USED_AXES {
        subtract_where(transaction, SetTable::Used, &[product, axis as i64, day], gone)?;
    }
    subtract_where(transaction, SetTable::Received, &[product], gone)
}

/// Takes installations out of the sets under keys that begin with `prefix`.
fn subtract_where(
    transaction: &Transaction<'_>,
    table: SetTable,
    prefix: &[i64],
    gone: &Members,
) -> Result<()> {
    let columns = table.key();
    let is_prefix: Vec<_> = columns[..prefix.len()].iter().map(|column| format!("{column} = ?")).collect();
    let sql = format!(
        "SELECT {}, members FROM {} WHERE {}",
        columns.join(", "),
        table.name(),
        is_prefix.join(" AND ")
    );
    let mut changed: Vec<(Vec<i64>, SetChunk)> = Vec::new();
    query::each(transaction, &sql, params_from_iter(prefix), |row| {
        let chunk: u32 = row.get(columns.len() - 1)?;
        let Some(gone) = gone.get(chunk) else { return Ok(()) };
        let mut members = SetChunk::from_bytes(row.get_ref(columns.len())?.as_blob()?);
        if members.subtract(gone) {
            let key = (0..columns.len()).map(|column| row.get(column)).collect::<Result<_>>()?;
            changed.push((key, members));
        }
        Ok(())
    })?;
    let mut sets = Sets::new(transaction, table)?;
    changed.iter().try_for_each(|(key, members)| sets.replace(key, members))
}
