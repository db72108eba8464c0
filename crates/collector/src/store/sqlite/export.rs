//! Reading raw rows for an export, a day at a time: no moment of the store is held for as long as somebody takes to
//! read them.

use aboveboard_types::id::Id;
use rusqlite::{OptionalExtension as _, params};

use super::reader::Snapshot;
use super::{block, rows};
use crate::rollup::row::{self, Number, Stored};
use crate::store::calendar::Day;

/// The days between two, both included, that have rows of a product, in order.
pub(crate) fn days(
    snapshot: &Snapshot<'_>,
    product: u32,
    first: Day,
    last: Day,
) -> rusqlite::Result<Vec<Day>> {
    rows::days(snapshot.transaction, product, first, last)
}

/// Gives the rows of a day: installation, context and events; those of one installation in the order of the log.
pub(crate) fn of_day(
    snapshot: &Snapshot<'_>,
    product: u32,
    day: Day,
    mut each: impl FnMut(Number, u32, Vec<Stored>),
) -> rusqlite::Result<()> {
    rows::of_day(snapshot.transaction, product, day, |raw| {
        each(raw.installation, raw.context, row::read(&raw.events).map_err(block::damaged)?);
        Ok(())
    })
}

/// First and last day of an installation; none where nothing of it was ever placed, or it is not known at all.
pub(crate) fn life(
    snapshot: &Snapshot<'_>,
    product: &str,
    installation: Id,
) -> rusqlite::Result<Option<(Day, Day)>> {
    let days: Option<(Option<Day>, Option<Day>)> = snapshot
        .transaction
        .prepare_cached(
            "SELECT i.first_day, i.last_day FROM installation i JOIN product p ON p.id = i.product \
             WHERE p.name = ?1 AND i.id = ?2",
        )?
        .query_row(params![product, installation.bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(days.and_then(|(first, last)| first.zip(last)))
}
