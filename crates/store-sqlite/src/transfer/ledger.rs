//! What of a database all collectors of a cluster must know.

use std::fmt::Write as _;

use aboveboard_replay::LedgerEntry;
use aboveboard_store::calendar::Day;
use aboveboard_store::limits::RECEIPT_DAYS;
use rusqlite::{Connection, Result};

use super::words::Words;
use crate::{query, retire, versions};

/// What the names of documents with tombstones begin with. The first line of each is the key of the tombstones in hexadecimal
/// digits; each other line is a tombstone, likewise, and behind a space its day of receipt.
pub const IMPORTED_TOMBSTONES: &str = "imported-tombstones/";

/// What the names of documents with weights begin with, which go on with the product. Each line is a day of receipt, how much
/// verified installations and how much all others added to a sum, and which sum, with spaces between.
pub const IMPORTED_WEIGHTS: &str = "imported-weights/";

/// Tombstones of one document: less than a megabyte of text.
const MAX_TOMBSTONES: usize = 10_000;

/// The entries that say what was decided until now.
pub(super) fn read(connection: &Connection, words: &Words) -> Result<Vec<LedgerEntry>> {
    let mut entries = Vec::new();
    for product in words.products() {
        let name = || product.name.to_string();
        for (field, version, admitted) in versions::all(connection, product.number)? {
            let field = words.names.name_if_any(field).map(|field| field.to_string());
            entries.push(LedgerEntry::Named { product: name(), field, version, admitted });
        }
        let lines = versions::lines(connection, product.number)?;
        entries.extend(lines.into_iter().map(|line| LedgerEntry::Line { product: name(), line }));
        let sql = "SELECT retention, raw_from FROM product WHERE id = ?1";
        let kept: (Option<Day>, Day) = connection.query_row(sql, [product.number], |row| row.try_into())?;
        let retention = kept.0;
        let raw_from = kept.1;
        entries.extend(retention.map(|days| LedgerEntry::Retention { product: name(), days }));
        if raw_from > Day::MIN {
            entries.push(LedgerEntry::Retired { product: name(), before: raw_from });
        }
        let weights = weights(connection, product.number)?;
        if !weights.is_empty() {
            let name = format!("{IMPORTED_WEIGHTS}{}", product.name);
            entries.push(LedgerEntry::Document { name, text: weights });
        }
    }
    entries.extend(retire::kept(connection, "day")?.map(LedgerEntry::RetentionDay));
    entries.extend(retire::kept(connection, "ids from")?.map(LedgerEntry::IdsForgotten));
    let receipts: Option<Day> = retire::kept(connection, "receipts from")?;
    let asked_on = receipts.map(|from| from.saturating_add(RECEIPT_DAYS));
    entries.extend(asked_on.map(LedgerEntry::ReceiptsForgotten));
    entries.extend(tombstones(connection)?);
    Ok(entries)
}

fn tombstones(connection: &Connection) -> Result<Vec<LedgerEntry>> {
    let key: Vec<u8> = query::value(connection, "SELECT value FROM meta WHERE key = 'tombstone key'", [])?;
    let sql = "SELECT hash, day FROM tombstone ORDER BY hash";
    let all: Vec<(Vec<u8>, Day)> = query::list(connection, sql, [], |row| row.try_into())?;
    let documents = all.chunks(MAX_TOMBSTONES).zip(0..).map(|(some, number)| {
        let mut text = hexadecimal(&key);
        for (hash, day) in some {
            let _ = write!(text, "\n{} {day}", hexadecimal(hash));
        }
        LedgerEntry::Document { name: format!("{IMPORTED_TOMBSTONES}{number}"), text }
    });
    Ok(documents.collect())
}

fn weights(connection: &Connection, product: u32) -> Result<String> {
    let sql = "SELECT day, verified, others, what FROM weight WHERE product = ?1 ORDER BY what, day";
    let mut text = String::new();
    query::each(connection, sql, [product], |row| {
        let day: Day = row.get(0)?;
        let verified: i64 = row.get(1)?;
        let others: i64 = row.get(2)?;
        let what = row.get_ref(3)?.as_str()?;
        let _ = writeln!(text, "{day} {verified} {others} {what}");
        Ok(())
    })?;
    Ok(text)
}

/// Bytes in hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
