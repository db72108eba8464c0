//! Which installations used what on which day: written, emptied and taken out beside the other roll-ups.

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use crate::rollup::delta::{Axis, Delta};
use crate::rollup::row::{Name, Number};
use crate::rollup::set::{Chunk, place_of};
use crate::store::calendar::Day;

/// The axes of the table, so that a search of days can use its key.
const AXES: [Axis; 4] = [Axis::Command, Axis::Action, Axis::Declared, Axis::Success];

/// Adds what a transaction gathered, each set once.
pub(super) fn add(transaction: &Transaction<'_>, delta: &Delta) -> rusqlite::Result<()> {
    let mut find = transaction.prepare_cached(
        "SELECT members FROM used WHERE product = ?1 AND axis = ?2 AND day = ?3 AND name = ?4 AND chunk = ?5",
    )?;
    let mut put =
        transaction.prepare_cached("INSERT OR REPLACE INTO used VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    for (key, members) in &delta.used {
        let key = (key.product, key.axis as u8, key.day, key.name, key.chunk);
        let known: Option<Vec<u8>> = find.query_row(key, |row| row.get(0)).optional()?;
        let mut all = members.clone();
        all.unite_bytes(known.as_deref().unwrap_or_default());
        let bytes = all.to_bytes();
        if known.as_ref() != Some(&bytes) {
            put.execute(params![key.0, key.1, key.2, key.3, key.4, bytes])?;
        }
    }
    Ok(())
}

/// Takes an installation out of every set between its first and its last day.
pub(super) fn take(
    transaction: &Transaction<'_>,
    product: u32,
    number: Number,
    first: Day,
    last: Day,
) -> rusqlite::Result<()> {
    let (chunk, place) = place_of(number);
    let mut find = transaction.prepare_cached(
        "SELECT day, name, members FROM used WHERE product = ?1 AND axis = ?2 AND day BETWEEN ?3 AND ?4 AND chunk = ?5",
    )?;
    for axis in AXES {
        let found: Vec<(Day, Name, Vec<u8>)> = find
            .query_map(params![product, axis as u8, first, last, chunk], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        for (day, name, bytes) in found {
            let mut members = Chunk::from_bytes(&bytes);
            if !members.has(place) {
                continue;
            }
            members.remove(place);
            let key = params![product, axis as u8, day, name, chunk, members.to_bytes()];
            let sql = if members.is_empty() {
                "DELETE FROM used WHERE product = ?1 AND axis = ?2 AND day = ?3 AND name = ?4 AND chunk = ?5 \
                 AND ?6 IS NOT NULL"
            } else {
                "UPDATE used SET members = ?6 \
                 WHERE product = ?1 AND axis = ?2 AND day = ?3 AND name = ?4 AND chunk = ?5"
            };
            transaction.prepare_cached(sql)?.execute(key)?;
        }
    }
    Ok(())
}

/// Every set by what was used, its day and chunk: for the ledger.
pub(super) fn all(
    connection: &Connection,
    mut each: impl FnMut(u32, u8, Day, Name, u32),
) -> rusqlite::Result<()> {
    let mut find = connection.prepare("SELECT product, axis, day, name, chunk, members FROM used")?;
    let mut found = find.query([])?;
    while let Some(row) = found.next()? {
        let members = Chunk::from_bytes(row.get_ref(5)?.as_blob().map_err(rusqlite::Error::from)?);
        let chunk: u32 = row.get(4)?;
        for place in members.places() {
            each(row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, chunk * 4096 + u32::from(place));
        }
    }
    Ok(())
}
