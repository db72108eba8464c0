//! One installation on the open days.

use std::sync::Arc;

use aboveboard_store::calendar::Day;

use super::resolved;
use crate::batch::{Batch, SentContext, SentKind};
use crate::closed::SeenBatch;
use crate::installation::Installation;
use crate::order::Order;
use crate::product_book::{ProductBook, Removal};
use crate::state::{InstallationState, LatestReport};

/// An installation that sent something on the open days.
#[derive(Clone, Debug)]
pub(super) struct OpenInstallation {
    pub(super) replayed: Installation,
    /// The closed day on which what is known of it last changed.
    pub(super) closed: Option<Day>,
    /// The removals that it felt, of those behind that day.
    removals: Vec<Removal>,
}

impl OpenInstallation {
    /// One of which closed days know this, with the day of the order on which it last changed.
    pub(super) fn new(known: Option<(Day, InstallationState)>, seen: Vec<SeenBatch>) -> Self {
        let (closed, base) =
            known.map_or((None, InstallationState::default()), |(day, state)| (Some(day), state));
        Self { replayed: Installation::new(base, closed, seen), closed, removals: Vec::new() }
    }

    /// Hears of its removals.
    pub(super) fn hear(&mut self, removals: &[Removal]) {
        for removal in removals.iter().filter(|removal| self.is_felt(removal)).copied().collect::<Vec<_>>() {
            self.replayed.insert_removal(removal.order, removal.kind, removal.received);
            self.removals.push(removal);
        }
    }

    /// Whether it has not heard of one of its removals yet.
    pub(super) fn is_new_to(&self, removals: &[Removal]) -> bool {
        removals.iter().any(|removal| self.is_felt(removal))
    }

    /// Whether a removal is new, and behind what closed days know of it.
    fn is_felt(&self, removal: &Removal) -> bool {
        let place = self.closed.map_or(Order::FIRST, Order::end_of);
        removal.order > place && !self.removals.contains(removal)
    }

    /// Whether anything stands on a day of the order that changes what is known of it.
    pub(super) fn changes_on(&self, day: Day) -> bool {
        self.removed_on(day) || self.replayed.outcomes().any(|(batch, _)| batch.order.day() == day)
    }

    /// Whether it was removed on a day of the order.
    pub(super) fn removed_on(&self, day: Day) -> bool {
        self.removals.iter().any(|removal| removal.order.day() == day)
    }

    pub(super) fn batches(&self) -> impl Iterator<Item = &Arc<Batch>> {
        self.replayed.outcomes().map(|(batch, _)| batch)
    }

    /// Its last report, with what its context is counted as.
    pub(super) fn latest(&self, book: Option<&ProductBook>) -> Option<(Arc<SentContext>, &LatestReport)> {
        let latest = self.replayed.state().latest.as_ref()?;
        Some((latest_context(&self.replayed, self.closed, latest, book), latest))
    }
}

/// What the context of a last report is counted as.
pub(super) fn latest_context(
    replayed: &Installation,
    closed: Option<Day>,
    latest: &LatestReport,
    book: Option<&ProductBook>,
) -> Arc<SentContext> {
    let of_it = replayed.outcomes().filter(|(batch, outcome)| {
        let mut rows = outcome.rows.iter().filter(|row| row.day == latest.when.0);
        batch.context == latest.context
            && rows.any(|row| {
                row.events
                    .iter()
                    .any(|event| event.hour == latest.when.1 && matches!(event.what, SentKind::Report { .. }))
            })
    });
    let place = of_it.map(|(batch, _)| batch.order).last();
    // One that none of these batches brought is of a closed day.
    let place = place.or(closed.map(Order::end_of)).unwrap_or(Order::FIRST);
    resolved::context(&latest.context, place, book)
}
