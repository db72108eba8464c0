//! The port of a collector to its cluster.

use std::sync::Arc;

use aboveboard_replay::{
    Backend, Batch, Block, BlockName, CellKey, ClosedDay, ClosedDays, JournalEntry, NodeId, Order,
    SentContext,
};
use aboveboard_store::StoreError;
use aboveboard_store::calendar::{Day, SECONDS_A_DAY};
use aboveboard_store::entry::Position;
use aboveboard_store::read::{InstallationKey, ReadResult};

use crate::closed::delete;
use crate::store::ClickHouse;
use crate::{arrivals, upkeep};

impl Backend for ClickHouse {
    fn node(&self) -> NodeId {
        self.outbox.node()
    }

    fn shards(&self) -> u32 {
        self.client.shards()
    }

    fn position(&self) -> Result<(Position, i64), StoreError> {
        Ok(self.outbox.position())
    }

    fn append(&self, block: Block) -> Result<(), StoreError> {
        self.outbox.append(&block)
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.outbox.flush(&self.client)
    }

    fn note(&self, at: i64, entries: &[JournalEntry]) -> Result<(), StoreError> {
        self.outbox.note(&self.client, at, entries)
    }

    fn settled(&self) -> Result<Position, StoreError> {
        self.outbox.settle(&self.client)
    }

    fn journal(&self) -> ReadResult<Arc<Vec<(Order, JournalEntry)>>> {
        self.seen_journal()
    }

    fn blocks(&self, from: Day) -> ReadResult<Vec<(u32, BlockName, u64)>> {
        arrivals::blocks(&self.client, from)
    }

    fn batches(&self, shard: u32, from: Day, blocks: &[BlockName]) -> ReadResult<Vec<Batch>> {
        arrivals::batches(&self.client, shard, from, blocks)
    }

    fn closed(&self, journal: &[(Order, JournalEntry)]) -> ReadResult<Box<dyn ClosedDays + '_>> {
        Ok(Box::new(self.closed.days(&self.client, journal)))
    }

    fn close(&self, shard: u32, day: Day, what: &ClosedDay) -> Result<(), StoreError> {
        let entry = self.closed.close(&self.client, &self.seen_journal()?, (shard, day), what)?;
        self.note(beginning_of(day), &[entry])
    }

    fn close_again(
        &self,
        shard: u32,
        day: Day,
        cells: &[(Arc<str>, CellKey, i64)],
        without: &[InstallationKey],
    ) -> Result<(), StoreError> {
        let journal = self.seen_journal()?;
        let entry = self.closed.close_again(&self.client, &journal, (shard, day), cells, without)?;
        self.note(beginning_of(day), &[entry])
    }

    fn delete_installations(&self, gone: &[(String, InstallationKey, Order)]) -> Result<(), StoreError> {
        self.closed.delete_installations(&self.client, &self.seen_journal()?, gone)
    }

    fn delete_item(&self, product: &str, name: &str, upto: Day) -> Result<(), StoreError> {
        delete::item(&self.client, product, name, upto)
    }

    fn delete_synthetic_tallies(&self, product: &str, upto: Day) -> Result<(), StoreError> {
        delete::synthetic_tallies(&self.client, product, upto)
    }

    fn retire(
        &self,
        product: &str,
        before: Day,
        retired: &[(Day, Arc<SentContext>, u64)],
    ) -> Result<(), StoreError> {
        self.closed.retire(&self.client, (product, before), retired)
    }

    fn forget_ids(&self) -> Result<(), StoreError> {
        self.closed.forget_ids(&self.client, &self.seen_journal()?)
    }

    fn forget_receipts(&self, before: Day, hours_before: Day) -> Result<(), StoreError> {
        delete::receipts(&self.client, before, hours_before)?;
        // Once a day, as this is.
        upkeep::delete_what_is_closed(&self.client, &self.journal, &self.seen_journal()?)
    }
}

/// Where an entry about a day stands in the order.
fn beginning_of(day: Day) -> i64 {
    i64::from(day) * SECONDS_A_DAY
}
