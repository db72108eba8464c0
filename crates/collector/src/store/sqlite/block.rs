//! Rows of days that are over, packed: one deflated blob for a day and 4,096 installations.
//!
//! A row of its own costs some twenty bytes of keys and half-filled pages, three times what its events are. Once no event
//! can be placed on a day any more, its rows are put together. A blob inflates to rows in the order of installation and
//! part, each as variable-length integers (LEB128): installation less that of the row before, part, context, length of
//! the events, then the events as in `rollup/row.rs`. Should a row come late all the same (a collector that was away for
//! weeks has a backlog), it stands in the table of rows until the next round.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use rusqlite::{OptionalExtension as _, Transaction, params};

use crate::rollup::row::{self, Damaged, Number};
use crate::rollup::set::place_of;
use crate::store::calendar::Day;

/// Most bytes that a blob inflates to; what is above is damaged. A day's cap of events keeps each installation far below
/// its share of it.
const MAX_BYTES: u64 = 1 << 30;

/// One row: what one batch says of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) installation: Number,
    pub(super) part: u64,
    pub(super) context: u32,
    /// As in `rollup/row.rs`.
    pub(super) events: Vec<u8>,
}

/// The rows of a blob, in order.
pub(super) fn unpack(bytes: &[u8]) -> Result<Vec<Raw>, Damaged> {
    let mut plain = Vec::new();
    let read = DeflateDecoder::new(bytes).take(MAX_BYTES).read_to_end(&mut plain);
    read.map_err(|_| Damaged)?;
    let mut rest = plain.as_slice();
    let mut rows = Vec::new();
    let mut installation: Number = 0;
    while !rest.is_empty() {
        let mut small = || u32::try_from(row::take_number(&mut rest)?).map_err(|_| Damaged);
        installation = installation.checked_add(small()?).ok_or(Damaged)?;
        let part = u64::from(small()?);
        let (context, length) = (small()?, small()? as usize);
        let (events, more) = rest.split_at_checked(length).ok_or(Damaged)?;
        rest = more;
        rows.push(Raw { installation, part, context, events: events.to_vec() });
    }
    Ok(rows)
}

/// The blob of rows that stand in order.
pub(super) fn pack(rows: &[Raw]) -> std::io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let (mut head, mut before) = (Vec::new(), 0);
    for raw in rows {
        head.clear();
        let ahead = raw.installation.saturating_sub(before);
        before = raw.installation;
        for number in [u64::from(ahead), raw.part, u64::from(raw.context), raw.events.len() as u64] {
            row::push_number(&mut head, number);
        }
        encoder.write_all(&head)?;
        encoder.write_all(&raw.events)?;
    }
    encoder.finish()
}

/// Rows that came late behind those that were there: each installation's parts go on counting where they were.
fn merge(known: Vec<Raw>, late: Vec<Raw>) -> Vec<Raw> {
    let mut last: BTreeMap<Number, u64> = BTreeMap::new();
    for raw in &known {
        last.insert(raw.installation, raw.part);
    }
    let mut all = known;
    for mut raw in late {
        raw.part += last.get(&raw.installation).copied().unwrap_or(0);
        all.push(raw);
    }
    all.sort_by_key(|raw| (raw.installation, raw.part));
    all
}

/// Puts the rows of a day into its blobs; how many there were.
pub(super) fn pack_day(transaction: &Transaction<'_>, product: u32, day: Day) -> rusqlite::Result<u64> {
    let mut find = transaction.prepare_cached(
        "SELECT installation, part, context, events FROM row WHERE product = ?1 AND day = ?2 \
         ORDER BY installation, part",
    )?;
    let mut found = find.query(params![product, day])?;
    let mut chunks: BTreeMap<u32, Vec<Raw>> = BTreeMap::new();
    let mut count = 0;
    while let Some(row) = found.next()? {
        let raw = Raw {
            installation: row.get(0)?,
            part: u64::from(row.get::<_, u32>(1)?),
            context: row.get(2)?,
            events: row.get(3)?,
        };
        chunks.entry(place_of(raw.installation).0).or_default().push(raw);
        count += 1;
    }
    drop(found);
    for (chunk, late) in chunks {
        let known = read(transaction, product, day, chunk)?;
        write(transaction, product, day, chunk, &merge(known, late))?;
    }
    transaction
        .prepare_cached("DELETE FROM row WHERE product = ?1 AND day = ?2")?
        .execute(params![product, day])?;
    Ok(count)
}

/// The packed rows of a day of the installations of a chunk; none where there is no blob.
pub(super) fn read(
    transaction: &Transaction<'_>,
    product: u32,
    day: Day,
    chunk: u32,
) -> rusqlite::Result<Vec<Raw>> {
    let bytes: Option<Vec<u8>> = transaction
        .prepare_cached("SELECT bytes FROM block WHERE product = ?1 AND day = ?2 AND chunk = ?3")?
        .query_row(params![product, day, chunk], |row| row.get(0))
        .optional()?;
    bytes.map_or_else(|| Ok(Vec::new()), |bytes| unpack(&bytes).map_err(damaged))
}

/// Puts rows in the place of those of a blob; without any, the blob goes.
pub(super) fn write(
    transaction: &Transaction<'_>,
    product: u32,
    day: Day,
    chunk: u32,
    rows: &[Raw],
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("DELETE FROM block WHERE product = ?1 AND day = ?2 AND chunk = ?3")?
        .execute(params![product, day, chunk])?;
    if rows.is_empty() {
        return Ok(());
    }
    let bytes = pack(rows).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    transaction
        .prepare_cached("INSERT INTO block (product, day, chunk, rows, bytes) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![product, day, chunk, count, bytes])?;
    Ok(())
}

/// A blob or a row that does not read is a damaged database.
pub(super) fn damaged(_: Damaged) -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(code, Some("a row of events does not read".to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn raws() -> impl Strategy<Value = Vec<Raw>> {
        let raw = (0u32..50, 1u64..9, any::<u32>(), prop::collection::vec(any::<u8>(), 0..20));
        prop::collection::vec(raw, 0..40).prop_map(|raws| {
            let raw = |(installation, part, context, events)| Raw { installation, part, context, events };
            let mut raws: Vec<Raw> = raws.into_iter().map(raw).collect();
            raws.sort_by_key(|raw| (raw.installation, raw.part));
            raws.dedup_by_key(|raw| (raw.installation, raw.part));
            raws
        })
    }

    proptest! {
        #[test]
        fn a_blob_reads_what_was_packed(rows in raws()) {
            prop_assert_eq!(unpack(&pack(&rows).unwrap()).unwrap(), rows);
        }

        #[test]
        fn any_bytes_end_in_rows_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpack(&bytes);
        }

        #[test]
        fn late_rows_come_behind_those_that_were_there(known in raws(), late in raws()) {
            let merged = merge(known.clone(), late.clone());
            prop_assert_eq!(merged.len(), known.len() + late.len());
            let key = |raw: &Raw| (raw.installation, raw.part);
            prop_assert!(merged.windows(2).all(|pair| key(&pair[0]) < key(&pair[1])), "parts are never given twice");
            let of = |rows: &[Raw], number| rows.iter().filter(|raw| raw.installation == number).map(|raw| raw.events.clone()).collect::<Vec<_>>();
            for number in 0..50 {
                prop_assert_eq!(of(&merged, number), [of(&known, number), of(&late, number)].concat());
            }
        }
    }
}
