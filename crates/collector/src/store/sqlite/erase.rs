//! Taking an installation out of everything.

use aboveboard_core::id::Id;
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::flush::{cells, cohort};
use super::rows;
use crate::rollup::delta::{Delta, Source};
use crate::rollup::place::Day;
use crate::rollup::row::Number;
use crate::rollup::set::{Chunk, place_of};

/// Deletes rows, last report, id and every place in a set, and takes the events out of the cube. Daily counts of
/// days whose rows are gone stay: they hold no installation any more.
pub(super) fn installation(transaction: &Transaction<'_>, product: u32, id: Id) -> rusqlite::Result<()> {
    let known: Option<(Number, Option<Day>, Option<Day>)> = transaction
        .prepare_cached(
            "SELECT number, first_day, last_day FROM installation WHERE product = ?1 AND id = ?2",
        )?
        .query_row(params![product, id.bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((number, first, last)) = known else { return Ok(()) };
    if let (Some(first), Some(last)) = (first, last) {
        take_rows(transaction, product, number, first, last)?;
        take_member(transaction, product, number, first, last)?;
        cohort(transaction, product, first, number, Chunk::remove)?;
    }
    transaction
        .prepare_cached("DELETE FROM latest WHERE product = ?1 AND installation = ?2")?
        .execute(params![product, number])?;
    transaction
        .prepare_cached("DELETE FROM installation WHERE product = ?1 AND id = ?2")?
        .execute(params![product, id.bytes()])?;
    Ok(())
}

fn take_rows(
    transaction: &Transaction<'_>,
    product: u32,
    installation: Number,
    first: Day,
    last: Day,
) -> rusqlite::Result<()> {
    let mut delta = Delta::default();
    let mut find = transaction.prepare_cached(
        "SELECT context, events FROM row WHERE product = ?1 AND day = ?2 AND installation = ?3",
    )?;
    let mut drop = transaction
        .prepare_cached("DELETE FROM row WHERE product = ?1 AND day = ?2 AND installation = ?3")?;
    // The days that have rows at all, so that a long life is not a search of every day of it.
    for day in rows::days(transaction, product, first, last)? {
        let mut found = find.query(params![product, day, installation])?;
        while let Some(row) = found.next()? {
            let source = Source { product, installation, context: row.get(0)?, day };
            match rows::events(row, 1) {
                Ok(events) => delta.take(source, &events),
                // The row goes all the same. What it added to the cube holds no installation, and stays.
                Err(_) => {
                    tracing::error!(day, "a damaged row was erased; the counts of its day keep its events")
                }
            }
        }
        std::mem::drop(found);
        drop.execute(params![product, day, installation])?;
    }
    cells(transaction, &delta)
}

fn take_member(
    transaction: &Transaction<'_>,
    product: u32,
    number: Number,
    first: Day,
    last: Day,
) -> rusqlite::Result<()> {
    let (chunk, place) = place_of(number);
    let mut find = transaction.prepare_cached(
        "SELECT day, context, members FROM active WHERE product = ?1 AND day BETWEEN ?2 AND ?3 AND chunk = ?4",
    )?;
    let found: Vec<(Day, u32, Vec<u8>)> = find
        .query_map(params![product, first, last, chunk], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (day, context, bytes) in found {
        let mut members = Chunk::from_bytes(&bytes);
        if !members.has(place) {
            continue;
        }
        members.remove(place);
        if members.is_empty() {
            transaction
                .prepare_cached(
                    "DELETE FROM active WHERE product = ?1 AND day = ?2 AND context = ?3 AND chunk = ?4",
                )?
                .execute(params![product, day, context, chunk])?;
        } else {
            transaction
                .prepare_cached(
                    "UPDATE active SET members = ?5 \
                     WHERE product = ?1 AND day = ?2 AND context = ?3 AND chunk = ?4",
                )?
                .execute(params![product, day, context, chunk, members.to_bytes()])?;
        }
    }
    Ok(())
}
