//! Rows of days that are over, packed: one deflated block for a day and 4,096 installations.
//!
//! A row by itself costs some twenty bytes of keys and half-filled pages, three times what its events are. Once no event
//! can be placed on a day, nothing is added to its rows, so that they can be kept together and compressed. They are split by installation because an erasure rewrites every block that it touches: 4,096 installations keep that
//! short, and are enough for the compression to find what they have in common.
//!
//! A block inflates to rows in the order of installation and part, each as variable-length integers (LEB128):
//! installation less that of the row before, part, context, length of the events, then the events as in `row.rs`.
//! A row may still come late, since a collector that was away for weeks has a backlog. It stays in the table of rows until
//! the next round.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Take, Write as _};
use std::ops::ControlFlow;

use aboveboard_store::calendar::Day;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use rusqlite::{Connection, Result, Row, Transaction, params};

use crate::chunk::place_of;
use crate::query;
use crate::row::{self, DamagedRow, InstallationNumber};

/// Most bytes of events in a block, inflated: a block is read and written as a whole, and honest installations stay far below
/// it. The rows of those that find no room stay where they are.
const MAX_BLOCK_BYTES: u64 = 8 << 20;

/// Most bytes that a block inflates to, with the heads of its rows: what is above is damage, and must not fill the memory.
const MAX_INFLATED_BYTES: u64 = 1 << 30;

/// Most bytes of a number of 32 bits, seven in each.
const MAX_NUMBER_BYTES: usize = 5;

/// The rows of a product's day that are not packed, in the columns of [`EncodedRow::from_columns`].
pub(super) const ROWS_OF_DAY: &str = "SELECT installation, part, context, events FROM row \
                                      WHERE product = ?1 AND day = ?2 ORDER BY installation, part";

/// The block of a day and a chunk.
const BLOCK: &str = "SELECT bytes FROM block WHERE product = ?1 AND day = ?2 AND chunk = ?3";

/// The same of one installation.
pub(super) const ROWS_OF_INSTALLATION: &str = "SELECT installation, part, context, events FROM row \
     WHERE product = ?1 AND day = ?2 AND installation = ?3 ORDER BY part";

/// One row as it is stored: what one batch says of one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EncodedRow {
    pub(super) installation: InstallationNumber,
    pub(super) part: u64,
    pub(super) context: u32,
    /// As in `row.rs`.
    pub(super) events: Vec<u8>,
}

impl EncodedRow {
    /// A row of the table, of the columns installation, part, context and events.
    pub(super) fn from_columns(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            installation: row.get(0)?,
            part: u64::from(row.get::<_, u32>(1)?),
            context: row.get(2)?,
            // Rows are deflated together in a block, so each by itself is not.
            events: row::inflated(row.get_ref(3)?.as_blob()?).map_err(damaged)?.into_owned(),
        })
    }
}

/// Reads a block row by row, so that no more of it is in memory, and inflates no more than is asked for.
pub(super) struct BlockReader<'b> {
    plain: BufReader<Take<DeflateDecoder<&'b [u8]>>>,
    installation: InstallationNumber,
    /// Bytes of rows that were not asked for.
    passed_over: u64,
}

impl<'b> BlockReader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        let plain = BufReader::new(DeflateDecoder::new(bytes).take(MAX_INFLATED_BYTES));
        Self { plain, installation: 0, passed_over: 0 }
    }

    /// The next row, in the order of installation and part, of an installation that is not below this one; none at the end.
    fn row(&mut self, lowest: InstallationNumber) -> Result<Option<EncodedRow>, DamagedRow> {
        while let Some((mut row, length)) = self.head()? {
            let mut events = self.plain.by_ref().take(length);
            let is_passed_over = row.installation < lowest;
            let read = if is_passed_over {
                io::copy(&mut events, &mut io::sink())
            } else {
                events.read_to_end(&mut row.events).map(|read| read as u64)
            };
            match read {
                Ok(read) if read != length => return Err(DamagedRow),
                Err(_) => return Err(DamagedRow),
                Ok(_) if !is_passed_over => return Ok(Some(row)),
                Ok(_) => self.passed_over += length,
            }
        }
        Ok(None)
    }

    /// A row without its events, and how many bytes these have.
    fn head(&mut self) -> Result<Option<(EncodedRow, u64)>, DamagedRow> {
        if self.plain.fill_buf().map_err(|_| DamagedRow)?.is_empty() {
            return Ok(None);
        }
        let ahead = self.small()?;
        self.installation = self.installation.checked_add(ahead).ok_or(DamagedRow)?;
        let part = u64::from(self.small()?);
        let context = self.small()?;
        let length = u64::from(self.small()?);
        let events = Vec::new();
        Ok(Some((EncodedRow { installation: self.installation, part, context, events }, length)))
    }

    fn small(&mut self) -> Result<u32, DamagedRow> {
        let mut bytes = [0; MAX_NUMBER_BYTES];
        for length in 1..=bytes.len() {
            let byte = &mut bytes[length - 1..length];
            self.plain.read_exact(byte).map_err(|_| DamagedRow)?;
            if byte[0] & 0x80 == 0 {
                let number = row::take_number(&mut &bytes[..length])?;
                return u32::try_from(number).map_err(|_| DamagedRow);
            }
        }
        Err(DamagedRow)
    }
}

impl Iterator for BlockReader<'_> {
    type Item = Result<EncodedRow, DamagedRow>;

    fn next(&mut self) -> Option<Self::Item> {
        self.row(0).transpose()
    }
}

/// The rows of a block, in order.
pub(super) fn unpack(bytes: &[u8]) -> Result<Vec<EncodedRow>, DamagedRow> {
    BlockReader::new(bytes).collect()
}

/// The block of rows that are in order.
pub(super) fn pack(rows: &[EncodedRow]) -> std::io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let mut head = Vec::new();
    let mut before = 0;
    for row in rows {
        head.clear();
        // Differences are small numbers, and many of them are equal: they compress better than the numbers themselves.
        let ahead = row.installation.saturating_sub(before);
        before = row.installation;
        for number in [u64::from(ahead), row.part, u64::from(row.context), row.events.len() as u64] {
            row::push_number(&mut head, number);
        }
        encoder.write_all(&head)?;
        encoder.write_all(&row.events)?;
    }
    encoder.finish()
}

/// Puts rows that came late behind those that are packed. The parts of an installation count its events of the day;
/// those of late rows began at 0 again, since the table of rows was empty, and go on counting here.
fn merge(packed: Vec<EncodedRow>, late: Vec<EncodedRow>) -> Vec<EncodedRow> {
    let last: BTreeMap<InstallationNumber, u64> =
        packed.iter().map(|row| (row.installation, row.part)).collect();
    let mut all = packed;
    for mut row in late {
        row.part += last.get(&row.installation).copied().unwrap_or(0);
        all.push(row);
    }
    all.sort_by_key(|row| (row.installation, row.part));
    all
}

/// Moves the rows of a day into its blocks, one block at a time. Returns how many there were.
pub(super) fn pack_day(transaction: &Transaction<'_>, product: u32, day: Day) -> Result<u64> {
    let mut chunks: BTreeMap<u32, Vec<(InstallationNumber, u64)>> = BTreeMap::new();
    let sql =
        "SELECT installation, max(bytes) FROM row WHERE product = ?1 AND day = ?2 GROUP BY installation";
    query::each(transaction, sql, params![product, day], |row| {
        let installation = row.get(0)?;
        let bytes = u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0);
        chunks.entry(place_of(installation).0).or_default().push((installation, bytes));
        Ok(())
    })?;
    let mut count = 0;
    for (chunk, installations) in chunks {
        let sql = "SELECT inflated FROM block WHERE product = ?1 AND day = ?2 AND chunk = ?3";
        let inflated: Option<i64> =
            query::find(transaction, sql, params![product, day, chunk], |row| row.get(0))?;
        let mut all = inflated.map_or(0, |bytes| u64::try_from(bytes).unwrap_or(0));
        let mut late = Vec::new();
        for (installation, bytes) in installations {
            all += bytes;
            if all > MAX_BLOCK_BYTES {
                all -= bytes;
                continue;
            }
            let its = params![product, day, installation];
            let rows: Vec<EncodedRow> =
                query::list(transaction, ROWS_OF_INSTALLATION, its, EncodedRow::from_columns)?;
            late.extend(rows);
            let delete = "DELETE FROM row WHERE product = ?1 AND day = ?2 AND installation = ?3";
            query::execute(transaction, delete, its)?;
        }
        count += late.len() as u64;
        if !late.is_empty() {
            let packed = read(transaction, product, day, chunk)?;
            write(transaction, product, day, chunk, &merge(packed, late))?;
        }
    }
    Ok(count)
}

/// Calls `each` with the packed rows of one installation on a day until it has enough. Returns also how many bytes of others
/// were passed over.
pub(super) fn of_installation(
    connection: &Connection,
    product: u32,
    day: Day,
    installation: InstallationNumber,
    mut each: impl FnMut(EncodedRow) -> Result<ControlFlow<()>>,
) -> Result<(u64, ControlFlow<()>)> {
    let key = params![product, day, place_of(installation).0];
    let found = query::find(connection, BLOCK, key, |row| {
        let mut block = BlockReader::new(row.get_ref(0)?.as_blob()?);
        let mut ended = ControlFlow::Continue(());
        while ended.is_continue()
            && let Some(row) = block.row(installation).map_err(damaged)?
            && row.installation == installation
        {
            ended = each(row)?;
        }
        Ok((block.passed_over, ended))
    })?;
    Ok(found.unwrap_or((0, ControlFlow::Continue(()))))
}

/// Calls `each` with the packed rows of a day of the installations of a chunk, one at a time.
pub(super) fn of_chunk(
    connection: &Connection,
    product: u32,
    day: Day,
    chunk: u32,
    mut each: impl FnMut(&EncodedRow) -> Result<()>,
) -> Result<()> {
    query::each(connection, BLOCK, params![product, day, chunk], |row| {
        BlockReader::new(row.get_ref(0)?.as_blob()?).try_for_each(|row| each(&row.map_err(damaged)?))
    })
}

/// The packed rows of a day of the installations of a chunk; none where there is no block.
pub(super) fn read(connection: &Connection, product: u32, day: Day, chunk: u32) -> Result<Vec<EncodedRow>> {
    let rows = query::find(connection, BLOCK, params![product, day, chunk], |row| {
        unpack(row.get_ref(0)?.as_blob()?).map_err(damaged)
    })?;
    Ok(rows.unwrap_or_default())
}

/// Puts rows in the place of those of a block; without any, the block goes.
pub(super) fn write(
    transaction: &Transaction<'_>,
    product: u32,
    day: Day,
    chunk: u32,
    rows: &[EncodedRow],
) -> Result<()> {
    let sql = "DELETE FROM block WHERE product = ?1 AND day = ?2 AND chunk = ?3";
    query::execute(transaction, sql, params![product, day, chunk])?;
    if rows.is_empty() {
        return Ok(());
    }
    let bytes = pack(rows).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let inflated = rows.iter().map(|row| row.events.len() as u64).sum::<u64>();
    let inflated = i64::try_from(inflated).unwrap_or(i64::MAX);
    let sql =
        "INSERT INTO block (product, day, chunk, rows, bytes, inflated) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    query::execute(transaction, sql, params![product, day, chunk, count, bytes, inflated]).map(drop)
}

/// A block or a row that does not read is a damaged database.
pub(super) fn damaged(_: DamagedRow) -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(code, Some("a row of events does not read".to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn raws() -> impl Strategy<Value = Vec<EncodedRow>> {
        let raw = (0u32..50, 1u64..9, any::<u32>(), prop::collection::vec(any::<u8>(), 0..20));
        prop::collection::vec(raw, 0..40).prop_map(|raws| {
            let raw =
                |(installation, part, context, events)| EncodedRow { installation, part, context, events };
            let mut raws: Vec<EncodedRow> = raws.into_iter().map(raw).collect();
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
            let key = |raw: &EncodedRow| (raw.installation, raw.part);
            prop_assert!(merged.windows(2).all(|pair| key(&pair[0]) < key(&pair[1])), "parts are never given twice");
            let of = |rows: &[EncodedRow], number| rows.iter().filter(|raw| raw.installation == number).map(|raw| raw.events.clone()).collect::<Vec<_>>();
            for number in 0..50 {
                prop_assert_eq!(of(&merged, number), [of(&known, number), of(&late, number)].concat());
            }
        }
    }
}
