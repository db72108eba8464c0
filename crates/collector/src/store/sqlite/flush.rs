//! Writing what a transaction gathered into the roll-ups, each cell once.

use std::collections::HashMap;

use aboveboard_core::id::Id;
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::names::Installation;
use crate::rollup::delta::{Delta, Latest};
use crate::rollup::row::{self, Number, Stored, What};
use crate::rollup::set::{Chunk, place_of};
use crate::store::calendar::Day;

/// The installations that sent something in a transaction.
#[derive(Debug, Default)]
pub(super) struct Touched(HashMap<(u32, Number), Touch>);

/// One of them.
#[derive(Debug)]
pub(super) struct Touch {
    id: Id,
    before: Installation,
    sequence: i64,
    sequences: i64,
}

impl Touched {
    pub(super) fn entry(&mut self, product: u32, id: Id, before: Installation) -> &mut Touch {
        let Installation { sequence, sequences, .. } = before;
        self.0.entry((product, before.number)).or_insert(Touch { id, before, sequence, sequences })
    }
}

impl Touch {
    /// Notes a sequence number; false if the window of the last 64 shows that it was there.
    pub(super) fn sequence(&mut self, number: u64) -> bool {
        let Ok(number) = i64::try_from(number) else { return true };
        let ahead = number.saturating_sub(self.sequence);
        if ahead > 0 {
            self.sequences = if ahead < 64 { self.sequences << ahead | 1 } else { 1 };
            self.sequence = number;
            return true;
        }
        let behind = -ahead;
        if behind >= 64 {
            return true;
        }
        let fresh = self.sequences >> behind & 1 == 0;
        self.sequences |= 1 << behind;
        fresh
    }
}

/// Writes the changes.
pub(super) fn flush(transaction: &Transaction<'_>, delta: &Delta, touched: &Touched) -> rusqlite::Result<()> {
    cells(transaction, delta)?;
    members(transaction, delta)?;
    super::used::add(transaction, delta)?;
    installations(transaction, delta, touched)?;
    for ((product, installation), latest) in &delta.latest {
        report(transaction, *product, *installation, latest)?;
    }
    Ok(())
}

/// Adds to the cube; cells that come to nothing go.
pub(super) fn cells(transaction: &Transaction<'_>, delta: &Delta) -> rusqlite::Result<()> {
    let mut cells: Vec<_> = delta.cells.iter().filter(|(_, n)| **n != 0).collect();
    cells.sort_unstable_by_key(|(cell, _)| (cell.product, cell.axis, cell.day, cell.name, cell.detail));
    let mut add = transaction.prepare_cached(
        // What one transaction adds is far below the half of what fits, so no sum of hostile numbers overflows.
        "INSERT INTO cube VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT DO UPDATE SET n = min(n, 4611686018427387904) + excluded.n",
    )?;
    let mut drop = transaction.prepare_cached(
        "DELETE FROM cube WHERE product = ?1 AND axis = ?2 AND day = ?3 AND name = ?4 AND detail = ?5 \
         AND context = ?6 AND n = 0",
    )?;
    for (cell, n) in cells {
        let axis = cell.axis as u8;
        add.execute(params![cell.product, axis, cell.day, cell.name, cell.detail, cell.context, n])?;
        if *n < 0 {
            drop.execute(params![cell.product, axis, cell.day, cell.name, cell.detail, cell.context])?;
        }
    }
    Ok(())
}

fn members(transaction: &Transaction<'_>, delta: &Delta) -> rusqlite::Result<()> {
    let mut find = transaction.prepare_cached(
        "SELECT members FROM active WHERE product = ?1 AND day = ?2 AND context = ?3 AND chunk = ?4",
    )?;
    let mut put = transaction.prepare_cached("INSERT OR REPLACE INTO active VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for ((product, day, context, chunk), members) in &delta.members {
        let known: Option<Vec<u8>> =
            find.query_row(params![product, day, context, chunk], |row| row.get(0)).optional()?;
        let mut all = members.clone();
        all.unite_bytes(known.as_deref().unwrap_or_default());
        let bytes = all.to_bytes();
        if known.as_ref() != Some(&bytes) {
            put.execute(params![product, day, context, chunk, bytes])?;
        }
    }
    Ok(())
}

fn installations(transaction: &Transaction<'_>, delta: &Delta, touched: &Touched) -> rusqlite::Result<()> {
    let mut update = transaction.prepare_cached(
        "UPDATE installation SET first_day = ?3, last_day = ?4, sequence = ?5, sequences = ?6 \
         WHERE product = ?1 AND id = ?2",
    )?;
    for ((product, number), touch) in &touched.0 {
        let (mut first, mut last) = (touch.before.first, touch.before.last);
        if let Some((from, to)) = delta.seen.get(&(*product, *number)) {
            first = Some(first.map_or(*from, |day| day.min(*from)));
            last = Some(last.map_or(*to, |day| day.max(*to)));
        }
        update.execute(params![product, touch.id.bytes(), first, last, touch.sequence, touch.sequences])?;
        if let (Some(day), true) = (first, first != touch.before.first) {
            if let Some(before) = touch.before.first {
                cohort(transaction, *product, before, *number, Chunk::remove)?;
            }
            cohort(transaction, *product, day, *number, Chunk::insert)?;
        }
    }
    Ok(())
}

/// Changes the set of the installations that were first seen on a day.
pub(super) fn cohort(
    transaction: &Transaction<'_>,
    product: u32,
    day: Day,
    number: Number,
    change: fn(&mut Chunk, u16),
) -> rusqlite::Result<()> {
    let (chunk, place) = place_of(number);
    let known: Option<Vec<u8>> = transaction
        .prepare_cached("SELECT members FROM cohort WHERE product = ?1 AND day = ?2 AND chunk = ?3")?
        .query_row(params![product, day, chunk], |row| row.get(0))
        .optional()?;
    let mut members = Chunk::from_bytes(known.as_deref().unwrap_or_default());
    change(&mut members, place);
    if members.is_empty() {
        transaction
            .prepare_cached("DELETE FROM cohort WHERE product = ?1 AND day = ?2 AND chunk = ?3")?
            .execute(params![product, day, chunk])?;
    } else {
        transaction
            .prepare_cached("INSERT OR REPLACE INTO cohort VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![product, day, chunk, members.to_bytes()])?;
    }
    Ok(())
}

fn report(
    transaction: &Transaction<'_>,
    product: u32,
    installation: Number,
    latest: &Latest,
) -> rusqlite::Result<()> {
    let (day, hour) = latest.when;
    let mut counts = Vec::new();
    row::push(&mut counts, &Stored { hour, what: What::Report(latest.counts.clone()) });
    transaction
        .prepare_cached(
            "INSERT INTO latest VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET day = excluded.day, \
             hour = excluded.hour, context = excluded.context, counts = excluded.counts \
             WHERE (excluded.day, excluded.hour) >= (latest.day, latest.hour)",
        )?
        .execute(params![product, installation, day, hour, latest.context, counts])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_number_shows_twice_only_within_the_window() {
        let before = Installation { number: 1, first: None, last: None, sequence: -1, sequences: 0 };
        let mut touched = Touched::default();
        let touch = touched.entry(1, Id::from_bytes([1; 16]), before);
        for fresh in [0, 1, 5, 3, 70, 69, 7] {
            assert!(touch.sequence(fresh), "{fresh}");
        }
        for again in [70, 69, 7] {
            assert!(!touch.sequence(again), "{again}");
        }
        assert!(touch.sequence(0), "beyond the window nothing is claimed");
        assert!(touch.sequence(u64::MAX));
    }
}
