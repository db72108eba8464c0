//! What applies to all installations of a product.

use std::sync::Arc;

use aboveboard_store::calendar::Day;

use crate::book::Book;
use crate::journal::RemovalKind;
use crate::order::Order;

/// What applies to all installations of a product, as far as it changes what becomes of their batches. Everything is in the order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Days before which retention keeps nothing.
    pub retired: Vec<(Order, Day)>,
    /// Days of receipt before which ids of batches and tombstones are forgotten.
    pub ids_forgotten: Vec<(Order, Day)>,
    /// Names of what went.
    pub items_erased: Vec<(Order, Arc<str>)>,
    /// Where synthetic data was cleared away.
    pub clearings: Vec<Order>,
    /// Where an operator took installations out.
    pub amendments: Vec<Order>,
}

impl Terms {
    /// Those of a product.
    #[must_use]
    pub fn of(book: &Book, product: &str) -> Self {
        let ids_forgotten = book.ids_forgotten().to_vec();
        let Some(of) = book.product(product) else { return Self { ids_forgotten, ..Self::default() } };
        let removals = of.all_removals().flat_map(|(_, removals)| removals);
        let amendments = removals.filter(|removal| removal.kind == RemovalKind::Amendment);
        let mut amendments: Vec<_> = amendments.map(|removal| removal.order).collect();
        amendments.sort_unstable();
        amendments.dedup();
        Self {
            retired: of.retired().to_vec(),
            ids_forgotten,
            items_erased: of.items().to_vec(),
            clearings: of.clearings().to_vec(),
            amendments,
        }
    }

    /// What of them stands in the order up to the end of a day.
    #[must_use]
    pub fn until(&self, day: Day) -> Self {
        fn upto<T: Clone>(all: &[(Order, T)], day: Day) -> Vec<(Order, T)> {
            all.iter().filter(|(order, _)| order.day() <= day).cloned().collect()
        }
        let orders = |all: &[Order]| all.iter().copied().filter(|order| order.day() <= day).collect();
        Self {
            retired: upto(&self.retired, day),
            ids_forgotten: upto(&self.ids_forgotten, day),
            items_erased: upto(&self.items_erased, day),
            clearings: orders(&self.clearings),
            amendments: orders(&self.amendments),
        }
    }

    /// The first day on which something is placed that stands at a place of the order.
    #[must_use]
    pub fn kept_from_at(&self, place: Order) -> Day {
        let before = self.retired.iter().take_while(|(order, _)| *order < place);
        before.map(|(_, day)| *day).max().unwrap_or(Day::MIN)
    }

    /// Where retention passed over a day, of what stands at a place of the order.
    #[must_use]
    pub(crate) fn retired_behind(&self, place: Order, day: Day) -> Option<Order> {
        let behind = self.retired.iter().filter(|(order, before)| *order > place && day < *before);
        behind.map(|(order, _)| *order).next()
    }

    /// Whether an id or a tombstone that was received on a day, at a place of the order, is forgotten at a later one.
    #[must_use]
    pub(crate) fn is_forgotten(&self, received: Day, from: Order, to: Order) -> bool {
        let between = self.ids_forgotten.iter().filter(|(order, _)| *order > from && *order < to);
        between.map(|(_, before)| *before).any(|before| received < before)
    }
}
