//! Reading raw rows, packed or not.

use aboveboard_store::calendar::Day;
use aboveboard_store::read::Days;
use rusqlite::{Connection, Result, Row, params};

use super::block::{self, EncodedRow, ROWS_OF_DAY};
use super::query;
use crate::row::{self, StoredEvent};

/// The events in a column of a row; a column that does not read is a damaged database.
pub(super) fn events(from: &Row<'_>, column: usize) -> Result<Vec<StoredEvent>> {
    row::read(from.get_ref(column)?.as_blob()?).map_err(block::damaged)
}

/// Gives every row of a day: those that are packed first, each kind in the order of installation and part. So the rows
/// of one installation come in the order of the log.
pub(super) fn of_day(
    connection: &Connection,
    product: u32,
    day: Day,
    mut each: impl FnMut(&EncodedRow) -> Result<()>,
) -> Result<()> {
    let sql = "SELECT bytes FROM block WHERE product = ?1 AND day = ?2 ORDER BY chunk";
    query::each(connection, sql, params![product, day], |row| {
        block::unpack(row.get_ref(0)?.as_blob()?).map_err(block::damaged)?.iter().try_for_each(&mut each)
    })?;
    let loose = params![product, day];
    query::each(connection, ROWS_OF_DAY, loose, |row| each(&EncodedRow::from_columns(row)?))
}

/// The days between two, both included, that have rows of a product: a seek or two for each.
pub(super) fn days(connection: &Connection, product: u32, range: Days) -> Result<Vec<Day>> {
    let next = |table: &str| {
        let sql = format!("SELECT min(day) FROM {table} WHERE product = ?1 AND day >= ?2 AND day <= ?3");
        connection.prepare_cached(&sql)
    };
    let mut loose = next("row")?;
    let mut packed = next("block")?;
    let mut days = Vec::new();
    let mut from = Some(range.first);
    while let Some(day) = from {
        let here = params![product, day, range.last];
        let loose: Option<Day> = loose.query_row(here, |row| row.get(0))?;
        let packed: Option<Day> = packed.query_row(here, |row| row.get(0))?;
        let found = loose.into_iter().chain(packed).min();
        days.extend(found);
        from = found.and_then(|day| day.checked_add(1));
    }
    Ok(days)
}
