//! However batches come, what becomes of them follows from their order alone.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aboveboard_store::calendar::{Day, day_of};
use proptest::collection::vec;
use proptest::prelude::*;

use super::Installation;
use crate::batch::Batch;
use crate::closed::SeenBatch;
use crate::journal::RemovalKind;
use crate::order::Order;
use crate::outcome::{Fate, Outcome};
use crate::sample::{self, DAYS, FIRST};
use crate::state::InstallationState;
use crate::terms::Terms;

/// What one installation has to do with.
#[derive(Clone, Debug)]
struct History {
    batches: Vec<Arc<Batch>>,
    removals: Vec<(Order, RemovalKind, Day)>,
    terms: Arc<Terms>,
}

fn history() -> impl Strategy<Value = History> {
    let removals = vec(sample::removal(), 0..3);
    (vec(sample::batch(), 1..14), removals, sample::terms()).prop_map(|(batches, removals, terms)| {
        let by_place: BTreeMap<_, _> = batches.into_iter().map(|batch| (batch.order, batch)).collect();
        let batches = by_place.into_values().map(Arc::new).collect();
        History { batches, removals, terms: Arc::new(terms) }
    })
}

impl History {
    fn removed(&self, mut installation: Installation) -> Installation {
        for (order, kind, received) in &self.removals {
            installation.insert_removal(*order, *kind, *received);
        }
        installation
    }

    /// All at once.
    fn whole(&self) -> Installation {
        let mut whole = self.removed(Installation::new(InstallationState::default(), None, Vec::new()));
        self.batches.iter().cloned().for_each(|batch| whole.insert_batch(batch));
        whole.replay(&self.terms);
        whole
    }
}

fn outcomes(installation: &Installation) -> Vec<(Order, Outcome)> {
    installation.outcomes().map(|(batch, outcome)| (batch.order, Outcome::clone(outcome))).collect()
}

/// What a closed day keeps of the batches that were taken in.
fn seen(installation: &Installation) -> Vec<SeenBatch> {
    let mut seen = HashMap::new();
    for (batch, outcome) in installation.outcomes() {
        if matches!(outcome.fate, Fate::Counted | Fate::Erased) {
            let Batch { key, events_hash, order, received_at, .. } = **batch;
            seen.insert(key, SeenBatch { key, events_hash, received: day_of(received_at), order });
        }
    }
    seen.into_values().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_whatever_order_batches_come_their_outcomes_are_the_same(
        history in history(),
        seed in vec(any::<u32>(), 14),
        step in 1_usize..4,
    ) {
        let whole = history.whole();
        let mut shuffled: Vec<_> = history.batches.iter().cloned().zip(seed).collect();
        shuffled.sort_by_key(|(_, seed)| *seed);
        let mut other = Installation::new(InstallationState::default(), None, Vec::new());
        // What is told of as changed must lead from nothing to all.
        let mut told: BTreeMap<Order, Arc<Outcome>> = BTreeMap::new();
        let mut terms = [Arc::new(Terms::default()), Arc::clone(&history.terms)].into_iter().cycle();
        let mut later = history.removals.iter();
        for some in shuffled.chunks(step) {
            for (batch, _) in some {
                other.insert_batch(Arc::clone(batch));
                other.insert_batch(Arc::clone(batch));
            }
            if let Some((order, kind, received)) = later.next() {
                other.insert_removal(*order, *kind, *received);
            }
            for changed in other.replay(&terms.next().unwrap()) {
                let before = told.insert(changed.batch.order, changed.now);
                prop_assert_eq!(before, changed.before);
            }
        }
        let mut other = history.removed(other);
        for changed in other.replay(&history.terms) {
            told.insert(changed.batch.order, changed.now);
        }
        prop_assert!(other.replay(&history.terms).is_empty());
        prop_assert_eq!(outcomes(&other), outcomes(&whole));
        prop_assert_eq!(other.state(), whole.state());
        let told: Vec<_> = told.iter().map(|(order, outcome)| (*order, Outcome::clone(outcome))).collect();
        prop_assert_eq!(told, outcomes(&whole));
    }

    #[test]
    fn one_batch_after_the_other_comes_to_what_all_at_once_do(history in history()) {
        let mut other = history.removed(Installation::new(InstallationState::default(), None, Vec::new()));
        for batch in &history.batches {
            other.insert_batch(Arc::clone(batch));
            other.replay(&history.terms);
        }
        let whole = history.whole();
        prop_assert_eq!(outcomes(&other), outcomes(&whole));
        prop_assert_eq!(other.state(), whole.state());
    }

    #[test]
    fn what_is_known_at_the_end_of_a_closed_day_is_enough_to_go_on(
        history in history(),
        closed in FIRST - 1..FIRST + DAYS,
    ) {
        let whole = history.whole();
        let mut until = whole.until(closed);
        until.replay(&Arc::new(history.terms.until(closed)));
        let mut after = Installation::new(until.state().clone(), Some(closed), seen(&until));
        history.batches.iter().cloned().for_each(|batch| after.insert_batch(batch));
        let mut after = history.removed(after);
        after.replay(&history.terms);
        let behind: Vec<_> =
            outcomes(&whole).into_iter().filter(|(order, _)| order.day() > closed).collect();
        prop_assert_eq!(outcomes(&after), behind);
        prop_assert_eq!(after.state(), whole.state());
    }

    #[test]
    fn every_event_of_a_batch_is_counted_or_noted_once(history in history()) {
        let none = Arc::new(Terms::default());
        let mut installation = Installation::new(InstallationState::default(), None, Vec::new());
        history.batches.iter().cloned().for_each(|batch| installation.insert_batch(batch));
        installation.replay(&none);
        for (batch, outcome) in installation.outcomes() {
            use crate::batch::{SentEvent, SentKind};
            use aboveboard_store::read::QualityNote;
            let times = |event: &SentEvent| match &event.what {
                SentKind::Requests(_) => 0,
                SentKind::Declared { times, .. } => *times,
                _ => 1,
            };
            let noted = |what| outcome.notes.iter().filter(|(note, _)| *note == what).map(|(_, n)| n).sum::<u64>();
            let rows = outcome.rows.iter().flat_map(|row| &row.events).map(times).sum::<u64>();
            if outcome.fate == Fate::Counted {
                let all = batch.events.iter().map(times).sum::<u64>();
                prop_assert_eq!(rows + noted(QualityNote::OverCap), all);
                prop_assert_eq!(noted(QualityNote::Batch), 1);
            } else {
                prop_assert_eq!((rows, outcome.notes.len()), (0, 1));
            }
        }
    }
}

proptest! {
    #[test]
    fn a_removal_at_the_place_of_a_batch_comes_before_it(batches in vec(sample::batch(), 1..6), at in any::<prop::sample::Index>()) {
        let batches: BTreeMap<_, _> = batches.into_iter().map(|batch| (batch.order, Arc::new(batch))).collect();
        let batches: Vec<Arc<Batch>> = batches.into_values().collect();
        let erased = at.index(batches.len());
        let place = batches[erased].order;
        let terms = Arc::new(Terms::default());
        let new = || Installation::new(InstallationState::default(), None, Vec::new());
        // The removal is heard before the batch that shows whom it is about, or with all of them.
        let mut one_by_one = new();
        let mut at_once = new();
        for (number, batch) in batches.iter().enumerate() {
            if number == erased {
                one_by_one.insert_removal(place, RemovalKind::Erasure, place.day());
                one_by_one.replay(&terms);
            }
            one_by_one.insert_batch(Arc::clone(batch));
            one_by_one.replay(&terms);
            at_once.insert_batch(Arc::clone(batch));
        }
        at_once.insert_removal(place, RemovalKind::Erasure, place.day());
        at_once.replay(&terms);
        prop_assert_eq!(outcomes(&one_by_one), outcomes(&at_once));
        for (order, outcome) in outcomes(&at_once) {
            let is_counted = outcome.fate == Fate::Counted;
            prop_assert!(!is_counted || order < place, "{:?}", order);
            prop_assert!(outcome.rows.is_empty());
        }
        prop_assert_eq!(one_by_one.outcomes().count(), batches.len());
    }
}
