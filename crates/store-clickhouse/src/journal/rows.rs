//! Entries of the journal as rows.

use aboveboard_replay::{JournalEntry, NodeId, Order};
use aboveboard_store::StoreError;
use aboveboard_store::entry::Position;

use super::entry::{body, heading, read};
use crate::client::{RowWriter, Rows};

/// An entry with its number among those of one place. Entries of one place keep the order of their numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NumberedEntry<'e> {
    /// Its place.
    pub(crate) order: Order,
    /// Its number.
    pub(crate) number: u64,
    /// What it says.
    pub(crate) entry: &'e JournalEntry,
}

/// The rows of entries, in the columns of the table.
pub(crate) fn rows_of<'e>(entries: impl IntoIterator<Item = NumberedEntry<'e>>) -> Vec<u8> {
    let mut rows = RowWriter::default();
    for NumberedEntry { order, number, entry } in entries {
        let (kind, product) = heading(entry);
        rows.date(order.day()).i64(order.at).u64(order.node.0).u64(order.position.0).u64(number);
        rows.text(kind).text(product).bytes(&body(entry));
    }
    rows.into_bytes()
}

/// The columns of a question: the day, and what [`read_row`] reads.
pub(super) const COLUMNS: &str = "day, at, node, position, number, kind, product, body";

/// A row behind its day.
pub(super) fn read_row(rows: &mut Rows) -> Result<(Order, u64, JournalEntry), StoreError> {
    let at = rows.i64()?;
    let node = NodeId(rows.u64()?);
    let order = Order { at, node, position: Position(rows.u64()?) };
    let number = rows.u64()?;
    let kind = rows.text()?.to_owned();
    let product = rows.text()?.to_owned();
    Ok((order, number, read(&kind, &product, rows.bytes()?)?))
}
