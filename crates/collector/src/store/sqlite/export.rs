//! Reading raw rows for an export, a day at a time: no moment of the store is held for as long as somebody takes to
//! read them.

use super::reader::Snapshot;
use super::{block, rows};
use crate::rollup::place::Day;
use crate::rollup::row::{self, Number, Stored};

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
