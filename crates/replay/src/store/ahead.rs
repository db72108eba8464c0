//! Closed days of which is asked ahead what some batches need, so that the database is not asked for each.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use aboveboard_store::axis::Axis;
use aboveboard_store::calendar::Day;
use aboveboard_store::facts::{BatchKey, EntryFacts};
use aboveboard_store::read::{Days, InstallationKey, ReadResult};

use crate::admission::Sender;
use crate::batch::SentContext;
use crate::book::Book;
use crate::closed::{
    CellKey, ClosedDays, ClosedRow, EachPart, EachRow, Periods, SeenBatch, SetAxis, TallyKey,
};
use crate::journal::RemovalKind;
use crate::key::ClusterKey;
use crate::numbers::ProductNumbers;
use crate::open_days::OpenDays;
use crate::order::Order;
use crate::state::{InstallationState, LatestReport};

/// What closed days know of the senders and the keys of some batches.
#[derive(Default)]
pub(super) struct Ahead {
    asked: HashSet<(Arc<str>, InstallationKey)>,
    states: HashMap<(Arc<str>, InstallationKey), (Day, InstallationState)>,
    seen: HashMap<BatchKey, SeenBatch>,
}

impl Ahead {
    /// Asks for what these entries need.
    pub(super) fn of<'f>(
        facts: impl Iterator<Item = &'f EntryFacts<'f>>,
        key: &ClusterKey,
        open: &OpenDays,
        closed: &dyn ClosedDays,
    ) -> ReadResult<Self> {
        let mut ahead = Self::default();
        if closed.last().is_none() {
            return Ok(ahead);
        }
        let mut by_product: BTreeMap<Arc<str>, Vec<InstallationKey>> = BTreeMap::new();
        let mut keys: Vec<BatchKey> = Vec::new();
        for fact in facts {
            let EntryFacts::Batch(facts) = fact else { continue };
            keys.push(facts.key);
            let installation = key.of_installation(&facts.product, facts.installation);
            if open.knows(&facts.product, installation) {
                continue;
            }
            let product: Arc<str> = Arc::from(&*facts.product);
            if ahead.asked.insert((Arc::clone(&product), installation)) {
                by_product.entry(product).or_default().push(installation);
            }
        }
        for (product, installations) in by_product {
            for (installation, day, state) in closed.states(&product, &installations)? {
                ahead.states.insert((Arc::clone(&product), installation), (day, state));
            }
        }
        ahead.seen = closed.seen(&keys)?.into_iter().map(|seen| (seen.key, seen)).collect();
        Ok(ahead)
    }

    /// What is known of the sender of a batch at a place of the order.
    pub(super) fn sender(
        &self,
        product: &str,
        installation: InstallationKey,
        key: BatchKey,
        place: Order,
        open: &OpenDays,
        book: &Book,
    ) -> Sender {
        let of = book.product(product);
        // What stands behind its own forgetting is there: a batch or an erasure may have waited for long.
        let is_there = |received: Day, from: Order| {
            let mut forgotten = book.ids_forgotten().iter();
            !forgotten.any(|(order, before)| *order > from && *order <= place && received < *before)
        };
        let received = if open.knows(product, installation) {
            open.state(product, installation).and_then(|state| state.received)
        } else {
            let known = self.states.get(&(Arc::from(product), installation));
            let there = known.filter(|(day, _)| {
                of.is_none_or(|of| of.removal_behind(installation, Order::end_of(*day)).is_none())
            });
            there.and_then(|(_, state)| state.received)
        };
        let mut removals = of.into_iter().flat_map(|of| of.removals(installation));
        let is_erased = removals.any(|removal| {
            removal.kind == RemovalKind::Erasure
                && removal.order <= place
                && is_there(removal.received, removal.order)
        });
        let is_seen = |seen: &SeenBatch| is_there(seen.received, seen.order);
        let is_known_batch =
            self.seen.get(&key).is_some_and(is_seen) || open.has_seen(product, installation, key, place);
        Sender { received, is_known_batch, is_erased }
    }

    /// What closed days know, with that for which they need not be asked.
    pub(super) fn over<'c>(&'c self, closed: &'c dyn ClosedDays) -> AheadOf<'c> {
        AheadOf { ahead: self, closed }
    }
}

/// Closed days of which some is known ahead.
pub(super) struct AheadOf<'c> {
    ahead: &'c Ahead,
    closed: &'c dyn ClosedDays,
}

impl ClosedDays for AheadOf<'_> {
    fn seen(&self, keys: &[BatchKey]) -> ReadResult<Vec<SeenBatch>> {
        Ok(keys.iter().filter_map(|key| self.ahead.seen.get(key).copied()).collect())
    }

    fn states(
        &self,
        product: &str,
        installations: &[InstallationKey],
    ) -> ReadResult<Vec<(InstallationKey, Day, InstallationState)>> {
        let name: Arc<str> = Arc::from(product);
        let mut known = Vec::new();
        let mut others = Vec::new();
        for installation in installations {
            let asked = (Arc::clone(&name), *installation);
            match self.ahead.states.get(&asked) {
                Some((day, state)) => known.push((*installation, *day, state.clone())),
                None if self.ahead.asked.contains(&asked) => {}
                None => others.push(*installation),
            }
        }
        if !others.is_empty() {
            known.extend(self.closed.states(product, &others)?);
        }
        Ok(known)
    }

    fn last(&self) -> Option<Day> {
        self.closed.last()
    }

    fn products(&self) -> ReadResult<Vec<String>> {
        self.closed.products()
    }

    fn contexts(&self, product: &str) -> ReadResult<Vec<Arc<SentContext>>> {
        self.closed.contexts(product)
    }

    fn cells(
        &self,
        product: &str,
        axis: Axis,
        days: Days,
        each: &mut dyn FnMut(&CellKey, Day, i64),
    ) -> ReadResult<()> {
        self.closed.cells(product, axis, days, each)
    }

    fn totals(&self, product: &str) -> ReadResult<Vec<(Arc<SentContext>, Day, i64)>> {
        self.closed.totals(product)
    }

    fn numbers(&self, product: &str) -> Arc<ProductNumbers> {
        self.closed.numbers(product)
    }

    fn members(
        &self,
        product: &str,
        axis: SetAxis,
        name: Option<&str>,
        periods: Periods,
        each: EachPart<'_>,
    ) -> ReadResult<()> {
        self.closed.members(product, axis, name, periods, each)
    }

    fn tallies(
        &self,
        product: &str,
        periods: Periods,
        each: &mut dyn FnMut(&TallyKey, Day, i64),
    ) -> ReadResult<()> {
        self.closed.tallies(product, periods, each)
    }

    fn retired(&self, product: &str, days: Days) -> ReadResult<Vec<(Day, Arc<SentContext>, u64)>> {
        self.closed.retired(product, days)
    }

    fn latest(
        &self,
        product: &str,
        each: &mut dyn FnMut(InstallationKey, Day, &LatestReport),
    ) -> ReadResult<()> {
        self.closed.latest(product, each)
    }

    fn known(
        &self,
        product: &str,
        from: InstallationKey,
        each: &mut dyn FnMut(InstallationKey, Day, InstallationState),
    ) -> ReadResult<Option<InstallationKey>> {
        self.closed.known(product, from, each)
    }

    fn row_days(&self, product: &str, days: Days) -> ReadResult<Vec<Day>> {
        self.closed.row_days(product, days)
    }

    fn rows(&self, product: &str, day: Day, each: EachRow<'_>) -> ReadResult<()> {
        self.closed.rows(product, day, each)
    }

    fn rows_of(
        &self,
        product: &str,
        installations: &[InstallationKey],
        days: Days,
        each: EachRow<'_>,
    ) -> ReadResult<()> {
        self.closed.rows_of(product, installations, days, each)
    }

    fn sums_of_day(&self, shard: u32, day: Day, each: &mut dyn FnMut(&str, &CellKey, i64)) -> ReadResult<()> {
        self.closed.sums_of_day(shard, day, each)
    }

    fn rows_of_day(
        &self,
        shard: u32,
        day: Day,
        each: &mut dyn FnMut(&str, ClosedRow) -> ControlFlow<()>,
    ) -> ReadResult<()> {
        self.closed.rows_of_day(shard, day, each)
    }

    fn lacking(&self, day: Day, installation: InstallationKey) -> bool {
        self.closed.lacking(day, installation)
    }
}
