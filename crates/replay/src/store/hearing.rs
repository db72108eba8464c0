//! What admission hears of the journal: each entry once.

use std::collections::HashMap;
use std::sync::Arc;

use aboveboard_store::StoreError;

use super::moment::Moment;
use crate::admission::Admission;
use crate::backend::Backend;
use crate::journal::JournalEntry;
use crate::key::ClusterKey;
use crate::order::Order;

/// Admission, and what it heard.
#[derive(Debug)]
pub(super) struct Hearing {
    pub(super) admission: Admission,
    /// How many entries were heard of each place.
    heard: HashMap<Order, usize>,
    /// The journal of which all was heard.
    journal: Option<Arc<Vec<(Order, JournalEntry)>>>,
}

impl Hearing {
    /// Before anything is heard.
    pub(super) fn new(key: ClusterKey) -> Self {
        Self { admission: Admission::new(key), heard: HashMap::new(), journal: None }
    }

    /// Hears what the journal says since the last time, and at first what there is of contexts and weights.
    pub(super) fn listen(&mut self, backend: &impl Backend, moment: &Moment) -> Result<(), StoreError> {
        let journal = moment.book.entries();
        if self.journal.as_ref().is_some_and(|heard| Arc::ptr_eq(heard, journal)) {
            return Ok(());
        }
        let mut places: HashMap<Order, Vec<&JournalEntry>> = HashMap::new();
        for (order, entry) in journal.iter() {
            let of_place = places.entry(*order).or_default();
            if !of_place.contains(&entry) {
                of_place.push(entry);
            }
        }
        places.retain(|order, entries| self.heard.get(order).is_none_or(|heard| *heard < entries.len()));
        let mut new: Vec<_> = places.into_iter().collect();
        new.sort_by_key(|(order, _)| *order);
        for (order, entries) in new {
            entries.iter().for_each(|entry| self.admission.hear(order, entry));
            self.heard.insert(order, entries.len());
        }
        if self.journal.is_none() {
            self.know_open_days(backend, moment)?;
        }
        self.journal = Some(Arc::clone(journal));
        Ok(())
    }

    /// Hears entries that this collector writes.
    pub(super) fn hear(&mut self, order: Order, entries: &[JournalEntry]) {
        entries.iter().for_each(|entry| self.admission.hear(order, entry));
        *self.heard.entry(order).or_default() += entries.len();
    }

    /// Contexts in which something counts need no room anew, and what was counted of this collector's batches has its weight.
    fn know_open_days(&mut self, backend: &impl Backend, moment: &Moment) -> Result<(), StoreError> {
        let closed = backend.closed(moment.book.entries())?;
        for product in closed.products()? {
            for context in closed.contexts(&product)? {
                self.admission.know(&product, &context);
            }
        }
        let open = &moment.open;
        for (product, rollup) in open.rollup().products() {
            rollup.cells().for_each(|(key, _)| self.admission.know(product, &key.context));
            // What strangers added by this collector is added, also where it was started again since.
            let outcomes = open.states(product).flat_map(|(key, _)| open.outcomes(product, key));
            for (batch, outcome) in outcomes.filter(|(batch, _)| batch.order.node == backend.node()) {
                self.admission.count(batch, outcome);
            }
        }
        Ok(())
    }
}
