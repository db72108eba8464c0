//! What of a database all collectors of a cluster must know.

use aboveboard_replay::{ImportedTombstones, ImportedWeight, JournalEntry};
use aboveboard_store::calendar::Day;
use aboveboard_store::limits::RECEIPT_DAYS;
use rusqlite::{Connection, Result};

use super::words::Words;
use crate::{query, retire, versions};

/// The entries that say what was decided until now.
pub(super) fn read(connection: &Connection, words: &Words) -> Result<Vec<JournalEntry>> {
    let mut entries = Vec::new();
    for product in words.products() {
        let name = || product.name.to_string();
        for (field, version, admitted) in versions::all(connection, product.number)? {
            let field = words.names.name_if_any(field).map(|field| field.to_string());
            entries.push(JournalEntry::Named { product: name(), field, version, admitted });
        }
        let lines = versions::lines(connection, product.number)?;
        entries.extend(lines.into_iter().map(|line| JournalEntry::Line { product: name(), line }));
        let sql = "SELECT retention, raw_from FROM product WHERE id = ?1";
        let kept: (Option<Day>, Day) = connection.query_row(sql, [product.number], |row| row.try_into())?;
        let retention = kept.0;
        let raw_from = kept.1;
        entries.extend(retention.map(|days| JournalEntry::Retention { product: name(), days }));
        if raw_from > Day::MIN {
            entries.push(JournalEntry::Retired { product: name(), before: raw_from });
        }
        let weights = weights(connection, product.number)?;
        if !weights.is_empty() {
            entries.push(ImportedWeight::document(&product.name, &weights));
        }
    }
    entries.extend(retire::kept(connection, "day")?.map(JournalEntry::RetentionDay));
    entries.extend(retire::kept(connection, "ids from")?.map(JournalEntry::IdsForgotten));
    let receipts: Option<Day> = retire::kept(connection, "receipts from")?;
    let asked_on = receipts.map(|from| from.saturating_add(RECEIPT_DAYS));
    entries.extend(asked_on.map(JournalEntry::ReceiptsForgotten));
    entries.extend(tombstones(connection)?);
    Ok(entries)
}

fn tombstones(connection: &Connection) -> Result<Vec<JournalEntry>> {
    let key: Vec<u8> = query::value(connection, "SELECT value FROM meta WHERE key = 'tombstone key'", [])?;
    let sql = "SELECT hash, day FROM tombstone ORDER BY hash";
    let all: Vec<([u8; 32], Day)> = query::list(connection, sql, [], |row| row.try_into())?;
    Ok(ImportedTombstones::documents(&key, &all))
}

fn weights(connection: &Connection, product: u32) -> Result<Vec<ImportedWeight>> {
    let sql = "SELECT day, verified, others, what FROM weight WHERE product = ?1 ORDER BY what, day";
    query::list(connection, sql, [product], |row| {
        let number = |at| Ok::<_, rusqlite::Error>(u64::try_from(row.get::<_, i64>(at)?).unwrap_or(0));
        Ok(ImportedWeight { day: row.get(0)?, verified: number(1)?, others: number(2)?, what: row.get(3)? })
    })
}
