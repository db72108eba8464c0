//! What the journal says, indexed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aboveboard_store::calendar::{Day, SECONDS_A_DAY};
use aboveboard_store::entry::Position;
use aboveboard_store::read::InstallationKey;

use crate::journal::JournalEntry;
use crate::order::{NodeId, Order};
use crate::product_book::{ProductBook, insert};

/// What the journal of a cluster says, indexed. It never changes: more entries make another book.
#[derive(Clone, Debug, Default)]
pub struct Book {
    entries: Arc<Vec<(Order, JournalEntry)>>,
    products: BTreeMap<String, ProductBook>,
    closed: BTreeMap<(u32, Day), ClosedShardDay>,
    marks: BTreeMap<NodeId, NodeMark>,
    /// The last entry of each collector by its position, with its time of the order.
    nodes: BTreeMap<NodeId, (Position, i64)>,
    retired_nodes: BTreeSet<NodeId>,
    documents: BTreeMap<String, Vec<(Order, String)>>,
    retention_day: Option<Day>,
    ids_forgotten: Vec<(Order, Day)>,
    receipts_forgotten: Option<Day>,
    taken_out: Option<TakenOut>,
    latest: i64,
}

/// How far a collector is; see [`JournalEntry::Mark`].
#[derive(Clone, Copy, Debug)]
struct NodeMark {
    until: i64,
    settled: Option<i64>,
}

/// A day of the order that is closed on a shard: the entry with the greatest generation counts, and of those the one with the greatest
/// generation of sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedShardDay {
    /// Of its rows, sets, states and ids.
    pub generation: u64,
    /// Of its cells and notes.
    pub sums: u64,
    /// The earliest day of its events.
    pub first_day: Day,
    /// The removals that its sums already lack, of those that came after the day.
    pub without: BTreeSet<InstallationKey>,
}

/// What closed days hold nothing of any more; see [`JournalEntry::TakenOut`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakenOut {
    pub(crate) before: i64,
    pub(crate) days: Day,
    pub(crate) generation: u64,
}

impl TakenOut {
    /// Whether closed days hold nothing any more of what went at a place of the order.
    #[must_use]
    pub fn has(&self, place: Order) -> bool {
        place.at < self.before && place.day() <= self.days.saturating_add(1)
    }
}

impl Book {
    /// Indexes a journal. Entries may come in any order, and the same entry several times.
    #[must_use]
    pub fn new(entries: Arc<Vec<(Order, JournalEntry)>>) -> Self {
        let mut book = Self { latest: i64::MIN, ..Self::default() };
        let mut sorted: Vec<&(Order, JournalEntry)> = entries.iter().collect();
        // Stable: what is at one place stays in the order in which it was written.
        sorted.sort_by_key(|(order, _)| *order);
        let mut of_one_place: Vec<&JournalEntry> = Vec::new();
        let mut place = None;
        for (order, entry) in sorted {
            if place != Some(*order) {
                of_one_place.clear();
                place = Some(*order);
            }
            if of_one_place.contains(&entry) {
                continue;
            }
            of_one_place.push(entry);
            book.add(*order, entry);
        }
        book.entries = entries;
        book
    }

    /// Adds an entry that is not in the book yet, before it is in the journal.
    pub(crate) fn add(&mut self, order: Order, entry: &JournalEntry) {
        self.latest = self.latest.max(order.at);
        let last = self.nodes.entry(order.node).or_insert((order.position, order.at));
        *last = (order.position, order.at).max(*last);
        match entry {
            JournalEntry::Removal { product, installation, kind, received } => {
                self.of(product).remove(*installation, order, *kind, *received);
            }
            JournalEntry::Clearing { product } => insert(&mut self.of(product).clearings, order, |of| *of),
            JournalEntry::Named { product, field, version, admitted } => {
                self.of(product).name(field.as_deref(), *version, order, *admitted);
            }
            JournalEntry::Unnamed { product, version, is_erased } => {
                self.of(product).unname(*version, order, *is_erased);
            }
            JournalEntry::Line { product, line } => _ = self.of(product).lines.insert(*line),
            JournalEntry::ItemErased { product, name } => {
                let item = (order, Arc::from(name.as_str()));
                insert(&mut self.of(product).items, item, |(of, _)| *of);
            }
            JournalEntry::Retention { product, days } => self.of(product).retention = Some(*days),
            JournalEntry::RetentionDay(day) => self.retention_day = self.retention_day.max(Some(*day)),
            JournalEntry::Retired { product, before } => {
                insert(&mut self.of(product).retired, (order, *before), |(of, _)| *of);
            }
            JournalEntry::IdsForgotten(day) => insert(&mut self.ids_forgotten, (order, *day), |(of, _)| *of),
            JournalEntry::ReceiptsForgotten(day) => {
                self.receipts_forgotten = self.receipts_forgotten.max(Some(*day));
            }
            JournalEntry::Closed { shard, day, generation, sums, first_day, without } => {
                let closed = ClosedShardDay {
                    generation: *generation,
                    sums: *sums,
                    first_day: *first_day,
                    without: without.iter().copied().collect(),
                };
                let known = self.closed.entry((*shard, *day)).or_insert_with(|| closed.clone());
                if (known.generation, known.sums) < (closed.generation, closed.sums) {
                    *known = closed;
                }
            }
            JournalEntry::TakenOut { before, days, generation } => {
                let now = TakenOut { before: *before, days: *days, generation: *generation };
                let is_older = self.taken_out.is_some_and(|known| known.before > now.before);
                if !is_older {
                    self.taken_out = Some(now);
                }
            }
            JournalEntry::Mark { until, settled } => {
                let now = NodeMark { until: *until, settled: *settled };
                let mark = self.marks.entry(order.node).or_insert(now);
                mark.until = now.until.max(mark.until);
                mark.settled = now.settled.max(mark.settled);
            }
            JournalEntry::NodeRetired(node) => _ = self.retired_nodes.insert(*node),
            JournalEntry::Document { name, text } => {
                insert(self.documents.entry(name.clone()).or_default(), (order, text.clone()), |(of, _)| *of);
            }
        }
    }

    fn of(&mut self, product: &str) -> &mut ProductBook {
        if !self.products.contains_key(product) {
            self.products.insert(product.to_owned(), ProductBook::default());
        }
        self.products.entry(product.to_owned()).or_default()
    }

    /// The journal itself, in no order.
    #[must_use]
    pub fn entries(&self) -> &Arc<Vec<(Order, JournalEntry)>> {
        &self.entries
    }

    /// What it says of a product; none where it says nothing.
    #[must_use]
    pub fn product(&self, product: &str) -> Option<&ProductBook> {
        self.products.get(product)
    }

    /// The products that it names, in order.
    pub fn products(&self) -> impl Iterator<Item = (&str, &ProductBook)> {
        self.products.iter().map(|(name, book)| (name.as_str(), book))
    }

    /// What it says of a day of the order on a shard; none where that is not closed.
    #[must_use]
    pub fn closed(&self, shard: u32, day: Day) -> Option<&ClosedShardDay> {
        self.closed.get(&(shard, day))
    }

    /// The closed days of each shard, by shard and day.
    pub fn closed_days(&self) -> impl Iterator<Item = (u32, Day, &ClosedShardDay)> {
        self.closed.iter().map(|((shard, day), closed)| (*shard, *day, closed))
    }

    /// The last day of the order up to which every day is closed on each of so many shards. Days without a batch are never closed for
    /// themselves: they are with the day behind them.
    #[must_use]
    pub fn last_closed(&self, shards: u32) -> Option<Day> {
        let last = |shard| {
            let days = self.closed.range((shard, Day::MIN)..=(shard, Day::MAX));
            days.map(|((_, day), _)| *day).next_back()
        };
        (0..shards).map(last).min().flatten()
    }

    /// What is known to be taken out of closed days. Where one of them was closed anew since, nothing is.
    #[must_use]
    pub fn taken_out(&self) -> TakenOut {
        let known = self.taken_out.filter(|known| self.greatest_generation(known.days) <= known.generation);
        known.unwrap_or(TakenOut { before: i64::MIN, days: Day::MIN, generation: 0 })
    }

    /// The greatest generation of a closed day up to one.
    #[must_use]
    pub fn greatest_generation(&self, last: Day) -> u64 {
        let days = self.closed.iter().filter(|((_, day), _)| *day <= last);
        days.map(|(_, closed)| closed.generation).max().unwrap_or(0)
    }

    /// The time of the order from which on nothing is closed.
    #[must_use]
    pub fn open_from(&self, shards: u32) -> i64 {
        self.last_closed(shards).map_or(i64::MIN, |day| (i64::from(day) + 1) * SECONDS_A_DAY)
    }

    /// The time before which no collector sends anything more that stands in the order: the least mark of those that are not gone for
    /// good. None where there is none, or one has written entries and no mark.
    #[must_use]
    pub fn least_mark(&self) -> Option<i64> {
        let waited_for = self.nodes.keys().filter(|node| !self.retired_nodes.contains(node));
        waited_for.map(|node| self.mark_of(*node)).min().flatten()
    }

    /// The time before which a collector sends nothing more that stands in the order: its mark.
    #[must_use]
    pub fn mark_of(&self, node: NodeId) -> Option<i64> {
        self.marks.get(&node).map(|mark| mark.until)
    }

    /// The time before which all that a collector acknowledged is in the cluster for good; none where it has not said so.
    #[must_use]
    pub fn settled_until(&self, node: NodeId) -> Option<i64> {
        self.marks.get(&node).and_then(|mark| mark.settled)
    }

    /// The greatest mark of any collector.
    #[must_use]
    pub fn greatest_mark(&self) -> Option<i64> {
        self.marks.values().map(|mark| mark.until).max()
    }

    /// The collectors that are known.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.nodes.keys().copied()
    }

    /// The latest time of the order of what a collector wrote to the journal that is of no entry of its log before a position.
    #[must_use]
    pub fn noted_at(&self, node: NodeId, end: Position) -> Option<i64> {
        let (position, at) = self.nodes.get(&node)?;
        (*position >= end).then_some(*at)
    }

    /// Whether a collector is gone for good.
    #[must_use]
    pub fn is_retired(&self, node: NodeId) -> bool {
        self.retired_nodes.contains(&node)
    }

    /// The latest time of the order of any entry; the least number where there is none.
    #[must_use]
    pub fn latest(&self) -> i64 {
        self.latest
    }

    /// The text of a document: the first in the order stands.
    #[must_use]
    pub fn document(&self, name: &str) -> Option<&str> {
        self.documents.get(name)?.first().map(|(_, text)| text.as_str())
    }

    /// Every text that was ever written under each name, by name, those of one name in the order.
    pub fn documents(&self) -> impl Iterator<Item = (&str, &[(Order, String)])> {
        self.documents.iter().map(|(name, texts)| (name.as_str(), texts.as_slice()))
    }

    /// The day of the last round of retention.
    #[must_use]
    pub fn retention_day(&self) -> Option<Day> {
        self.retention_day
    }

    /// From when on in the order which ids and tombstones are forgotten: those of days of receipt before a day; in the order.
    #[must_use]
    pub fn ids_forgotten(&self) -> &[(Order, Day)] {
        &self.ids_forgotten
    }

    /// The day of receipt before which ids and tombstones are forgotten for what stands at a place of the order.
    #[must_use]
    pub fn ids_forgotten_at(&self, place: Order) -> Day {
        let before = self.ids_forgotten.iter().take_while(|(order, _)| *order <= place);
        before.map(|(_, day)| *day).max().unwrap_or(Day::MIN)
    }

    /// The day of receipt before which ids are not needed any more, on so many shards: forgotten on a day of the order behind which another
    /// is closed. None where all are needed.
    #[must_use]
    pub fn ids_to_delete(&self, shards: u32) -> Option<Day> {
        let last = self.last_closed(shards);
        let said = self.ids_forgotten.iter().filter(|(order, _)| Some(order.day()) < last);
        said.map(|(_, day)| *day).max()
    }

    /// The last day on which it was asked what to forget of what was received.
    #[must_use]
    pub fn receipts_forgotten(&self) -> Option<Day> {
        self.receipts_forgotten
    }
}

impl Order {
    /// The place behind everything on a day of the order.
    #[must_use]
    pub fn end_of(day: Day) -> Self {
        let at = (i64::from(day) + 1) * SECONDS_A_DAY - 1;
        Self { at, node: NodeId(u64::MAX), position: Position(u64::MAX) }
    }

    /// The place before everything.
    pub const FIRST: Self = Self { at: i64::MIN, node: NodeId(0), position: Position(0) };
}
