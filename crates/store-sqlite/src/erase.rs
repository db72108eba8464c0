//! Taking installations out: first the tie between their ids and their numbers is cut.

use std::collections::BTreeMap;

use aboveboard_store::calendar::Day;
use aboveboard_store::read::Days;
use aboveboard_types::id::Id;
use rusqlite::{Result, Row, Transaction, params};

use super::removal::{self, RemovalKind};
use super::sets::{SetTable, Sets};
use super::{counted, links, query};
use crate::chunk::{Members, SetChunk, place_of};
use crate::row::InstallationNumber;

/// A line of an installation, in the columns of [`Line::COLUMNS`].
#[derive(Debug)]
pub(super) struct Line {
    id: Vec<u8>,
    number: InstallationNumber,
    first: Option<Day>,
    last: Option<Day>,
    received: Option<Day>,
}

impl Line {
    /// The place of the number.
    pub(super) const NUMBER: usize = 1;

    pub(super) const COLUMNS: &str = "id, number, first_day, last_day, received";

    pub(super) fn from_columns(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            number: row.get(Self::NUMBER)?,
            first: row.get(2)?,
            last: row.get(3)?,
            received: row.get(4)?,
        })
    }
}

/// Takes one installation out, as it asked for.
pub(super) fn installation(transaction: &Transaction<'_>, product: u32, id: Id) -> Result<()> {
    let sql = format!("SELECT {} FROM installation WHERE product = ?1 AND id = ?2", Line::COLUMNS);
    let known = query::find(transaction, &sql, params![product, id.bytes()], Line::from_columns)?;
    take_out(transaction, product, known.as_slice(), RemovalKind::Erasure)
}

/// Cuts the tie between ids and numbers of installations, and notes them for removal from rows, sets and sums. Daily
/// counts of days whose rows are gone stay: they hold no installation.
pub(super) fn take_out(
    transaction: &Transaction<'_>,
    product: u32,
    lines: &[Line],
    kind: RemovalKind,
) -> Result<()> {
    let mut members = Members::default();
    let mut days = Days { first: Day::MAX, last: Day::MIN };
    let mut seen: BTreeMap<(Day, u32), SetChunk> = BTreeMap::new();
    let mut received: BTreeMap<(Day, u32), SetChunk> = BTreeMap::new();
    for line in lines {
        members.insert(line.number);
        // Of one without a first day there is no row.
        let first = line.first.or(line.last).unwrap_or_default();
        days.first = days.first.min(first);
        days.last = days.last.max(line.last.unwrap_or(first));
        let (chunk, place) = place_of(line.number);
        for (sets, day) in [(&mut seen, line.first), (&mut received, line.received)] {
            let Some(day) = day else { continue };
            sets.entry((day, chunk)).or_default().insert(place);
        }
        let sql = "DELETE FROM installation WHERE product = ?1 AND id = ?2";
        query::execute(transaction, sql, params![product, line.id])?;
        counted::forget(transaction, product, line.number)?;
    }
    for (table, first) in [(SetTable::Cohort, &seen), (SetTable::Arrived, &received)] {
        let mut sets = Sets::new(transaction, table)?;
        for ((day, chunk), gone) in first {
            sets.subtract(&[product.into(), (*day).into(), (*chunk).into()], gone)?;
        }
    }
    links::forget(transaction, product, &members)?;
    removal::begin(transaction, product, days, &members, kind)
}
