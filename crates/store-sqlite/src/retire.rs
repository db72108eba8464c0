//! Forgetting by age.

use aboveboard_store::Retired;
use aboveboard_store::calendar::Day;
use rusqlite::types::FromSql;
use rusqlite::{Connection, Result, Transaction, params};

use super::names::StoredProduct;
use super::sets::{SetTable, Sets, change_first};
use super::{counted, processes, receipts};
use crate::chunk::SetChunk;
use crate::query;

/// The id and number of an installation, and its first days by its events and by receipt.
type OldInstallation = (Vec<u8>, u32, Option<Day>, Option<Day>);

/// Deletes what names or numbers an installation before a day; what only counts stays.
pub(super) fn retire(transaction: &Transaction<'_>, product: StoredProduct, before: Day) -> Result<Retired> {
    if before <= product.raw_from {
        return Ok(Retired::default());
    }
    let product = product.id;
    close(transaction, product, before)?;
    let range = params![product, before];
    let packed = "SELECT coalesce(sum(rows), 0) FROM block WHERE product = ?1 AND day < ?2";
    let packed: i64 = query::value(transaction, packed, range)?;
    let rows = transaction.execute("DELETE FROM row WHERE product = ?1 AND day < ?2", range)?;
    for table in ["block", "active", "used", "latest", "server"] {
        transaction.execute(&format!("DELETE FROM {table} WHERE product = ?1 AND day < ?2"), range)?;
    }
    receipts::retire(transaction, product, before)?;
    processes::retire(transaction, product, before)?;
    // An installation last seen before the day goes, its place among the first days with it. One of which no
    // event was placed has the day of its first batch.
    let gone =
        "SELECT id, number, first_day, received FROM installation WHERE product = ?1 AND last_day < ?2";
    let gone: Vec<OldInstallation> = query::list(transaction, gone, range, |row| row.try_into())?;
    let mut cohorts = Sets::new(transaction, SetTable::Cohort)?;
    let mut arrived = Sets::new(transaction, SetTable::Arrived)?;
    for (id, number, first, received) in &gone {
        if let Some(first) = first {
            change_first(&mut cohorts, product, *first, *number, SetChunk::remove)?;
        }
        if let Some(received) = received {
            change_first(&mut arrived, product, *received, *number, SetChunk::remove)?;
        }
        let forget = "DELETE FROM installation WHERE product = ?1 AND id = ?2";
        query::execute(transaction, forget, params![product, id])?;
        counted::forget(transaction, product, *number)?;
    }
    counted::retire(transaction, product, before)?;
    transaction.execute("UPDATE product SET raw_from = ?2 WHERE id = ?1", range)?;
    let rows = rows as u64 + u64::try_from(packed).unwrap_or(0);
    Ok(Retired { rows, installations: gone.len() as u64 })
}

/// Keeps how many installations were active on the days whose sets go.
fn close(transaction: &Transaction<'_>, product: u32, before: Day) -> Result<()> {
    let mut add = transaction.prepare(
        "INSERT INTO closed VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT DO UPDATE SET installations = installations + excluded.installations",
    )?;
    let sql = "SELECT day, context, members FROM active WHERE product = ?1 AND day < ?2";
    query::each(transaction, sql, params![product, before], |row| {
        let members = SetChunk::from_bytes(row.get_ref(2)?.as_blob()?);
        add.execute(params![product, row.get::<_, Day>(0)?, row.get::<_, u32>(1)?, members.len()]).map(drop)
    })
}

/// A single value that a round of retention keeps, if it kept one.
pub(super) fn kept<T: FromSql>(connection: &Connection, key: &str) -> Result<Option<T>> {
    query::find(connection, "SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0))
}

/// The day of the last round of retention, or the newest day of receipt before there was one.
pub(super) fn retention_day(connection: &Connection) -> Result<Option<Day>> {
    if let Some(kept) = kept(connection, "day")? {
        return Ok(Some(kept));
    }
    newest_receipt(connection)
}

/// The newest day of receipt.
pub(super) fn newest_receipt(connection: &Connection) -> Result<Option<Day>> {
    // One seek for each product, in the order of the key.
    let newest = "SELECT max((SELECT max(day) FROM quality WHERE quality.product = product.id)) FROM product";
    query::value(connection, newest, [])
}

/// The first day of receipt of which every tombstone is still here; none if none was ever forgotten.
pub(super) fn tombstones_from(connection: &Connection) -> Result<Option<Day>> {
    kept(connection, "tombstones from")
}

/// Keeps that tombstones of days of receipt before this one were forgotten.
pub(super) fn keep_tombstones_from(transaction: &Transaction<'_>, day: Day) -> Result<()> {
    let sql =
        "INSERT INTO meta VALUES ('tombstones from', ?1) ON CONFLICT DO UPDATE SET value = max(value, ?1)";
    transaction.execute(sql, params![day]).map(drop)
}

/// Keeps the day of a round of retention.
pub(super) fn set_retention_day(transaction: &Transaction<'_>, day: Day) -> Result<()> {
    transaction.execute("INSERT OR REPLACE INTO meta VALUES ('day', ?1)", params![day]).map(drop)
}

/// Keeps for how many days a product's rows may stay.
pub(super) fn set_retention(transaction: &Transaction<'_>, product: StoredProduct, days: Day) -> Result<()> {
    let sql = "UPDATE product SET retention = ?2 WHERE id = ?1 AND retention IS NOT ?2";
    transaction.execute(sql, params![product.id, days]).map(drop)
}

/// For how many days the rows of each product may stay.
pub(super) fn retentions(transaction: &Transaction<'_>) -> Result<Vec<(String, Day)>> {
    let sql = "SELECT name, retention FROM product WHERE retention IS NOT NULL";
    query::list(transaction, sql, [], |row| row.try_into())
}

/// Forgets batch ids and tombstones by their day of receipt. They have no index by day: they are passed over when the day
/// is another than the last time, which is once a day.
pub(super) fn forget_ids(transaction: &Transaction<'_>, before: Day) -> Result<u64> {
    if kept(transaction, "ids from")? == Some(before) {
        return Ok(0);
    }
    let mut forgotten = transaction.execute("DELETE FROM tombstone WHERE day < ?1", params![before])?;
    if forgotten > 0 {
        keep_tombstones_from(transaction, before)?;
    }
    forgotten += transaction.execute("DELETE FROM batch WHERE day < ?1", params![before])?;
    super::links::forget_unknown(transaction, before)?;
    super::weight::forget(transaction, before)?;
    transaction.execute("INSERT OR REPLACE INTO meta VALUES ('ids from', ?1)", params![before])?;
    Ok(forgotten as u64)
}

/// Packs the rows of days before `before`. It looks at `max_days` days at most, beginning behind the last one that it looked at
/// before, and goes round. Returns how many rows it packed.
pub(super) fn compact(transaction: &Transaction<'_>, before: Day, max_days: usize) -> Result<u64> {
    let products: Vec<u32> =
        query::list(transaction, "SELECT id FROM product ORDER BY id", [], |row| row.get(0))?;
    let first = kept(transaction, "packed product")?.unwrap_or(0);
    let behind = kept(transaction, "packed day")?.unwrap_or(Day::MIN);
    let later = products.iter().filter(|product| **product >= first);
    let later = later.map(|product| (*product, if *product == first { behind } else { Day::MIN }, before));
    let earlier = products.iter().filter(|product| **product <= first);
    let upto = behind.saturating_add(1).min(before);
    let earlier = earlier.map(|product| (*product, Day::MIN, if *product == first { upto } else { before }));
    let mut loose =
        transaction.prepare("SELECT min(day) FROM row WHERE product = ?1 AND day > ?2 AND day < ?3")?;
    let mut rows = 0;
    // A day counts also where nothing of it found room: all that is loose on it was read.
    let mut days = 0;
    let mut last = None;
    for (product, mut after, until) in later.chain(earlier) {
        while days < max_days {
            let day: Option<Day> = loose.query_row(params![product, after, until], |row| row.get(0))?;
            let Some(day) = day else { break };
            rows += super::block::pack_day(transaction, product, day)?;
            days += 1;
            after = day;
            last = Some((product, day));
        }
    }
    if let Some((product, day)) = last {
        let sql = "INSERT OR REPLACE INTO meta VALUES ('packed product', ?1), ('packed day', ?2)";
        query::execute(transaction, sql, params![product, day])?;
    }
    Ok(rows)
}
