//! Taking an installation out of everything.

use aboveboard_store::calendar::Day;
use aboveboard_types::id::Id;
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::flush::cells;
use super::{block, rows, sets, timing};
use crate::chunk::place_of;
use crate::delta::{Delta, RowSource};
use crate::row::{self, InstallationNumber};

/// Deletes rows, last report, id and memberships of sets, and takes the events out of the cube. Daily counts of days
/// whose rows are gone stay: they hold no installation.
pub(super) fn installation(transaction: &Transaction<'_>, product: u32, id: Id) -> rusqlite::Result<()> {
    let known: Option<(InstallationNumber, Option<Day>, Option<Day>)> = transaction
        .prepare_cached(
            "SELECT number, first_day, last_day FROM installation WHERE product = ?1 AND id = ?2",
        )?
        .query_row(params![product, id.bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((number, first, last)) = known else { return Ok(()) };
    if let (Some(first), Some(last)) = (first, last) {
        take_rows(transaction, product, number, first, last)?;
        sets::remove(transaction, product, number, first, last)?;
    }
    timing::erase(transaction, product, number)?;
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
    installation: InstallationNumber,
    first: Day,
    last: Day,
) -> rusqlite::Result<()> {
    let mut delta = Delta::default();
    let mut take = |day: Day, context: u32, events: &[u8]| {
        let source = RowSource { product, installation, context, day };
        match row::read(events) {
            Ok(events) => delta.take(source, &events),
            // The row is deleted. What it added to the cube holds no installation, and stays.
            Err(_) => {
                tracing::error!(day, "a damaged row was erased; the counts of its day keep its events")
            }
        }
    };
    let mut find = transaction.prepare_cached(
        "SELECT context, events FROM row WHERE product = ?1 AND day = ?2 AND installation = ?3",
    )?;
    let mut drop = transaction
        .prepare_cached("DELETE FROM row WHERE product = ?1 AND day = ?2 AND installation = ?3")?;
    let chunk = place_of(installation).0;
    // The days that have rows at all, so that a long life is not a search of every day of it.
    for day in rows::days(transaction, product, first, last)? {
        match block::read(transaction, product, day, chunk) {
            Ok(packed) => {
                let (gone, kept): (Vec<_>, Vec<_>) =
                    packed.into_iter().partition(|row| row.installation == installation);
                if !gone.is_empty() {
                    gone.iter().for_each(|row| take(day, row.context, &row.events));
                    block::write(transaction, product, day, chunk, &kept)?;
                }
            }
            // Which of these rows are the installation's is not known, so all are deleted.
            Err(error) if is_damaged(&error) => {
                tracing::error!(day, "damaged rows were erased; the counts of their day keep their events");
                block::write(transaction, product, day, chunk, &[])?;
            }
            Err(error) => return Err(error),
        }
        let mut found = find.query(params![product, day, installation])?;
        while let Some(row) = found.next()? {
            take(day, row.get(0)?, row.get_ref(1)?.as_blob()?);
        }
        std::mem::drop(found);
        drop.execute(params![product, day, installation])?;
    }
    cells(transaction, &delta)
}

fn is_damaged(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseCorrupt)
}
