//! What is known of the open days.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aboveboard_store::calendar::Day;
use aboveboard_store::entry::Position;
use aboveboard_store::facts::BatchKey;
use aboveboard_store::read::InstallationKey;
use aboveboard_types::value::Version;

use super::installation::OpenInstallation;
use super::resolved;
use super::shared_texts::SharedTexts;
use crate::batch::{Batch, SentContext, SentEvent};
use crate::book::Book;
use crate::order::{NodeId, Order};
use crate::outcome::Outcome;
use crate::rollup::Rollup;
use crate::state::{InstallationState, LatestReport};
use crate::terms::Terms;

/// The days of the order that are not closed. A copy is cheap: it shares what does not change.
#[derive(Clone, Debug, Default)]
pub struct OpenDays {
    /// The last closed day.
    pub(super) closed: Option<Day>,
    pub(super) book: Arc<Book>,
    pub(super) products: HashMap<Arc<str>, OpenProduct>,
    pub(super) rollup: Rollup,
    /// The batch of each place.
    pub(super) places: Places,
    pub(super) texts: SharedTexts,
    pub(super) ends: HashMap<NodeId, Position>,
    pub(super) latest: Option<i64>,
}

/// The open days of one product.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenProduct {
    pub(super) terms: Arc<Terms>,
    /// How often an operator named or erased a version.
    pub(super) renamings: usize,
    pub(super) installations: BTreeMap<InstallationKey, Arc<OpenInstallation>>,
}

/// Batches by their places, in parts of which copies share those that did not change.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    parts: HashMap<(NodeId, u64), Arc<Part>>,
    /// How many there are of each day of the order.
    days: BTreeMap<Day, u64>,
}

type Part = HashMap<Position, Arc<Batch>>;

/// How many bytes of a log make one part: some thousands of batches.
const PART_SIZE: u64 = 4 << 20;

impl Places {
    pub(super) fn get(&self, order: Order) -> Option<&Arc<Batch>> {
        self.parts.get(&(order.node, order.position.0 / PART_SIZE))?.get(&order.position)
    }

    pub(super) fn insert(&mut self, batch: Arc<Batch>) {
        let Order { node, position, .. } = batch.order;
        *self.days.entry(batch.order.day()).or_default() += 1;
        let part = self.parts.entry((node, position.0 / PART_SIZE)).or_default();
        if let Some(copy) = Arc::make_mut(part).insert(position, batch) {
            let of_day = self.days.entry(copy.order.day()).or_default();
            *of_day = of_day.saturating_sub(1);
        }
    }
}

/// What counts of a batch and a day that are not closed.
#[derive(Clone, Debug)]
pub(crate) struct OpenRow {
    /// Day of its events.
    pub(crate) day: Day,
    /// What recorded it, as it is counted.
    pub(crate) context: Arc<SentContext>,
    /// The version that was sent.
    pub(crate) sent_version: Version,
    /// Its events.
    pub(crate) events: Vec<SentEvent>,
}

impl OpenDays {
    /// Those behind the last closed day, with nothing in them.
    #[must_use]
    pub fn new(closed: Option<Day>) -> Self {
        Self { closed, ..Self::default() }
    }

    /// The closed day behind which they begin; none where no day is closed.
    #[must_use]
    pub fn closed(&self) -> Option<Day> {
        self.closed
    }

    /// The last batch of a collector that is in them; none where none is.
    #[must_use]
    pub fn position_of(&self, node: NodeId) -> Option<Position> {
        self.ends.get(&node).copied()
    }

    /// The days of the order that have batches, ascending.
    #[must_use]
    pub fn days(&self) -> Vec<Day> {
        let there = self.places.days.iter().filter(|(_, batches)| **batches > 0);
        there.map(|(day, _)| *day).collect()
    }

    /// How many batches are in them.
    #[must_use]
    pub fn batches(&self) -> u64 {
        self.places.days.values().sum()
    }

    /// The latest time of the order of a batch; none where there is no batch.
    #[must_use]
    pub fn latest_at(&self) -> Option<i64> {
        self.latest
    }

    /// Whether an installation sent a batch with this key before a place of the order that lies behind all that is known, and its id is not
    /// forgotten there.
    #[must_use]
    pub fn has_seen(
        &self,
        product: &str,
        installation: InstallationKey,
        key: BatchKey,
        place: Order,
    ) -> bool {
        let known =
            self.products.get(product).and_then(|of| Some((of, of.installations.get(&installation)?)));
        known.is_some_and(|(of, known)| known.replayed.has_seen(&key, place, &of.terms))
    }

    /// What they come to.
    #[must_use]
    pub fn rollup(&self) -> &Rollup {
        &self.rollup
    }

    /// Whether an installation sent something.
    #[must_use]
    pub fn knows(&self, product: &str, installation: InstallationKey) -> bool {
        self.installation(product, installation).is_some()
    }

    /// What is known of an installation that sent something.
    #[must_use]
    pub fn state(&self, product: &str, installation: InstallationKey) -> Option<&InstallationState> {
        self.installation(product, installation).map(|known| known.replayed.state())
    }

    /// What is known of each installation that sent something, by key.
    pub fn states(&self, product: &str) -> impl Iterator<Item = (InstallationKey, &InstallationState)> {
        self.states_from(product, InstallationKey(0))
    }

    /// The same from a key on.
    pub fn states_from(
        &self,
        product: &str,
        from: InstallationKey,
    ) -> impl Iterator<Item = (InstallationKey, &InstallationState)> {
        let product = self.products.get(product).into_iter();
        let all = product.flat_map(move |product| product.installations.range(from..));
        all.map(|(key, installation)| (*key, installation.replayed.state()))
    }

    /// The batches of an installation in the order, each with what it adds.
    pub fn outcomes(
        &self,
        product: &str,
        installation: InstallationKey,
    ) -> impl Iterator<Item = (&Arc<Batch>, &Arc<Outcome>)> {
        self.installation(product, installation).into_iter().flat_map(|known| known.replayed.outcomes())
    }

    /// The last report of each installation that has one and sent something, with what its context is counted as.
    pub(crate) fn latest(
        &self,
        product: &str,
    ) -> impl Iterator<Item = (InstallationKey, Arc<SentContext>, &LatestReport)> {
        let book = self.book.product(product);
        let all = self.products.get(product).into_iter().flat_map(|product| &product.installations);
        all.filter_map(move |(key, installation)| {
            installation.latest(book).map(|(context, latest)| (*key, context, latest))
        })
    }

    /// The rows of an installation, in the order.
    pub(crate) fn rows_of(
        &self,
        product: &str,
        installation: InstallationKey,
    ) -> impl Iterator<Item = OpenRow> {
        let book = self.book.product(product);
        self.outcomes(product, installation).flat_map(move |(batch, outcome)| {
            let context = resolved::context(&batch.context, batch.order, book);
            let sent_version = resolved::sent_version(batch, book);
            let rows = outcome.rows.iter().filter(|row| !row.is_retired);
            rows.map(move |row| {
                let context = Arc::clone(&context);
                OpenRow { day: row.day, context, sent_version, events: row.events.clone() }
            })
        })
    }

    fn installation(&self, product: &str, installation: InstallationKey) -> Option<&OpenInstallation> {
        self.products.get(product)?.installations.get(&installation).map(|known| &**known)
    }
}
