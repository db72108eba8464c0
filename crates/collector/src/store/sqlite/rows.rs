//! Reading raw rows.

use rusqlite::{Row, Transaction, params};

use crate::rollup::place::Day;
use crate::rollup::row::{self, Stored};

/// The events in a column of a row; a column that does not read is a damaged database.
pub(super) fn events(from: &Row<'_>, column: usize) -> rusqlite::Result<Vec<Stored>> {
    let bytes = from.get_ref(column)?.as_blob().map_err(rusqlite::Error::from)?;
    row::read(bytes).map_err(|_| {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        rusqlite::Error::SqliteFailure(code, Some("a row of events does not read".to_owned()))
    })
}

/// The days between two, both included, that have rows of a product: one seek for each.
pub(super) fn days(
    transaction: &Transaction<'_>,
    product: u32,
    first: Day,
    last: Day,
) -> rusqlite::Result<Vec<Day>> {
    let mut next = transaction
        .prepare_cached("SELECT min(day) FROM row WHERE product = ?1 AND day >= ?2 AND day <= ?3")?;
    let mut days = Vec::new();
    let mut from = Some(first);
    while let Some(day) = from {
        let found: Option<Day> = next.query_row(params![product, day, last], |row| row.get(0))?;
        days.extend(found);
        from = found.and_then(|day| day.checked_add(1));
    }
    Ok(days)
}
