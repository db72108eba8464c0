//! The rows of a day, with what they add to sums.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use aboveboard_replay::{CellKey, ClosedRow, Naming, NodeId, Order, SentContext, each_cell};
use aboveboard_store::axis::Axis;
use aboveboard_store::calendar::{Day, SECONDS_A_DAY};
use aboveboard_store::entry::Position;
use aboveboard_store::packed_version::unpack_version;
use aboveboard_store::versions::OTHER;
use rusqlite::{Connection, Result};

use super::day::Parts;
use super::events::events;
use super::others::sent_version;
use super::words::Words;
use crate::row::StoredEvent;
use crate::{block, query, row, rows};

/// Sums of a product by the context that counts.
pub(super) type PlainCells = HashMap<CellKey, i64>;

/// The collector that rows of a database stand in the order with: there is none with this number.
const NOBODY: NodeId = NodeId(0);

/// The place in the order of something of a day that no collector of the cluster received.
pub(super) fn place(day: Day, number: u64) -> Order {
    Order { at: i64::from(day) * SECONDS_A_DAY, node: NOBODY, position: Position(number) }
}

/// Adds the rows of a day, each to the part of its installation, with what they add to sums. Returns the contexts that they name.
pub(super) fn read(
    connection: &Connection,
    words: &mut Words,
    day: Day,
    parts: &mut Parts,
) -> Result<HashSet<(Arc<str>, Arc<SentContext>)>> {
    let mut contexts = HashSet::new();
    let mut number = 0;
    for at in 0..words.products().len() {
        let product = &words.products()[at];
        let product_number = product.number;
        let name = Arc::clone(&product.name);
        let mut left = stored_cells(connection, words, product_number, day)?;
        rows::of_day(connection, product_number, day, |raw| {
            let Some(installation) = words.products()[at].installation(raw.installation) else {
                return Ok(());
            };
            let stored = row::read(&raw.events).map_err(block::damaged)?;
            let Some((context, sent)) = context_of(words, product_number, raw.context, &stored) else {
                return Ok(());
            };
            let events = events(words, &words.products()[at], day, &stored);
            each_cell(day, &context, &events, &mut |key, n| {
                if let Some(counted) = words.context(raw.context) {
                    take(&mut left, plain(&key, counted), n);
                }
                parts.cell(&name, key, installation, n);
            });
            let order = place(day, number);
            number += 1;
            contexts.insert((Arc::clone(&name), Arc::clone(&context)));
            let row = ClosedRow { installation, day, order, context, sent_version: sent, events };
            let part = parts.of(installation);
            part.rows.push((Arc::clone(&name), row));
            Ok(())
        })?;
        // What is counted and no row says any more: rows go before their sums.
        for (key, n) in left {
            parts.cell_of_nobody(&name, key, n);
        }
    }
    Ok(contexts)
}

/// The context of a row with the version that was sent, and that version.
fn context_of(
    words: &mut Words,
    product: u32,
    number: u32,
    stored: &[StoredEvent],
) -> Option<(Arc<SentContext>, aboveboard_types::value::Version)> {
    match sent_version(stored) {
        Some(sent) => Some((words.sent_context(product, number, sent)?, unpack_version(sent))),
        None => words.context(number).map(|context| (Arc::clone(context), context.version)),
    }
}

fn take(cells: &mut PlainCells, key: CellKey, n: i64) {
    let left = cells.entry(key).or_default();
    *left = left.saturating_sub(n);
}

/// A sum as the database keeps it: under the context that counts, and without which versions are `other`.
fn plain(key: &CellKey, counted: &Arc<SentContext>) -> CellKey {
    let about = if key.axis == Axis::Version { Arc::from("") } else { Arc::clone(&key.about) };
    CellKey { about, context: Arc::clone(counted), ..key.clone() }
}

/// The sums of a day.
fn stored_cells(connection: &Connection, words: &Words, product: u32, day: Day) -> Result<PlainCells> {
    let mut cells = PlainCells::new();
    let none: Arc<str> = Arc::from("");
    for axis in AXES {
        let sql = "SELECT name, detail, context, n FROM cube WHERE product = ?1 AND axis = ?2 AND day = ?3";
        query::each(connection, sql, (product, axis as u8, day), |row| {
            let Some(context) = words.context(row.get(2)?) else { return Ok(()) };
            let detail: i64 = row.get(1)?;
            let is_name = matches!(axis, Axis::Action | Axis::Choice);
            let (detail, about) =
                if is_name { (0, words.name_of_detail(detail)) } else { (detail, Arc::clone(&none)) };
            let name = words.name(row.get(0)?);
            let key = CellKey { axis, day, name, detail, about, context: Arc::clone(context) };
            cells.insert(key, row.get(3)?);
            Ok(())
        })?;
    }
    Ok(cells)
}

/// The axes of sums.
const AXES: [Axis; 12] = [
    Axis::Command,
    Axis::Action,
    Axis::View,
    Axis::Report,
    Axis::Declared,
    Axis::Flag,
    Axis::Number,
    Axis::Choice,
    Axis::Version,
    Axis::Country,
    Axis::TimingCount,
    Axis::TimingTime,
];

/// Whether a context counts under its own version.
pub(super) fn is_named(context: &SentContext) -> bool {
    context.naming == Naming::Named && context.version != OTHER
}
