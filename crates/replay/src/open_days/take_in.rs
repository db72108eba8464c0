//! Taking in batches and what the journal says.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use aboveboard_store::entry::Position;
use aboveboard_store::facts::BatchKey;
use aboveboard_store::read::{InstallationKey, ReadResult};

use super::days::{OpenDays, OpenProduct};
use super::installation::OpenInstallation;
use super::resolved;
use crate::batch::Batch;
use crate::book::Book;
use crate::closed::{ClosedDays, SeenBatch};
use crate::encode;
use crate::installation::Replayed;
use crate::order::{NodeId, Order};
use crate::outcome::Outcome;
use crate::product_book::ProductBook;
use crate::rollup::{BatchContexts, Rollup};
use crate::state::InstallationState;
use crate::terms::Terms;

/// Most installations or batches of which closed days are asked at once.
const MAX_ASKED: usize = 10_000;

/// A batch with what it adds.
pub(crate) type Added = (Arc<Batch>, Arc<Outcome>);

/// An installation of a product.
type Sender = (Arc<str>, InstallationKey);

/// Batches that are new, and those that they take the place of.
#[derive(Default)]
struct NewBatches {
    by_sender: BTreeMap<Sender, Vec<Arc<Batch>>>,
    /// The places of those whose copy stays instead.
    replaced: HashSet<(NodeId, Position)>,
    /// Who sent them.
    to_load: HashSet<Sender>,
}

/// What closed days know of those who sent what is new.
#[derive(Default)]
struct Known {
    states: HashMap<Sender, (aboveboard_store::calendar::Day, InstallationState)>,
    seen: HashMap<BatchKey, SeenBatch>,
}

impl OpenDays {
    /// Takes in batches, and what the journal says. Of two copies of one batch one counts; batches of closed days are passed over. Returns
    /// those that are new, each with what it adds. Where it fails, no batch was taken in.
    ///
    /// # Errors
    /// Where the closed days cannot be read.
    pub fn take_in(
        &mut self,
        batches: impl IntoIterator<Item = Batch>,
        book: &Arc<Book>,
        closed: &dyn ClosedDays,
    ) -> ReadResult<Vec<(Arc<Batch>, Arc<Outcome>)>> {
        self.hear(book);
        let new = self.new_batches(batches);
        if new.by_sender.is_empty() && new.to_load.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.known(&new, closed)?;
        Ok(self.insert(new, known))
    }

    /// Takes in what the journal says.
    pub fn hear(&mut self, book: &Arc<Book>) {
        if Arc::ptr_eq(&self.book, book) {
            return;
        }
        self.book = Arc::clone(book);
        for (name, product) in &mut self.products {
            product.hear(name, book, &mut self.rollup);
        }
    }

    /// Those that are not known, and those that are known in another copy that does not count.
    fn new_batches(&mut self, batches: impl IntoIterator<Item = Batch>) -> NewBatches {
        let mut places: HashMap<(NodeId, Position), Arc<Batch>> = HashMap::new();
        for mut batch in batches {
            if self.closed.is_some_and(|closed| batch.order.day() <= closed) {
                continue;
            }
            let place = place_of(batch.order);
            let copy = places.get(&place).or_else(|| self.places.get(batch.order));
            if copy.is_none_or(|copy| counts_before(&batch, copy)) {
                self.texts.share(&mut batch);
                places.insert(place, Arc::new(batch));
            }
        }
        let mut new = NewBatches::default();
        for (place, batch) in places {
            let sender = (Arc::clone(&batch.product), batch.installation);
            if let Some(copy) = self.places.get(batch.order) {
                new.replaced.insert(place);
                new.to_load.insert((Arc::clone(&copy.product), copy.installation));
            }
            if self.installation_of(&sender).is_none() {
                new.to_load.insert(sender.clone());
            }
            new.by_sender.entry(sender).or_default().push(batch);
        }
        new
    }

    fn installation_of(&self, (product, key): &Sender) -> Option<&OpenInstallation> {
        self.products.get(product)?.installations.get(key).map(|known| &**known)
    }

    /// Asks closed days for all of them in one go.
    fn known(&self, new: &NewBatches, closed: &dyn ClosedDays) -> ReadResult<Known> {
        let mut known = Known::default();
        if self.closed.is_none() {
            return Ok(known);
        }
        let mut by_product: BTreeMap<&Arc<str>, Vec<InstallationKey>> = BTreeMap::new();
        for (product, key) in &new.to_load {
            by_product.entry(product).or_default().push(*key);
        }
        for (product, keys) in by_product {
            for asked in keys.chunks(MAX_ASKED) {
                for (key, day, state) in closed.states(product, asked)? {
                    known.states.insert((Arc::clone(product), key), (day, state));
                }
            }
        }
        let of_loaded = new.to_load.iter().filter_map(|sender| self.installation_of(sender));
        let of_loaded = of_loaded.flat_map(OpenInstallation::batches);
        let batches = new.by_sender.values().flatten().chain(of_loaded);
        let keys: Vec<BatchKey> = batches.map(|batch| batch.key).collect();
        for asked in keys.chunks(MAX_ASKED) {
            known.seen.extend(closed.seen(asked)?.into_iter().map(|seen| (seen.key, seen)));
        }
        Ok(known)
    }

    fn insert(&mut self, mut new: NewBatches, mut known: Known) -> Vec<Added> {
        let is_new: HashSet<Order> = new.by_sender.values().flatten().map(|batch| batch.order).collect();
        for batch in new.by_sender.values().flatten() {
            self.places.insert(Arc::clone(batch));
            let end = self.ends.entry(batch.order.node).or_insert(batch.order.position);
            *end = batch.order.position.max(*end);
            self.latest = self.latest.max(Some(batch.order.at));
        }
        for sender in &new.to_load {
            let batches = new.by_sender.entry(sender.clone()).or_default();
            let of = self.book.product(&sender.0);
            let product = product_of(&mut self.products, &self.book, &sender.0);
            if let Some(before) = product.installations.remove(&sender.1) {
                for (batch, outcome) in before.replayed.outcomes() {
                    change(&mut self.rollup, of, batch, outcome, false);
                }
                let stay = before.batches().filter(|batch| !new.replaced.contains(&place_of(batch.order)));
                batches.extend(stay.cloned());
            }
            let seen = batches.iter().filter_map(|batch| known.seen.get(&batch.key).copied()).collect();
            let mut installation = OpenInstallation::new(known.states.remove(sender), seen);
            installation.hear(of.map_or(&[], |of| of.removals(sender.1)));
            product.installations.insert(sender.1, Arc::new(installation));
        }
        let mut added = Vec::new();
        for ((name, key), batches) in new.by_sender {
            let of = self.book.product(&name);
            let Some(product) = self.products.get_mut(&name) else { continue };
            let terms = Arc::clone(&product.terms);
            let Some(installation) = product.installations.get_mut(&key) else { continue };
            let installation = Arc::make_mut(installation);
            for batch in batches {
                if let Some(seen) = known.seen.get(&batch.key)
                    && !new.to_load.contains(&(Arc::clone(&name), key))
                {
                    installation.replayed.insert_seen(*seen);
                }
                installation.replayed.insert_batch(batch);
            }
            let replayed = installation.replayed.replay(&terms);
            apply(&mut self.rollup, of, &replayed);
            let added_here = replayed.into_iter().filter(|it| is_new.contains(&it.batch.order));
            added.extend(added_here.filter(|it| it.before.is_none()).map(|it| (it.batch, it.now)));
            if installation.batches().next().is_none() {
                product.installations.remove(&key);
            }
        }
        added
    }
}

impl OpenProduct {
    /// Takes in what the journal says of it.
    fn hear(&mut self, name: &Arc<str>, book: &Book, rollup: &mut Rollup) {
        let of = book.product(name);
        let renamings = of.map_or(0, |of| of.renamings_behind(Order::FIRST));
        let terms = Terms::of(book, name);
        let has_new_terms = terms != *self.terms;
        if has_new_terms {
            self.terms = Arc::new(terms);
        }
        let mut removed = HashSet::new();
        for (key, removals) in of.into_iter().flat_map(ProductBook::all_removals) {
            if let Some(installation) = self.installations.get_mut(&key)
                && installation.is_new_to(removals)
            {
                Arc::make_mut(installation).hear(removals);
                removed.insert(key);
            }
        }
        let has_new_names = renamings != self.renamings;
        self.renamings = renamings;
        if has_new_names {
            rollup.forget(name);
            for installation in self.installations.values_mut() {
                let installation = Arc::make_mut(installation);
                installation.replayed.replay(&self.terms);
                for (batch, outcome) in installation.replayed.outcomes() {
                    change(rollup, of, batch, outcome, true);
                }
            }
        } else if has_new_terms {
            for installation in self.installations.values_mut() {
                apply(rollup, of, &Arc::make_mut(installation).replayed.replay(&self.terms));
            }
        } else {
            for key in removed {
                if let Some(installation) = self.installations.get_mut(&key) {
                    apply(rollup, of, &Arc::make_mut(installation).replayed.replay(&self.terms));
                }
            }
        }
    }
}

/// The open days of a product, made now if there are none.
fn product_of<'p>(
    products: &'p mut HashMap<Arc<str>, OpenProduct>,
    book: &Book,
    name: &Arc<str>,
) -> &'p mut OpenProduct {
    products.entry(Arc::clone(name)).or_insert_with(|| OpenProduct {
        terms: Arc::new(Terms::of(book, name)),
        renamings: book.product(name).map_or(0, |of| of.renamings_behind(Order::FIRST)),
        installations: BTreeMap::new(),
    })
}

fn place_of(order: Order) -> (NodeId, Position) {
    (order.node, order.position)
}

/// Whether a copy of a batch counts instead of another: of two that are not the same, which there should not be, every collector must
/// take the same one.
fn counts_before(batch: &Batch, other: &Batch) -> bool {
    batch != other && encode::batch(batch) < encode::batch(other)
}

/// Puts what batches add now in the place of what they added before.
fn apply(rollup: &mut Rollup, of: Option<&ProductBook>, replayed: &[Replayed]) {
    for Replayed { batch, before, now } in replayed {
        if let Some(before) = before {
            change(rollup, of, batch, before, false);
        }
        change(rollup, of, batch, now, true);
    }
}

/// Adds what a batch adds, or takes it out.
pub(super) fn change(
    rollup: &mut Rollup,
    of: Option<&ProductBook>,
    batch: &Batch,
    outcome: &Outcome,
    is_added: bool,
) {
    let counted = resolved::context(&batch.context, batch.order, of);
    let noted = resolved::noted(&batch.context, batch.order, of);
    let contexts = BatchContexts { counted: &counted, noted: &noted };
    let outcome = resolved::outcome(batch, outcome, of);
    if is_added {
        rollup.add(batch, contexts, &outcome);
    } else {
        rollup.take(batch, contexts, &outcome);
    }
}
