//! Raw rows, packed or not: reading them, and taking those of some installations out.

use std::ops::ControlFlow;

use aboveboard_store::calendar::Day;
use aboveboard_store::read::Days;
use aboveboard_store::tally::DayTally;
use rusqlite::{Connection, Result, Row, Transaction, params};

use super::block::{self, EncodedRow, ROWS_OF_DAY};
use super::flush::cells;
use super::{query, receipts, sets};
use crate::chunk::{SetChunk, place_of};
use crate::delta::{Delta, RowSource};
use crate::row::{self, InstallationNumber, StoredEvent};

/// Finds the last row of an installation on a day, by the key alone.
pub(super) const LAST_ROW: &str = "SELECT part, reports, bytes, report_bytes FROM row \
                                   WHERE product = ?1 AND day = ?2 AND installation = ?3 ORDER BY part DESC LIMIT 1";

/// What an installation has already in the rows of a day that are not packed. The last row says it: however many there are, no
/// other is read.
pub(super) fn tally(
    connection: &Connection,
    product: u32,
    day: Day,
    installation: InstallationNumber,
) -> Result<DayTally> {
    let found = query::find(connection, LAST_ROW, params![product, day, installation], |row| {
        let number = |at| Ok::<_, rusqlite::Error>(u64::try_from(row.get::<_, i64>(at)?).unwrap_or(0));
        Ok(DayTally { events: number(0)?, reports: number(1)?, bytes: number(2)?, report_bytes: number(3)? })
    })?;
    Ok(found.unwrap_or_default())
}

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
        block::BlockReader::new(row.get_ref(0)?.as_blob()?)
            .try_for_each(|row| each(&row.map_err(block::damaged)?))
    })?;
    let loose = params![product, day];
    query::each(connection, ROWS_OF_DAY, loose, |row| each(&EncodedRow::from_columns(row)?))
}

/// Calls `each` with the rows of an installation on a day, in the order of the log, until it has enough. Returns also how
/// many bytes of others were passed over.
pub(super) fn of_installation(
    connection: &Connection,
    product: u32,
    day: Day,
    installation: InstallationNumber,
    mut each: impl FnMut(EncodedRow) -> Result<ControlFlow<()>>,
) -> Result<(u64, ControlFlow<()>)> {
    let (skipped, ended) = block::of_installation(connection, product, day, installation, &mut each)?;
    if ended.is_break() {
        return Ok((skipped, ended));
    }
    let mut statement = connection.prepare_cached(block::ROWS_OF_INSTALLATION)?;
    let mut loose = statement.query(params![product, day, installation])?;
    while let Some(row) = loose.next()? {
        if each(EncodedRow::from_columns(row)?)?.is_break() {
            return Ok((skipped, ControlFlow::Break(())));
        }
    }
    Ok((skipped, ControlFlow::Continue(())))
}

/// The days between two, both included, that have rows of a product.
pub(super) fn days(connection: &Connection, product: u32, range: Days) -> Result<Vec<Day>> {
    let mut days = Vec::new();
    let mut from = Some(range.first);
    while let Some(first) = from {
        let found = first_day(connection, product, Days { first, last: range.last })?;
        days.extend(found);
        from = found.and_then(|day| day.checked_add(1));
    }
    Ok(days)
}

/// The first day between two, both included, that has rows of a product: two seeks.
pub(super) fn first_day(connection: &Connection, product: u32, range: Days) -> Result<Option<Day>> {
    let first = |sql: &str| -> Result<Option<Day>> {
        query::value(connection, sql, params![product, range.first, range.last])
    };
    let loose = first("SELECT min(day) FROM row WHERE product = ?1 AND day >= ?2 AND day <= ?3")?;
    let packed = first("SELECT min(day) FROM block WHERE product = ?1 AND day >= ?2 AND day <= ?3")?;
    Ok(loose.into_iter().chain(packed).min())
}

/// Takes the rows of a day of some installations of a chunk out, their events out of the cube, and the installations out of
/// the sets that these rows put them in.
pub(super) fn take_out(
    transaction: &Transaction<'_>,
    product: u32,
    day: Day,
    chunk: u32,
    gone: &SetChunk,
) -> Result<()> {
    let goes = |installation: InstallationNumber| gone.has(place_of(installation).1);
    let mut delta = Delta::default();
    let mut is_whole = true;
    let mut take = |installation: InstallationNumber, context: u32, events: &[u8]| {
        let source = RowSource { product, installation, context, day };
        match row::read(events) {
            Ok(events) => delta.take_installation(source, &events),
            // The row is deleted. What it added to the cube holds no installation, and stays.
            Err(_) => {
                is_whole = false;
                tracing::error!(day, "a damaged row was erased; the counts of its day keep its events")
            }
        }
    };
    let mut is_damaged_block = false;
    match block::read(transaction, product, day, chunk) {
        Ok(packed) => {
            let (erased, kept): (Vec<_>, Vec<_>) = packed.into_iter().partition(|row| goes(row.installation));
            if !erased.is_empty() {
                erased.iter().for_each(|row| take(row.installation, row.context, &row.events));
                block::write(transaction, product, day, chunk, &kept)?;
            }
        }
        // Which of these rows are the installations' is not known, so all are deleted.
        Err(error) if is_damaged(&error) => {
            is_damaged_block = true;
            tracing::error!(day, "damaged rows were erased; the counts of their day keep their events");
            block::write(transaction, product, day, chunk, &[])?;
        }
        Err(error) => return Err(error),
    }
    if let Some((first, last)) = gone.ends(chunk) {
        let any = "SELECT EXISTS (SELECT 1 FROM row WHERE product = ?1 AND day = ?2 AND installation BETWEEN ?3 AND ?4)";
        let has_any: bool = query::value(transaction, any, params![product, day, first, last])?;
        if has_any {
            // By their numbers: between the first and the last may be the rows of thousands that stay.
            for installation in gone.numbers(chunk) {
                let its = params![product, day, installation];
                let find =
                    "SELECT context, events FROM row WHERE product = ?1 AND day = ?2 AND installation = ?3";
                query::each(transaction, find, its, |row| {
                    take(installation, row.get(0)?, row.get_ref(1)?.as_blob()?);
                    Ok(())
                })?;
                let delete = "DELETE FROM row WHERE product = ?1 AND day = ?2 AND installation = ?3";
                query::execute(transaction, delete, its)?;
            }
        }
    }
    if is_whole && !is_damaged_block {
        sets::take_out(transaction, &delta)?;
        receipts::take_out(transaction, &delta)?;
    } else {
        sets::search_and_take_out(transaction, product, day, chunk, gone)?;
    }
    cells(transaction, &delta)
}

pub(super) fn is_damaged(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseCorrupt)
}
