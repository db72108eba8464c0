//! Writing what a day came to.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aboveboard_replay::{CellKey, ClosedDay, SentContext, encode};
use aboveboard_store::StoreError;
use aboveboard_store::axis::Axis;
use aboveboard_store::calendar::Day;
use aboveboard_store::packed_version::pack_version;

use super::context::write_context;
use super::members::day_of_period;
use super::settle::Written;
use super::states::write_seen;
use super::tables::{CELL, MEMBER, ORDER_DAYS, ROW, ROW_DAYS, SEEN, STATE, SUM_DAYS, TALLY, TOTAL};
use super::tally::write_tally;
use crate::client::{Client, RowWriter};
use crate::schema::Table;

/// Rows of one insert. The engine stores up to 1,048,576 rows as one part.
const MAX_ROWS: u64 = 500_000;

/// Bytes of one insert, which both sides hold in memory.
const MAX_BYTES: usize = 32 << 20;

/// The rows of one table of which an insert is made at a time.
struct Inserts<'c> {
    client: &'c Client,
    shard: u32,
    table: Table,
    partition_days: Day,
    /// By partition, so that an insert is one part.
    pending: BTreeMap<i32, Pending>,
    rows: u64,
}

#[derive(Default)]
struct Pending {
    rows: u64,
    writer: RowWriter,
}

impl<'c> Inserts<'c> {
    /// Adds a row on a day of which the partitions of the table are made.
    fn add(&mut self, day: Day, write: impl FnOnce(&mut RowWriter)) -> Result<(), StoreError> {
        let pending = self.pending.entry(day / self.partition_days).or_default();
        write(&mut pending.writer);
        pending.rows += 1;
        self.rows += 1;
        if pending.rows >= MAX_ROWS || pending.writer.len() >= MAX_BYTES {
            let full = std::mem::take(pending);
            self.client.insert(self.shard, &self.table.target(), &full.writer.into_bytes())?;
        }
        Ok(())
    }

    /// Inserts what is left. Returns how many rows the table has then.
    fn finish(self) -> Result<Written, StoreError> {
        for pending in self.pending.into_values().filter(|pending| pending.rows > 0) {
            self.client.insert(self.shard, &self.table.target(), &pending.writer.into_bytes())?;
        }
        Ok(Written { table: self.table, rows: self.rows })
    }
}

/// One closing of one day on one shard.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writing<'c> {
    pub(super) client: &'c Client,
    pub(super) shard: u32,
    pub(super) day: Day,
    pub(super) generation: u64,
}

impl<'c> Writing<'c> {
    fn inserts(self, table: Table, partition_days: Day) -> Inserts<'c> {
        let Self { client, shard, .. } = self;
        Inserts { client, shard, table, partition_days, pending: BTreeMap::new(), rows: 0 }
    }

    /// Writes all that a day came to.
    pub(super) fn day(self, what: &ClosedDay) -> Result<Vec<Written>, StoreError> {
        let mut written = self.sums(&what.cells)?;
        written.push(self.rows(what)?);
        written.push(self.members(what)?);
        written.push(self.tallies(what)?);
        written.push(self.states(what)?);
        written.push(self.seen(what)?);
        Ok(written)
    }

    /// Writes sums alone.
    pub(super) fn sums(self, cells: &[(Arc<str>, CellKey, i64)]) -> Result<Vec<Written>, StoreError> {
        let Self { day, generation, .. } = self;
        let mut inserts = self.inserts(CELL, SUM_DAYS);
        let mut totals: HashMap<(&Arc<str>, &Arc<SentContext>), i64> = HashMap::new();
        for (product, key, number) in cells {
            inserts.add(key.day, |row| {
                row.text(product)
                    .u8(key.axis as u8)
                    .i32(key.day)
                    .text(&key.name)
                    .i64(key.detail)
                    .text(&key.about);
                write_context(row, Some(&key.context));
                row.i64(*number).i32(day).u64(generation);
            })?;
            if key.axis <= Axis::Declared {
                let total = totals.entry((product, &key.context)).or_default();
                *total = total.saturating_add(*number);
            }
        }
        let cells = inserts.finish()?;
        let mut inserts = self.inserts(TOTAL, ORDER_DAYS);
        for ((product, context), number) in totals {
            inserts.add(day, |row| {
                row.text(product);
                write_context(row, Some(context));
                row.i64(number).i32(day).u64(generation);
            })?;
        }
        Ok(vec![cells, inserts.finish()?])
    }

    fn rows(self, what: &ClosedDay) -> Result<Written, StoreError> {
        let mut inserts = self.inserts(ROW, ROW_DAYS);
        for (product, closed) in &what.rows {
            inserts.add(closed.day, |row| {
                row.text(product)
                    .i32(closed.day)
                    .u64(closed.installation.0)
                    .i64(closed.order.at)
                    .u64(closed.order.node.0)
                    .u64(closed.order.position.0);
                write_context(row, Some(&closed.context));
                row.u64(pack_version(closed.sent_version))
                    .bytes(&encode::events(&closed.events))
                    .i32(self.day)
                    .u64(self.generation);
            })?;
        }
        inserts.finish()
    }

    fn members(self, what: &ClosedDay) -> Result<Written, StoreError> {
        let mut inserts = self.inserts(MEMBER, ROW_DAYS);
        for (product, key, who) in &what.members {
            let event_day = day_of_period(key.axis, key.period);
            inserts.add(event_day, |row| {
                row.text(product)
                    .u8(key.axis as u8)
                    .i32(event_day)
                    .i32(key.period)
                    .text(&key.name)
                    .i64(key.detail);
                write_context(row, key.context.as_deref());
                row.u64(who.0).i32(self.day).u64(self.generation);
            })?;
        }
        inserts.finish()
    }

    fn tallies(self, what: &ClosedDay) -> Result<Written, StoreError> {
        let mut inserts = self.inserts(TALLY, ORDER_DAYS);
        for (product, key, number) in &what.tallies {
            inserts.add(self.day, |row| {
                row.text(product);
                write_tally(row, key, *number);
                row.i32(self.day).u64(self.generation);
            })?;
        }
        inserts.finish()
    }

    fn states(self, what: &ClosedDay) -> Result<Written, StoreError> {
        let mut inserts = self.inserts(STATE, ORDER_DAYS);
        for (product, who, state) in &what.states {
            inserts.add(self.day, |row| {
                let report = state.latest.as_ref().map_or_else(Vec::new, encode::latest);
                row.text(product)
                    .u64(who.0)
                    .i32(self.day)
                    .bytes(&encode::state(state))
                    .bytes(&report)
                    .u64(self.generation);
            })?;
        }
        inserts.finish()
    }

    fn seen(self, what: &ClosedDay) -> Result<Written, StoreError> {
        let mut inserts = self.inserts(SEEN, 1);
        for seen in &what.seen {
            inserts.add(self.day, |row| {
                write_seen(row, seen);
                row.i32(self.day).u64(self.generation);
            })?;
        }
        inserts.finish()
    }
}
