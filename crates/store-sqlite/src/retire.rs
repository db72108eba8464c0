//! Forgetting by age.

use aboveboard_store::Retired;
use aboveboard_store::calendar::Day;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::names::StoredProduct;
use super::sets::{SetTable, Sets, change_cohort};
use super::timing;
use crate::chunk::SetChunk;

/// Deletes what names or numbers an installation before a day; what only counts stays.
pub(super) fn retire(
    transaction: &Transaction<'_>,
    product: StoredProduct,
    before: Day,
) -> rusqlite::Result<Retired> {
    if before <= product.raw_from {
        return Ok(Retired::default());
    }
    let product = product.id;
    close(transaction, product, before)?;
    let range = params![product, before];
    let packed: i64 = transaction.query_row(
        "SELECT coalesce(sum(rows), 0) FROM block WHERE product = ?1 AND day < ?2",
        range,
        |row| row.get(0),
    )?;
    transaction.execute("DELETE FROM block WHERE product = ?1 AND day < ?2", range)?;
    let rows = transaction.execute("DELETE FROM row WHERE product = ?1 AND day < ?2", range)?;
    transaction.execute("DELETE FROM active WHERE product = ?1 AND day < ?2", range)?;
    transaction.execute("DELETE FROM used WHERE product = ?1 AND day < ?2", range)?;
    transaction.execute("DELETE FROM latest WHERE product = ?1 AND day < ?2", range)?;
    timing::retire(transaction, product, before)?;
    // An installation last seen before the day goes, its place among the first days with it. One of which no
    // event was placed has the day of its first batch, or of the first link to it.
    let gone: Vec<(Vec<u8>, u32, Option<Day>)> = transaction
        .prepare("SELECT id, number, first_day FROM installation WHERE product = ?1 AND last_day < ?2")?
        .query_map(range, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut cohorts = Sets::new(transaction, SetTable::Cohort)?;
    for (id, number, first) in &gone {
        if let Some(first) = first {
            change_cohort(&mut cohorts, product, *first, *number, SetChunk::remove)?;
        }
        transaction
            .prepare_cached("DELETE FROM installation WHERE product = ?1 AND id = ?2")?
            .execute(params![product, id])?;
    }
    transaction.execute("UPDATE product SET raw_from = ?2 WHERE id = ?1", range)?;
    let rows = rows as u64 + u64::try_from(packed).unwrap_or(0);
    Ok(Retired { rows, installations: gone.len() as u64 })
}

/// Keeps how many installations were active on the days whose sets go.
fn close(transaction: &Transaction<'_>, product: u32, before: Day) -> rusqlite::Result<()> {
    let mut find =
        transaction.prepare("SELECT day, context, members FROM active WHERE product = ?1 AND day < ?2")?;
    let mut found = find.query(params![product, before])?;
    let mut add = transaction.prepare(
        "INSERT INTO closed VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT DO UPDATE SET installations = installations + excluded.installations",
    )?;
    while let Some(row) = found.next()? {
        let members = SetChunk::from_bytes(row.get_ref(2)?.as_blob()?);
        add.execute(params![product, row.get::<_, Day>(0)?, row.get::<_, u32>(1)?, members.len()])?;
    }
    Ok(())
}

/// The day of the last round of retention, or the newest day of receipt before there was one.
pub(super) fn retention_day(connection: &Connection) -> rusqlite::Result<Option<Day>> {
    let kept =
        connection.query_row("SELECT value FROM meta WHERE key = 'day'", [], |row| row.get(0)).optional()?;
    if kept.is_some() {
        return Ok(kept);
    }
    // One seek for each product, in the order of the key.
    let newest = "SELECT max((SELECT max(day) FROM quality WHERE quality.product = product.id)) FROM product";
    connection.query_row(newest, [], |row| row.get(0))
}

/// The first day of receipt of which every tombstone is still here; none if none was ever forgotten.
pub(super) fn tombstones_from(connection: &Connection) -> rusqlite::Result<Option<Day>> {
    connection
        .query_row("SELECT value FROM meta WHERE key = 'tombstones from'", [], |row| row.get(0))
        .optional()
}

/// Keeps that tombstones of days of receipt before this one were forgotten.
pub(super) fn keep_tombstones_from(transaction: &Transaction<'_>, day: Day) -> rusqlite::Result<()> {
    let sql =
        "INSERT INTO meta VALUES ('tombstones from', ?1) ON CONFLICT DO UPDATE SET value = max(value, ?1)";
    transaction.execute(sql, params![day]).map(drop)
}

/// Keeps the day of a round of retention.
pub(super) fn set_retention_day(transaction: &Transaction<'_>, day: Day) -> rusqlite::Result<()> {
    transaction.execute("INSERT OR REPLACE INTO meta VALUES ('day', ?1)", params![day]).map(drop)
}

/// Keeps for how many days a product's rows may stay.
pub(super) fn set_retention(
    transaction: &Transaction<'_>,
    product: StoredProduct,
    days: Day,
) -> rusqlite::Result<()> {
    let sql = "UPDATE product SET retention = ?2 WHERE id = ?1 AND retention IS NOT ?2";
    transaction.execute(sql, params![product.id, days]).map(drop)
}

/// For how many days the rows of each product may stay.
pub(super) fn retentions(transaction: &Transaction<'_>) -> rusqlite::Result<Vec<(String, Day)>> {
    transaction
        .prepare("SELECT name, retention FROM product WHERE retention IS NOT NULL")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Forgets batch ids and tombstones by their day of receipt. Ids have no index by day: they are passed over when the day
/// is another than the last time, which is once a day.
pub(super) fn forget_ids(transaction: &Transaction<'_>, before: Day) -> rusqlite::Result<u64> {
    let passed: Option<Day> = transaction
        .query_row("SELECT value FROM meta WHERE key = 'ids from'", [], |row| row.get(0))
        .optional()?;
    let mut forgotten = transaction.execute("DELETE FROM tombstone WHERE day < ?1", params![before])?;
    if forgotten > 0 {
        keep_tombstones_from(transaction, before)?;
    }
    if passed != Some(before) {
        forgotten += transaction.execute("DELETE FROM batch WHERE day < ?1", params![before])?;
        transaction.execute("INSERT OR REPLACE INTO meta VALUES ('ids from', ?1)", params![before])?;
    }
    Ok(forgotten as u64)
}

/// Packs the rows of days before `before`, of at most `max_days` days. Returns how many rows it packed.
pub(super) fn compact(transaction: &Transaction<'_>, before: Day, max_days: usize) -> rusqlite::Result<u64> {
    let products: Vec<u32> = transaction
        .prepare("SELECT id FROM product")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut loose =
        transaction.prepare("SELECT min(day) FROM row WHERE product = ?1 AND day > ?2 AND day < ?3")?;
    let mut rows = 0;
    let mut days = 0;
    for product in products {
        let mut after = Day::MIN;
        while days < max_days {
            let day: Option<Day> = loose.query_row(params![product, after, before], |row| row.get(0))?;
            let Some(day) = day else { break };
            rows += super::block::pack_day(transaction, product, day)?;
            after = day;
            days += 1;
        }
    }
    Ok(rows)
}
