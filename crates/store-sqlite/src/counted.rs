//! In which periods of published figures installations were there.

use aboveboard_store::calendar::Day;
use aboveboard_store::contributions::Presence;
use aboveboard_store::read::Days;
use rusqlite::{Connection, Result, Row, Transaction, params};

use super::query;
use crate::row::InstallationNumber;

/// Keeps that an installation was there. Its value for a period is always the same; the revision is that of its latest batch.
pub(super) fn keep(
    transaction: &Transaction<'_>,
    product: u32,
    installation: InstallationNumber,
    presence: &Presence,
) -> Result<()> {
    let Presence { days, value, revision } = presence;
    let sql = "INSERT INTO counted VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET \
               value = excluded.value, revision = excluded.revision \
               WHERE (excluded.value, excluded.revision) <> (value, revision)";
    let params = params![product, installation, days.first, days.last, value, revision];
    query::execute(transaction, sql, params).map(drop)
}

/// The periods in which an installation was there.
pub(super) fn of_installation(
    connection: &Connection,
    product: u32,
    installation: InstallationNumber,
) -> Result<Vec<Presence>> {
    let sql = "SELECT first, last, value, revision FROM counted WHERE product = ?1 AND installation = ?2 \
               ORDER BY first, last";
    query::list(connection, sql, params![product, installation], presence)
}

fn presence(row: &Row<'_>) -> Result<Presence> {
    let days = Days { first: row.get(0)?, last: row.get(1)? };
    Ok(Presence { days, value: row.get(2)?, revision: row.get(3)? })
}

/// Which installations with numbers between two, both included, were there in one period.
pub(super) fn of_period(
    connection: &Connection,
    product: u32,
    days: Days,
    (from, to): (InstallationNumber, InstallationNumber),
    mut each: impl FnMut(InstallationNumber, Presence),
) -> Result<()> {
    let sql = "SELECT first, last, value, revision, installation FROM counted WHERE product = ?1 \
               AND installation BETWEEN ?2 AND ?3 AND first = ?4 AND last = ?5";
    query::each(connection, sql, params![product, from, to, days.first, days.last], |row| {
        each(row.get(4)?, presence(row)?);
        Ok(())
    })
}

/// Forgets an installation.
pub(super) fn forget(
    transaction: &Transaction<'_>,
    product: u32,
    installation: InstallationNumber,
) -> Result<()> {
    let sql = "DELETE FROM counted WHERE product = ?1 AND installation = ?2";
    query::execute(transaction, sql, params![product, installation]).map(drop)
}

/// Forgets periods that ended before a day: their rows are gone.
pub(super) fn retire(transaction: &Transaction<'_>, product: u32, before: Day) -> Result<()> {
    let sql = "DELETE FROM counted WHERE product = ?1 AND last < ?2";
    query::execute(transaction, sql, params![product, before]).map(drop)
}
