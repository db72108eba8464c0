//! The file of a block: a head of numbers, then the rows, as they are sent.

use aboveboard_files::File;
use aboveboard_replay::{Block, JournalEntry, NodeId, Order};
use aboveboard_store::StoreError;
use aboveboard_store::entry::Position;

use crate::arrivals::push_row;
use crate::client::{RowWriter, Rows, date};
use crate::journal::{NumberedEntry, rows_of};
use crate::problem::malformed;

/// The first bytes of a file.
const MAGIC: [u8; 8] = *b"abv-blk1";

/// The part of the head that has the same length in every file.
const FIXED_BYTES: usize = 8 + 8 * 8 + 4;

/// What the head says of each shard.
const SHARD_BYTES: usize = 16;

/// What the index says of each row: its position, and where it ends.
const INDEX_BYTES: usize = 16;

/// Entries that come from no log have numbers from here on: microseconds since 1970 at the least.
pub(crate) const FIRST_NOTE: u64 = 1 << 32;

/// Rows that are sent to one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    /// How many.
    pub(super) count: u64,
    /// Their bytes.
    bytes: u64,
}

/// What a file says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Where the block begins.
    pub(super) first: Position,
    /// Where the entry behind it would begin.
    pub(super) end: Position,
    /// The latest time of the order up to there.
    pub(super) at: i64,
    /// The number of its first entry of the journal, where they come from no log.
    pub(super) note: Option<u64>,
    /// The first and the last day of its rows.
    pub(super) days: (u16, u16),
    /// Its entries of the journal.
    pub(super) journal: Section,
    /// Its batches by shard.
    pub(super) shards: Vec<Section>,
}

/// A batch's row in a section.
#[derive(Clone, Copy, Debug)]
struct Place {
    position: u64,
    end: u64,
}

/// What a file holds of a block.
pub(super) fn of_block(block: &Block, node: NodeId, first: Position, shards: u32) -> (Head, Vec<u8>) {
    let mut rows = vec![(Vec::new(), RowWriter::default()); shards as usize];
    let mut days = Vec::with_capacity(2);
    for batch in &block.batches {
        let shard = batch.installation.0 % u64::from(shards.max(1));
        let Some((index, writer)) = rows.get_mut(shard as usize) else { continue };
        push_row(writer, batch, node, first);
        index.push(Place { position: batch.order.position.0, end: writer.len() as u64 });
        days.push(date(batch.order.day()));
    }
    days.extend(block.journal.iter().map(|(order, _)| date(order.day())));
    let mut number = 0;
    let mut before = None;
    // Those of one place are numbered in the order in which the log gave them.
    let numbered = block.journal.iter().map(|(order, entry)| {
        number = if before == Some(*order) { number + 1 } else { 0 };
        before = Some(*order);
        NumberedEntry { order: *order, number, entry }
    });
    let journal = rows_of(numbered);
    let section = |(index, writer): &(Vec<Place>, RowWriter)| Section {
        count: index.len() as u64,
        bytes: writer.len() as u64,
    };
    let head = Head {
        first,
        end: block.end,
        at: block.at,
        note: None,
        days: span(&days),
        journal: Section { count: block.journal.len() as u64, bytes: journal.len() as u64 },
        shards: rows.iter().map(section).collect(),
    };
    let mut file = head.written();
    file.fixed(&journal);
    for (index, writer) in rows {
        for Place { position, end } in index {
            file.u64(position).u64(end);
        }
        file.fixed(&writer.into_bytes());
    }
    (head, file.into_bytes())
}

/// What a file holds of entries that come from no log.
pub(super) fn of_notes(entries: &[JournalEntry], order: Order, first_number: u64) -> (Head, Vec<u8>) {
    let numbered =
        (first_number..).zip(entries).map(|(number, entry)| NumberedEntry { order, number, entry });
    let journal = rows_of(numbered);
    let head = Head {
        first: order.position,
        end: order.position,
        at: order.at,
        note: Some(first_number),
        days: span(&[date(order.day())]),
        journal: Section { count: entries.len() as u64, bytes: journal.len() as u64 },
        shards: Vec::new(),
    };
    let mut file = head.written();
    file.fixed(&journal);
    (head, file.into_bytes())
}

fn span(days: &[u16]) -> (u16, u16) {
    (days.iter().min().copied().unwrap_or_default(), days.iter().max().copied().unwrap_or_default())
}

impl Head {
    fn written(&self) -> RowWriter {
        let mut head = RowWriter::default();
        head.fixed(&MAGIC).u64(self.first.0).u64(self.end.0).i64(self.at).u64(self.note.unwrap_or_default());
        head.u64(self.days.0.into()).u64(self.days.1.into()).u64(self.journal.count).u64(self.journal.bytes);
        head.u32(self.shards.len() as u32);
        for shard in &self.shards {
            head.u64(shard.count).u64(shard.bytes);
        }
        head
    }

    /// Reads the head of a file, whose length must be what it says.
    pub(super) fn read(file: &File) -> Result<Self, StoreError> {
        let fixed = part(file, 0, FIXED_BYTES)?;
        let mut rows = Rows::new(fixed);
        if rows.fixed()? != MAGIC {
            return Err(damaged());
        }
        let mut head = Self {
            first: Position(rows.u64()?),
            end: Position(rows.u64()?),
            at: rows.i64()?,
            note: Some(rows.u64()?).filter(|number| *number > 0),
            days: (day(&mut rows)?, day(&mut rows)?),
            journal: Section { count: rows.u64()?, bytes: rows.u64()? },
            shards: Vec::new(),
        };
        let shards = rows.u32()?;
        let of_shards = shards as usize * SHARD_BYTES;
        let length = file.stat().map_err(|_| damaged())?.size();
        if (FIXED_BYTES + of_shards) as u64 > length {
            return Err(damaged());
        }
        let mut rows = Rows::new(part(file, FIXED_BYTES as u64, of_shards)?);
        for _ in 0..shards {
            head.shards.push(Section { count: rows.u64()?, bytes: rows.u64()? });
        }
        let is_whole = head.end_of(head.shards.len()) == Some(length);
        if is_whole { Ok(head) } else { Err(damaged()) }
    }

    /// Where what is kept of the shards before this one ends.
    fn end_of(&self, shard: usize) -> Option<u64> {
        let head = (FIXED_BYTES + self.shards.len() * SHARD_BYTES) as u64;
        let before = head.checked_add(self.journal.bytes)?;
        self.shards.iter().take(shard).try_fold(before, |end, section| {
            end.checked_add(section.count.checked_mul(INDEX_BYTES as u64)?)?.checked_add(section.bytes)
        })
    }

    /// The rows of the journal.
    pub(super) fn journal_rows(&self, file: &File) -> Result<Vec<u8>, StoreError> {
        let at = FIXED_BYTES + self.shards.len() * SHARD_BYTES;
        part(file, at as u64, self.journal.bytes as usize)
    }

    /// The rows of the batches of a shard whose positions `is_wanted`.
    pub(super) fn rows(
        &self,
        file: &File,
        shard: usize,
        is_wanted: impl Fn(u64) -> bool,
    ) -> Result<Vec<u8>, StoreError> {
        let at = self.end_of(shard).ok_or_else(damaged)?;
        let section = self.shards.get(shard).copied().unwrap_or_default();
        let length = section.count as usize * INDEX_BYTES;
        let mut index = Rows::new(part(file, at, length)?);
        let rows = part(file, at + length as u64, section.bytes as usize)?;
        let mut wanted = Vec::with_capacity(rows.len());
        let mut begin = 0;
        while !index.is_at_end() {
            let place = Place { position: index.u64()?, end: index.u64()? };
            let end = usize::try_from(place.end).map_err(|_| damaged())?;
            let row = rows.get(begin..end).ok_or_else(damaged)?;
            if is_wanted(place.position) {
                wanted.extend_from_slice(row);
            }
            begin = end;
        }
        if begin == rows.len() { Ok(wanted) } else { Err(damaged()) }
    }
}

fn day(rows: &mut Rows) -> Result<u16, StoreError> {
    u16::try_from(rows.u64()?).map_err(|_| damaged())
}

fn part(file: &File, at: u64, length: usize) -> Result<Vec<u8>, StoreError> {
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, at).map_err(|_| damaged())?;
    Ok(bytes)
}

fn damaged() -> StoreError {
    malformed("a file of a block of the log is not whole")
}
