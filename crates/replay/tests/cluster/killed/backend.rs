//! A cluster whose collector dies before a call that changes something.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aboveboard_replay::memory::MemoryBackend;
use aboveboard_replay::{
    Backend, Batch, Block, BlockName, CellKey, ClosedDay, ClosedDays, JournalEntry, NodeId, Order,
    SentContext,
};
use aboveboard_store::calendar::Day;
use aboveboard_store::entry::Position;
use aboveboard_store::read::{InstallationKey, ReadResult};
use aboveboard_store::{StoreError, StoreFate, StoreProblem};

/// A backend that a collector has until it dies: the call before which it dies changes nothing, and neither does any after it.
#[derive(Debug)]
pub(super) struct Mortal {
    inner: MemoryBackend,
    /// How many calls that change something it lives for.
    calls: usize,
    made: AtomicUsize,
}

impl Mortal {
    pub(super) fn new(inner: MemoryBackend, calls: usize) -> Self {
        Self { inner, calls, made: AtomicUsize::new(0) }
    }

    /// How many calls that change something were made or tried.
    pub(super) fn made(&self) -> usize {
        self.made.load(Ordering::Relaxed)
    }

    fn change(&self) -> Result<&MemoryBackend, StoreError> {
        if self.made.fetch_add(1, Ordering::Relaxed) < self.calls {
            return Ok(&self.inner);
        }
        Err(StoreError {
            engine: "memory",
            what: StoreProblem::Engine("this collector is dead".into()),
            fate: StoreFate::Transient,
        })
    }
}

impl Backend for Mortal {
    fn node(&self) -> NodeId {
        self.inner.node()
    }

    fn shards(&self) -> u32 {
        self.inner.shards()
    }

    fn position(&self) -> Result<(Position, i64), StoreError> {
        self.inner.position()
    }

    fn append(&self, block: Block) -> Result<(), StoreError> {
        self.change()?.append(block)
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.change()?.flush()
    }

    fn note(&self, at: i64, entries: &[JournalEntry]) -> Result<(), StoreError> {
        self.change()?.note(at, entries)
    }

    fn settled(&self) -> Result<Position, StoreError> {
        self.inner.settled()
    }

    fn journal(&self) -> ReadResult<Arc<Vec<(Order, JournalEntry)>>> {
        self.inner.journal()
    }

    fn blocks(&self, from: Day) -> ReadResult<Vec<(u32, BlockName, u64)>> {
        self.inner.blocks(from)
    }

    fn batches(&self, shard: u32, from: Day, blocks: &[BlockName]) -> ReadResult<Vec<Batch>> {
        self.inner.batches(shard, from, blocks)
    }

    fn closed(&self, journal: &[(Order, JournalEntry)]) -> ReadResult<Box<dyn ClosedDays + '_>> {
        self.inner.closed(journal)
    }

    fn close(&self, shard: u32, day: Day, what: &ClosedDay) -> Result<(), StoreError> {
        self.change()?.close(shard, day, what)
    }

    fn close_again(
        &self,
        shard: u32,
        day: Day,
        cells: &[(Arc<str>, CellKey, i64)],
        without: &[InstallationKey],
    ) -> Result<(), StoreError> {
        self.change()?.close_again(shard, day, cells, without)
    }

    fn delete_installations(&self, gone: &[(String, InstallationKey, Order)]) -> Result<(), StoreError> {
        self.change()?.delete_installations(gone)
    }

    fn delete_item(&self, product: &str, name: &str, upto: Day) -> Result<(), StoreError> {
        self.change()?.delete_item(product, name, upto)
    }

    fn delete_synthetic_tallies(&self, product: &str, upto: Day) -> Result<(), StoreError> {
        self.change()?.delete_synthetic_tallies(product, upto)
    }

    fn retire(
        &self,
        product: &str,
        before: Day,
        retired: &[(Day, Arc<SentContext>, u64)],
    ) -> Result<(), StoreError> {
        self.change()?.retire(product, before, retired)
    }

    fn forget_ids(&self) -> Result<(), StoreError> {
        self.change()?.forget_ids()
    }

    fn forget_receipts(&self, before: Day, hours_before: Day) -> Result<(), StoreError> {
        self.change()?.forget_receipts(before, hours_before)
    }
}
