//! Inserting what one installation sent, and replaying it.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use aboveboard_store::calendar::{Day, day_of};
use aboveboard_store::facts::BatchKey;

use super::left::left_of;
use super::run::{Taken, repeat};
use crate::batch::Batch;
use crate::closed::SeenBatch;
use crate::journal::RemovalKind;
use crate::order::Order;
use crate::outcome::Outcome;
use crate::state::InstallationState;
use crate::terms::Terms;

/// What one installation sent on the days that are not closed, in the order, with what becomes of it.
#[derive(Clone, Debug)]
pub struct Installation {
    /// What was known of it at the end of the last closed day.
    base: InstallationState,
    closed: Option<Day>,
    /// What closed days know of the keys of its batches.
    seen_before: HashMap<BatchKey, SeenBatch>,
    batches: BTreeMap<Order, Arc<Batch>>,
    removals: BTreeMap<Order, (RemovalKind, Day)>,
    outcomes: BTreeMap<Order, Arc<Outcome>>,
    /// As far as it was replayed.
    now: Replay,
    terms: Arc<Terms>,
    is_stale: bool,
}

/// That a batch adds something else than before.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// The batch.
    pub batch: Arc<Batch>,
    /// What it added before; none where it is new.
    pub before: Option<Arc<Outcome>>,
    /// What it adds now.
    pub now: Arc<Outcome>,
}

/// How far a replay has come.
#[derive(Clone, Debug, Default)]
struct Replay {
    state: InstallationState,
    /// The first batch of each key, as long as its id is not forgotten.
    seen: HashMap<BatchKey, SeenBatch>,
    /// Up to where all is in the state; none where nothing is.
    upto: Option<Order>,
}

/// What changes the state of an installation.
#[derive(Clone, Debug)]
enum Step {
    Batch(Arc<Batch>),
    Removal(RemovalKind, Day),
    Retired(Day),
    IdsForgotten(Day),
    ItemErased(Arc<str>),
}

impl SeenBatch {
    /// Whether its id is not forgotten at a later place of the order.
    fn is_known_at(&self, place: Order, terms: &Terms) -> bool {
        !terms.is_forgotten(self.received, self.order, place)
    }

    /// Whether it had these events. 32 bits of the hash say so: there may be no more of a batch that the embedded store took in, and one
    /// conflict in four thousand million passes for a retry.
    fn has_events(&self, events_hash: i64) -> bool {
        self.events_hash as i32 == events_hash as i32
    }
}

impl Replay {
    fn batch(&mut self, batch: &Batch, terms: &Terms) -> Taken {
        if let Some(first) = self.seen.get(&batch.key)
            && first.is_known_at(batch.order, terms)
        {
            return repeat(first.has_events(batch.events_hash));
        }
        let Batch { key, events_hash, order, received_at, .. } = *batch;
        self.seen.insert(key, SeenBatch { key, events_hash, received: day_of(received_at), order });
        self.state.take_in(batch, terms)
    }
}

impl Installation {
    /// One of which this is known at the end of the last closed day, and of whose batches closed days have seen these.
    #[must_use]
    pub fn new(base: InstallationState, closed: Option<Day>, seen: Vec<SeenBatch>) -> Self {
        Self {
            base,
            closed,
            seen_before: seen.into_iter().map(|seen| (seen.key, seen)).collect(),
            batches: BTreeMap::new(),
            removals: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            now: Replay::default(),
            terms: Arc::default(),
            is_stale: true,
        }
    }

    /// Adds what closed days have seen of the key of a batch that is inserted next.
    pub fn insert_seen(&mut self, seen: SeenBatch) {
        self.seen_before.insert(seen.key, seen);
        self.is_stale = true;
    }

    /// Inserts a batch. Of two at one place of the order the first stays: they are the same.
    pub fn insert_batch(&mut self, batch: Arc<Batch>) {
        let order = batch.order;
        if self.is_closed(order) || self.batches.contains_key(&order) {
            return;
        }
        // A removal at its very place comes before it.
        self.is_stale |= self.now.upto.is_some_and(|upto| order <= upto);
        self.batches.insert(order, batch);
    }

    /// Inserts that what it sent before goes, for what was asked for on a day of receipt.
    pub fn insert_removal(&mut self, order: Order, kind: RemovalKind, received: Day) {
        if self.is_closed(order) || self.removals.insert(order, (kind, received)) == Some((kind, received)) {
            return;
        }
        self.is_stale = true;
    }

    /// What stands in the order on a closed day is in the base.
    fn is_closed(&self, order: Order) -> bool {
        self.closed.is_some_and(|closed| order.day() <= closed)
    }

    /// Finds out what becomes of each batch under these terms. Where what is new stands behind all that was there, nothing before it
    /// is looked at again. Returns the batches that add something else than before, in the order.
    pub fn replay(&mut self, terms: &Arc<Terms>) -> Vec<Replayed> {
        if !Arc::ptr_eq(&self.terms, terms) {
            self.is_stale |= self.terms != *terms;
            self.terms = Arc::clone(terms);
        }
        if self.is_stale {
            self.now = Replay { state: self.base.clone(), seen: self.seen_before.clone(), upto: None };
            self.is_stale = false;
        }
        let from = self.now.upto;
        let mut taken = Vec::new();
        for (order, step) in self.steps_behind(from) {
            let state = &mut self.now.state;
            match step {
                Step::Batch(batch) => {
                    let what = self.now.batch(&batch, terms);
                    taken.push((batch, what));
                }
                Step::Removal(kind, received) => state.remove(order, kind, received),
                // What retention has passed over once stays so.
                Step::Retired(before) if before > terms.kept_from_at(order) => state.retire(before),
                Step::Retired(_) => {}
                Step::IdsForgotten(before) => state.forget_erased(before),
                Step::ItemErased(name) => state.erase_item(&name),
            }
            self.now.upto = Some(order);
        }
        let mut changed = Vec::new();
        for (batch, what) in taken {
            let behind = (Bound::Excluded(batch.order), Bound::Unbounded);
            let removal = self.removals.range(behind).next();
            let removal = removal.map(|(order, (kind, _))| (*order, *kind));
            let now = Arc::new(left_of(&batch, what, removal, terms));
            let before = self.outcomes.get(&batch.order).cloned();
            if before.as_ref() != Some(&now) {
                self.outcomes.insert(batch.order, Arc::clone(&now));
                changed.push(Replayed { batch, before, now });
            }
        }
        changed
    }

    /// What stands in the order behind a place, and on no closed day.
    fn steps_behind(&self, from: Option<Order>) -> Vec<(Order, Step)> {
        let behind = (from.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let removals = self.removals.range(behind);
        let mut steps: Vec<_> =
            removals.map(|(order, (kind, received))| (*order, Step::Removal(*kind, *received))).collect();
        let batches = self.batches.range(behind);
        steps.extend(batches.map(|(order, batch)| (*order, Step::Batch(Arc::clone(batch)))));
        let is_new = |order: Order| !self.is_closed(order) && from.is_none_or(|from| order > from);
        let terms = &self.terms;
        let retired = terms.retired.iter().map(|(order, before)| (*order, Step::Retired(*before)));
        let ids = terms.ids_forgotten.iter().map(|(order, before)| (*order, Step::IdsForgotten(*before)));
        let items = terms.items_erased.iter();
        let items = items.map(|(order, name)| (*order, Step::ItemErased(Arc::clone(name))));
        steps.extend(retired.chain(ids).chain(items).filter(|(order, _)| is_new(*order)));
        // Stable: of one place, a removal comes first. It says then that what is sent there comes from somebody who was erased.
        steps.sort_by_key(|(order, _)| *order);
        steps
    }

    /// Its batches in the order, each with what it adds, as of the last replay.
    pub fn outcomes(&self) -> impl Iterator<Item = (&Arc<Batch>, &Arc<Outcome>)> {
        self.outcomes.iter().filter_map(|(order, outcome)| Some((self.batches.get(order)?, outcome)))
    }

    /// What is known of it behind all of that, as of the last replay.
    #[must_use]
    pub fn state(&self) -> &InstallationState {
        if self.now.upto.is_none() { &self.base } else { &self.now.state }
    }

    /// Whether a batch with a key came before a place of the order that lies behind all that was replayed.
    #[must_use]
    pub fn has_seen(&self, key: &BatchKey, place: Order, terms: &Terms) -> bool {
        let first = self.now.seen.get(key).or_else(|| self.seen_before.get(key));
        first.is_some_and(|first| first.is_known_at(place, terms))
    }

    /// The same installation with nothing that stands in the order behind a day. It is not replayed yet.
    #[must_use]
    pub fn until(&self, day: Day) -> Self {
        let mut until = Self::new(self.base.clone(), self.closed, Vec::new());
        until.seen_before.clone_from(&self.seen_before);
        let batches = self.batches.iter().filter(|(order, _)| order.day() <= day);
        until.batches = batches.map(|(order, batch)| (*order, Arc::clone(batch))).collect();
        let removals = self.removals.iter().filter(|(order, _)| order.day() <= day);
        until.removals = removals.map(|(order, removal)| (*order, *removal)).collect();
        until
    }
}
