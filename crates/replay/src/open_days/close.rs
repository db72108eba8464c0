//! What one of the open days came to, as a database keeps it.

use std::sync::Arc;

use aboveboard_store::calendar::{Day, day_of};
use aboveboard_store::read::InstallationKey;

use super::days::{OpenDays, OpenProduct};
use super::installation::{OpenInstallation, latest_context};
use super::{resolved, take_in};
use crate::backend::ClosedDay;
use crate::batch::Batch;
use crate::closed::{ClosedRow, MemberKey, SeenBatch, SetAxis};
use crate::outcome::{Fate, Outcome};
use crate::product_book::ProductBook;
use crate::rollup::Rollup;
use crate::state::InstallationState;
use crate::terms::Terms;

impl OpenDays {
    /// What a day of the order came to on a shard: what stands in the order behind it changes nothing. It must be the first open day that
    /// has batches, and nothing may join it any more.
    #[must_use]
    pub fn close(&self, day: Day, shard: u32, shards: u32) -> ClosedDay {
        let mut closing = Closing { day, closed: ClosedDay::default(), rollup: Rollup::default() };
        let is_here = |key: InstallationKey| key.0 % u64::from(shards.max(1)) == u64::from(shard);
        for (name, product) in &self.products {
            let of = self.book.product(name);
            let terms = ClosingTerms::of(product, day);
            for (key, installation) in &product.installations {
                if is_here(*key) && installation.changes_on(day) {
                    closing.installation((name, *key), installation, &terms, of);
                }
            }
        }
        closing.end()
    }
}

/// What applies up to the end of the day, and up to its beginning.
struct ClosingTerms {
    until: Arc<Terms>,
    before: Arc<Terms>,
}

impl ClosingTerms {
    fn of(product: &OpenProduct, day: Day) -> Self {
        let until = |day| Arc::new(product.terms.until(day));
        Self { until: until(day), before: until(day.saturating_sub(1)) }
    }
}

/// A day while what it came to is put together.
struct Closing {
    day: Day,
    closed: ClosedDay,
    rollup: Rollup,
}

impl Closing {
    fn installation(
        &mut self,
        (product, key): (&Arc<str>, InstallationKey),
        installation: &OpenInstallation,
        terms: &ClosingTerms,
        of: Option<&ProductBook>,
    ) {
        let mut before = installation.replayed.until(self.day.saturating_sub(1));
        before.replay(&terms.before);
        let mut until = installation.replayed.until(self.day);
        until.replay(&terms.until);
        let day = self.day;
        for (batch, outcome) in until.outcomes().filter(|(batch, _)| batch.order.day() == day) {
            self.batch(batch, outcome, of);
        }
        let mut state = until.state().clone();
        // Members that were kept of closed days are void behind a removal.
        let known = if installation.removed_on(self.day) { None } else { Some(before.state()) };
        self.firsts((product, key), known, &state);
        if let Some(latest) = &mut state.latest {
            latest.context = latest_context(&until, installation.closed, latest, of);
        }
        self.closed.states.push((Arc::clone(product), key, state));
    }

    fn batch(&mut self, batch: &Batch, outcome: &Outcome, of: Option<&ProductBook>) {
        take_in::change(&mut self.rollup, of, batch, outcome, true);
        let context = resolved::context(&batch.context, batch.order, of);
        let sent_version = resolved::sent_version(batch, of);
        let named = resolved::outcome(batch, outcome, of);
        for row in &named.rows {
            let first = self.closed.first_day.get_or_insert(row.day);
            *first = row.day.min(*first);
            if !row.is_retired {
                let row = ClosedRow {
                    installation: batch.installation,
                    day: row.day,
                    order: batch.order,
                    context: Arc::clone(&context),
                    sent_version,
                    events: row.events.clone(),
                };
                self.closed.rows.push((Arc::clone(&batch.product), row));
            }
        }
        if matches!(outcome.fate, Fate::Counted | Fate::Erased) {
            self.closed.seen.push(SeenBatch {
                key: batch.key,
                events_hash: batch.events_hash,
                received: day_of(batch.received_at),
                order: batch.order,
            });
        }
    }

    /// When it was first there, where that is new.
    fn firsts(
        &mut self,
        (product, key): (&Arc<str>, InstallationKey),
        before: Option<&InstallationState>,
        now: &InstallationState,
    ) {
        for (axis, before, now) in [
            (SetAxis::FirstSeen, before.and_then(|known| known.first), now.first),
            (SetAxis::FirstReceived, before.and_then(|known| known.received), now.received),
        ] {
            if let Some(period) = now.filter(|_| now != before) {
                let set = MemberKey { axis, period, name: Arc::from(""), detail: 0, context: None };
                self.closed.members.push((Arc::clone(product), set, key));
            }
        }
    }

    fn end(mut self) -> ClosedDay {
        for (product, rollup) in self.rollup.products() {
            for (key, members) in rollup.sets() {
                let members = members.map(|member| (Arc::clone(product), key.clone(), member));
                self.closed.members.extend(members);
            }
            let cells = rollup.cells().map(|(key, n)| (Arc::clone(product), key.clone(), n));
            self.closed.cells.extend(cells);
            let tallies = rollup.tallies().map(|(key, n)| (Arc::clone(product), key.clone(), n));
            self.closed.tallies.extend(tallies);
        }
        self.closed
    }
}
