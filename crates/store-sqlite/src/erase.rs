//! Taking an installation out of everything.

use aboveboard_store::calendar::Day;
use aboveboard_store::read::Days;
use aboveboard_types::id::Id;
use rusqlite::{Result, Transaction, params};

use super::flush::cells;
use super::names::find_installation;
use super::{block, query, rows, sets};
use crate::chunk::place_of;
use crate::delta::{Delta, RowSource};
use crate::row::{self, InstallationNumber};

/// Deletes rows, last report, id and memberships of sets, and takes the events out of the cube. Daily counts of days
/// whose rows are gone stay: they hold no installation.
pub(super) fn installation(transaction: &Transaction<'_>, product: u32, id: Id) -> Result<()> {
    let Some(known) = find_installation(transaction, product, id)? else { return Ok(()) };
    let number = known.number;
    if let Some((first, last)) = known.first.zip(known.last) {
        let days = Days { first, last };
        take_rows(transaction, product, number, days)?;
        sets::remove(transaction, product, number, days)?;
    }
    for table in ["timing", "latest"] {
        let sql = format!("DELETE FROM {table} WHERE product = ?1 AND installation = ?2");
        query::execute(transaction, &sql, params![product, number])?;
    }
    let sql = "DELETE FROM installation WHERE product = ?1 AND id = ?2";
    query::execute(transaction, sql, params![product, id.bytes()]).map(drop)
}

fn take_rows(
    transaction: &Transaction<'_>,
    product: u32,
    installation: InstallationNumber,
    days: Days,
) -> Result<()> {
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
    let find = "SELECT context, events FROM row WHERE product = ?1 AND day = ?2 AND installation = ?3";
    let delete = "DELETE FROM row WHERE product = ?1 AND day = ?2 AND installation = ?3";
    let chunk = place_of(installation).0;
    // The days that have rows at all, so that a long life is not a search of every day of it.
    for day in rows::days(transaction, product, days)? {
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
        query::each(transaction, find, params![product, day, installation], |row| {
            take(day, row.get(0)?, row.get_ref(1)?.as_blob()?);
            Ok(())
        })?;
        query::execute(transaction, delete, params![product, day, installation])?;
    }
    cells(transaction, &delta)
}

fn is_damaged(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseCorrupt)
}
