//! What a collector knows of its cluster at one moment, and how it comes to know more.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aboveboard_store::calendar::Day;
use aboveboard_store::entry::Position;
use aboveboard_store::read::ReadResult;
use aboveboard_store::{StoreError, StoreFate, StoreProblem};

use crate::backend::{Backend, Block, BlockName};
use crate::batch::Batch;
use crate::book::Book;
use crate::closed::ClosedDays;
use crate::journal::JournalEntry;
use crate::key::ClusterKey;
use crate::open_days::OpenDays;
use crate::order::Order;
use crate::view::View;

/// What the two ends of a store share.
#[derive(Debug)]
pub(super) struct Shared<B: Backend> {
    pub(super) backend: Arc<B>,
    pub(super) key: ClusterKey,
    moment: Mutex<Moment>,
}

impl<B: Backend> Shared<B> {
    pub(super) fn new(backend: Arc<B>, key: ClusterKey) -> Self {
        Self { backend, key, moment: Mutex::new(Moment::default()) }
    }

    pub(super) fn moment(&self) -> MutexGuard<'_, Moment> {
        self.moment.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is known of the cluster. Whoever reads takes the parts with them, which do not change any more then.
#[derive(Debug, Default)]
pub(super) struct Moment {
    pub(super) open: Arc<OpenDays>,
    pub(super) book: Arc<Book>,
    /// The first day of the order that is in the open days.
    from: Option<Day>,
    /// The blocks whose batches are in them, by shard, with how many each has there.
    known: HashMap<(u32, BlockName), u64>,
    /// Blocks of this collector that the cluster may not show yet.
    own: Vec<OwnBlock>,
    /// Up to where the log of this collector is settled.
    settled: Position,
    is_stale: bool,
}

/// A block of this collector.
#[derive(Debug)]
struct OwnBlock {
    first: Position,
    block: Block,
}

impl Moment {
    /// Brings in what the cluster shows since the last time.
    pub(super) fn refresh(&mut self, backend: &impl Backend) -> ReadResult<()> {
        let journal = backend.journal()?;
        let known = self.book.entries();
        if !Arc::ptr_eq(&journal, known) && *journal != **known {
            self.read_journal(journal);
        }
        let closed = backend.closed(self.book.entries())?;
        let from = self.book.last_closed(backend.shards()).map_or(Day::MIN, |day| day.saturating_add(1));
        let done = self.refresh_days(backend, from, &*closed);
        if done.is_err() {
            self.forget();
        }
        done
    }

    fn refresh_days(&mut self, backend: &impl Backend, from: Day, closed: &dyn ClosedDays) -> ReadResult<()> {
        let mut batches: Vec<Batch> = Vec::new();
        if self.from != Some(from) || self.is_stale {
            self.open = Arc::new(OpenDays::new(from.checked_sub(1).filter(|_| from > Day::MIN)));
            self.known.clear();
            self.from = Some(from);
            self.is_stale = false;
            let own = self.own.iter().flat_map(|own| &own.block.batches);
            batches.extend(own.filter(|batch| batch.order.day() >= from).cloned());
        }
        let mut asked: HashMap<u32, Vec<BlockName>> = HashMap::new();
        for (shard, name, count) in backend.blocks(from)? {
            if self.known.get(&(shard, name)).is_none_or(|known| *known < count) {
                asked.entry(shard).or_default().push(name);
            }
        }
        let mut now: Vec<((u32, BlockName), u64)> = Vec::new();
        for (shard, names) in asked {
            let found = backend.batches(shard, from, &names)?;
            now.extend(counted(shard, &names, &found));
            batches.extend(found);
        }
        Arc::make_mut(&mut self.open).take_in(batches, &self.book, closed)?;
        self.known.extend(now);
        Ok(())
    }

    fn read_journal(&mut self, journal: Arc<Vec<(Order, JournalEntry)>>) {
        let own: Vec<&(Order, JournalEntry)> = self.own.iter().flat_map(|own| &own.block.journal).collect();
        let places: HashSet<Order> = own.iter().map(|(order, _)| *order).collect();
        let there = journal.iter().filter(|(order, _)| places.contains(order));
        let mut shown: HashMap<Order, Vec<&JournalEntry>> = HashMap::new();
        there.for_each(|(order, entry)| shown.entry(*order).or_default().push(entry));
        let mut book = Book::new(Arc::clone(&journal));
        for (order, entry) in own {
            if !shown.get(order).is_some_and(|there| there.contains(&entry)) {
                book.add(*order, entry);
            }
        }
        self.book = Arc::new(book);
    }

    /// Takes entries for written that are not in the journal yet.
    pub(super) fn hear(&mut self, entries: &[(Order, JournalEntry)]) {
        if entries.is_empty() {
            return;
        }
        let book = Arc::make_mut(&mut self.book);
        entries.iter().for_each(|(order, entry)| book.add(*order, entry));
        Arc::make_mut(&mut self.open).hear(&self.book);
    }

    /// Remembers a block of this collector whose batches and entries are here already.
    pub(super) fn keep(&mut self, first: Position, block: Block, backend: &impl Backend) {
        let node = backend.node();
        let shards = u64::from(backend.shards());
        for batch in &block.batches {
            let shard = u32::try_from(batch.installation.0 % shards).unwrap_or(0);
            *self.known.entry((shard, BlockName { node, first })).or_default() += 1;
        }
        self.own.push(OwnBlock { first, block });
    }

    /// Lets go of the blocks of this collector that every replica has.
    pub(super) fn settle(&mut self, settled: Position) {
        self.settled = settled;
        self.own.retain(|own| own.block.end > settled);
    }

    /// The earliest time of the order of what this collector sent, up to the end of its log, that is not settled; none where all is. What was
    /// sent before this process began is not known: it may be as early as can be.
    pub(super) fn unsettled_from(&self, end: Position) -> Option<i64> {
        if self.settled >= end {
            return None;
        }
        if self.own.first().is_none_or(|own| own.first > self.settled) {
            return Some(i64::MIN);
        }
        let batches = self.own.iter().flat_map(|own| own.block.batches.iter().map(|batch| batch.order.at));
        let entries = self.own.iter().flat_map(|own| own.block.journal.iter().map(|(order, _)| order.at));
        batches.chain(entries).min().or(Some(i64::MAX))
    }

    /// What is here may not be what the cluster has: it is read anew the next time.
    pub(super) fn forget(&mut self) {
        self.is_stale = true;
        let journal = Arc::clone(self.book.entries());
        self.read_journal(journal);
    }

    /// The latest time of the order of anything that is known.
    pub(super) fn latest(&self) -> i64 {
        self.book.latest().max(self.open.latest_at().unwrap_or(i64::MIN))
    }

    /// What there is at this moment, to be asked.
    pub(super) fn view<'s, B: Backend>(
        &self,
        shared: &'s Shared<B>,
    ) -> Result<View<'s, Arc<OpenDays>>, StoreError> {
        let closed = shared.backend.closed(self.book.entries())?;
        let position = shared.backend.position()?.0;
        let book = Arc::clone(&self.book);
        Ok(View::new(Arc::clone(&self.open), closed, book, shared.key.clone(), position))
    }
}

/// How many batches of each of these blocks were found. Whoever says how many there are may be another replica than the one that gives
/// them, which has not all of them yet.
fn counted(shard: u32, names: &[BlockName], found: &[Batch]) -> Vec<((u32, BlockName), u64)> {
    let mut positions: BTreeMap<BlockName, HashSet<Position>> =
        names.iter().map(|name| (*name, HashSet::new())).collect();
    for batch in found {
        // A block has what its collector's log says from its first position up to that of the next.
        let at = BlockName { node: batch.order.node, first: batch.order.position };
        if let Some((_, positions)) = positions.range_mut(..=at).next_back() {
            positions.insert(batch.order.position);
        }
    }
    positions.into_iter().map(|(name, positions)| ((shard, name), positions.len() as u64)).collect()
}

/// A failure that nothing but a person can mend.
pub(super) fn refuse(why: &'static str) -> StoreError {
    StoreError { engine: "the cluster", what: StoreProblem::Engine(why.into()), fate: StoreFate::Final }
}
