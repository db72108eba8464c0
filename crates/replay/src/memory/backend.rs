//! What one collector has of a cluster in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use aboveboard_store::calendar::{Day, SECONDS_A_DAY};
use aboveboard_store::entry::Position;
use aboveboard_store::read::{InstallationKey, ReadResult};
use aboveboard_store::{StoreError, StoreFate, StoreProblem};

use super::closed_days::MemoryClosedDays;
use super::cluster::MemoryCluster;
use super::deletion;
use super::state::{FlushFault, MemoryState, SentBlock, SentEntry};
use crate::backend::{Backend, Block, BlockName, ClosedDay};
use crate::batch::{Batch, SentContext};
use crate::book::Book;
use crate::closed::{CellKey, ClosedDays};
use crate::journal::JournalEntry;
use crate::order::{NodeId, Order};

/// What one collector has of a cluster in memory.
#[derive(Debug)]
pub struct MemoryBackend {
    cluster: MemoryCluster,
    node: NodeId,
}

impl MemoryBackend {
    /// What a collector has of a cluster; its disk is made if it has none.
    #[must_use]
    pub fn open(cluster: &MemoryCluster, node: NodeId) -> Self {
        cluster.state().disk(node);
        Self { cluster: cluster.clone(), node }
    }
}

/// What a collector is told where the cluster is away.
fn away() -> StoreError {
    StoreError {
        engine: "memory",
        what: StoreProblem::Engine("the cluster is away".into()),
        fate: StoreFate::Transient,
    }
}

impl Backend for MemoryBackend {
    fn node(&self) -> NodeId {
        self.node
    }

    fn shards(&self) -> u32 {
        self.cluster.state().shards
    }

    fn position(&self) -> Result<(Position, i64), StoreError> {
        let mut state = self.cluster.state();
        let disk = state.disk(self.node);
        Ok((disk.end, disk.at))
    }

    fn append(&self, block: Block) -> Result<(), StoreError> {
        let mut state = self.cluster.state();
        let disk = state.disk(self.node);
        let first = disk.end;
        disk.end = block.end;
        disk.at = block.at;
        disk.waiting.push_back((first, block));
        Ok(())
    }

    fn flush(&self) -> Result<(), StoreError> {
        let mut state = self.cluster.state();
        loop {
            let Some((first, block)) = state.disk(self.node).waiting.front().cloned() else { return Ok(()) };
            let fault = state.faults.get_mut(&self.node).and_then(std::collections::VecDeque::pop_front);
            send(&mut state, BlockName { node: self.node, first }, block, fault);
            if fault.is_some() {
                return Err(away());
            }
            state.disk(self.node).waiting.pop_front();
        }
    }

    fn note(&self, at: i64, entries: &[JournalEntry]) -> Result<(), StoreError> {
        let mut state = self.cluster.state();
        let position = state.disk(self.node).end;
        let order = Order { at, node: self.node, position };
        for entry in entries {
            state.journal.push(SentEntry { order, entry: entry.clone(), is_held: false });
        }
        Ok(())
    }

    fn settled(&self) -> Result<Position, StoreError> {
        let mut state = self.cluster.state();
        let held_blocks = state.blocks.iter().filter(|sent| sent.is_held && sent.name.node == self.node);
        let held_blocks: Vec<Position> = held_blocks.map(|sent| sent.name.first).collect();
        let held_entries = state.journal.iter().filter(|sent| sent.is_held && sent.order.node == self.node);
        let held: Vec<Position> = held_entries.map(|sent| sent.order.position).chain(held_blocks).collect();
        let disk = state.disk(self.node);
        let waiting = disk.waiting.front().map(|(first, _)| *first);
        Ok(held.into_iter().chain(waiting).min().unwrap_or(disk.end))
    }

    fn journal(&self) -> ReadResult<Arc<Vec<(Order, JournalEntry)>>> {
        let state = self.cluster.state();
        let seen = state.journal.iter().filter(|sent| !sent.is_held || sent.order.node == self.node);
        let mut entries: Vec<_> = seen.map(|sent| (sent.order, sent.entry.clone())).collect();
        // Entries of one place keep their order.
        if state.is_reversed {
            entries.sort_by_key(|(order, _)| std::cmp::Reverse(*order));
        }
        Ok(Arc::new(entries))
    }

    fn blocks(&self, from: Day) -> ReadResult<Vec<(u32, BlockName, u64)>> {
        let state = self.cluster.state();
        let mut found: BTreeMap<(u32, BlockName), u64> = BTreeMap::new();
        for sent in state.blocks.iter().filter(|sent| state.shows(sent, self.node)) {
            let batches = sent.batches.iter().filter(|batch| batch.order.day() >= from).count() as u64;
            if batches > 0 {
                let known = found.entry((sent.shard, sent.name)).or_default();
                *known = batches.max(*known);
            }
        }
        let mut found: Vec<_> =
            found.into_iter().map(|((shard, name), count)| (shard, name, count)).collect();
        if state.is_reversed {
            found.reverse();
        }
        Ok(found)
    }

    fn batches(&self, shard: u32, from: Day, blocks: &[BlockName]) -> ReadResult<Vec<Batch>> {
        let state = self.cluster.state();
        let asked = state.blocks.iter().filter(|sent| sent.shard == shard && blocks.contains(&sent.name));
        let seen = asked.filter(|sent| state.shows(sent, self.node));
        let mut found: Vec<Batch> = Vec::new();
        for sent in seen {
            let lacking = usize::from(sent.is_held && sent.name.node != self.node);
            let there = &sent.batches[..sent.batches.len().saturating_sub(lacking)];
            found.extend(there.iter().filter(|batch| batch.order.day() >= from).cloned());
        }
        if state.is_reversed {
            found.reverse();
        }
        Ok(found)
    }

    fn closed(&self, journal: &[(Order, JournalEntry)]) -> ReadResult<Box<dyn ClosedDays + '_>> {
        Ok(Box::new(MemoryClosedDays::new(&self.cluster.state(), journal)))
    }

    fn close(&self, shard: u32, day: Day, what: &ClosedDay) -> Result<(), StoreError> {
        let mut state = self.cluster.state();
        let generation = next_generation(&mut state);
        state.days.insert((shard, day, generation), Arc::new(what.clone()));
        state.sums.insert((shard, day, generation), Arc::new(what.cells.clone()));
        let first_day = what.first_day.unwrap_or(day);
        let entry =
            JournalEntry::Closed { shard, day, generation, sums: generation, first_day, without: Vec::new() };
        self.say(&mut state, day, entry);
        Ok(())
    }

    fn close_again(
        &self,
        shard: u32,
        day: Day,
        cells: &[(Arc<str>, CellKey, i64)],
        without: &[InstallationKey],
    ) -> Result<(), StoreError> {
        let mut state = self.cluster.state();
        let known = state.days.range((shard, day, 0)..=(shard, day, u64::MAX)).next_back();
        let Some((generation, first_day)) =
            known.map(|((_, _, generation), what)| (*generation, what.first_day.unwrap_or(day)))
        else {
            return Ok(());
        };
        let sums = next_generation(&mut state);
        state.sums.insert((shard, day, sums), Arc::new(cells.to_vec()));
        let without = without.to_vec();
        self.say(&mut state, day, JournalEntry::Closed { shard, day, generation, sums, first_day, without });
        Ok(())
    }

    fn delete_installations(&self, gone: &[(String, InstallationKey, Order)]) -> Result<(), StoreError> {
        let last = Book::new(self.journal()?).last_closed(self.shards());
        deletion::installations(&mut self.cluster.state(), gone, last);
        Ok(())
    }

    fn delete_item(&self, product: &str, name: &str, upto: Day) -> Result<(), StoreError> {
        deletion::item(&mut self.cluster.state(), product, name, upto);
        Ok(())
    }

    fn delete_synthetic_tallies(&self, product: &str, upto: Day) -> Result<(), StoreError> {
        deletion::synthetic_tallies(&mut self.cluster.state(), product, upto);
        Ok(())
    }

    fn retire(
        &self,
        product: &str,
        before: Day,
        retired: &[(Day, Arc<SentContext>, u64)],
    ) -> Result<(), StoreError> {
        let mut state = self.cluster.state();
        for (day, context, installations) in retired {
            let key = (product.to_owned(), *day, Arc::clone(context));
            state.retired.insert(key, *installations);
        }
        deletion::before(&mut state, product, before);
        Ok(())
    }

    fn forget_ids(&self) -> Result<(), StoreError> {
        let book = Book::new(self.journal()?);
        if let Some(before) = book.ids_to_delete(self.shards()) {
            deletion::ids(&mut self.cluster.state(), before);
        }
        Ok(())
    }

    fn forget_receipts(&self, before: Day, hours_before: Day) -> Result<(), StoreError> {
        deletion::receipts(&mut self.cluster.state(), before, hours_before);
        Ok(())
    }
}

impl MemoryBackend {
    /// Writes an entry about a day to the journal.
    fn say(&self, state: &mut MemoryState, day: Day, entry: JournalEntry) {
        let position = state.disk(self.node).end;
        let order = Order { at: i64::from(day) * SECONDS_A_DAY, node: self.node, position };
        state.journal.push(SentEntry { order, entry, is_held: false });
    }
}

fn next_generation(state: &mut MemoryState) -> u64 {
    state.last_generation += 1;
    state.last_generation
}

/// Brings a block into the cluster as far as a fault lets it: what is there already is not sent again, unless all is sent twice.
fn send(state: &mut MemoryState, name: BlockName, block: Block, fault: Option<FlushFault>) {
    if fault == Some(FlushFault::Nothing) {
        return;
    }
    let is_held = state.held.contains(&name.node);
    let times = if state.sends_twice { 2 } else { 1 };
    for _ in 0..times {
        for (order, entry) in &block.journal {
            let is_there = state.journal.iter().any(|sent| sent.order == *order && sent.entry == *entry);
            if !is_there || state.sends_twice {
                state.journal.push(SentEntry { order: *order, entry: entry.clone(), is_held });
            }
        }
    }
    if fault == Some(FlushFault::JournalOnly) {
        return;
    }
    let shards = state.shards;
    for shard in 0..shards {
        let own = |batch: &&Batch| batch.installation.0 % u64::from(shards) == u64::from(shard);
        let batches: Vec<Batch> = block.batches.iter().filter(own).cloned().collect();
        let is_there = state.blocks.iter().any(|sent| sent.shard == shard && sent.name == name);
        for _ in 0..times {
            if !batches.is_empty() && (!is_there || state.sends_twice) {
                state.blocks.push(SentBlock { shard, name, batches: batches.clone(), is_held });
            }
        }
        if fault == Some(FlushFault::FirstShard) {
            return;
        }
    }
}
