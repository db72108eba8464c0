//! Writing what a transaction gathered into the roll-ups, each cell once.

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::sender::Senders;
use crate::rollup::delta::{Delta, Latest};
use crate::rollup::row::{self, Number, Stored, What};
use crate::rollup::set::{Chunk, place_of};
use crate::store::calendar::Day;

/// Writes the changes.
pub(super) fn flush(transaction: &Transaction<'_>, delta: &Delta, senders: &Senders) -> rusqlite::Result<()> {
    cells(transaction, delta)?;
    members(transaction, delta)?;
    super::used::add(transaction, delta)?;
    installations(transaction, delta, senders)?;
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

fn installations(transaction: &Transaction<'_>, delta: &Delta, senders: &Senders) -> rusqlite::Result<()> {
    let mut update = transaction.prepare_cached(
        "UPDATE installation SET first_day = ?3, last_day = ?4, sequence = ?5, sequences = ?6 \
         WHERE product = ?1 AND id = ?2",
    )?;
    for (product, number, sender) in senders.iter() {
        let mut first = sender.before.first;
        let mut last = sender.before.last;
        if let Some((from, to)) = delta.seen.get(&(product, number)) {
            first = Some(first.map_or(*from, |day| day.min(*from)));
            last = Some(last.map_or(*to, |day| day.max(*to)));
        }
        let window = sender.sequence;
        update.execute(params![product, sender.id.bytes(), first, last, window.highest, window.bits])?;
        // An event may come that is older than all before it: then the installation was first seen on another day.
        if let Some(day) = first
            && first != sender.before.first
        {
            if let Some(before) = sender.before.first {
                cohort(transaction, product, before, number, Chunk::remove)?;
            }
            cohort(transaction, product, day, number, Chunk::insert)?;
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
