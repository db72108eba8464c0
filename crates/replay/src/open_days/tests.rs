//! However batches and entries of the journal come, the open days are the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use aboveboard_store::read::InstallationKey;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::OpenDays;
use super::shared_texts::SharedTexts;
use crate::backend::Backend;
use crate::batch::{Batch, SentKind};
use crate::book::Book;
use crate::closed::ClosedDays;
use crate::encode;
use crate::memory::{MemoryBackend, MemoryCluster};
use crate::order::{NodeId, Order};
use crate::outcome::Outcome;
use crate::sample_history::{History, PRODUCT, history};
use crate::state::InstallationState;

/// Days of which none is closed.
fn nothing_closed(ask: impl FnOnce(&dyn ClosedDays)) {
    let backend = MemoryBackend::open(&MemoryCluster::new(1), NodeId(1));
    ask(&*backend.closed(&[]).unwrap());
}

/// All that is known of open days.
#[derive(Debug, PartialEq)]
struct Known {
    states: Vec<(InstallationKey, InstallationState)>,
    outcomes: Vec<(Order, Outcome)>,
}

fn known(open: &OpenDays) -> Known {
    let states: Vec<_> = open.states(PRODUCT).map(|(key, state)| (key, state.clone())).collect();
    let outcomes = states.iter().flat_map(|(key, _)| open.outcomes(PRODUCT, *key));
    let outcomes = outcomes.map(|(batch, outcome)| (batch.order, Outcome::clone(outcome)));
    let outcomes = outcomes.collect();
    Known { states, outcomes }
}

/// What the first entries say, which came one after the other and not in the order.
fn book(history: &History, entries: usize) -> Arc<Book> {
    let mut book = Book::default();
    history.journal[..entries].iter().for_each(|(order, entry)| book.add(*order, entry));
    Arc::new(book)
}

/// One that took in all at once.
fn whole(history: &History) -> OpenDays {
    let mut open = OpenDays::new(None);
    nothing_closed(|closed| {
        let book = Arc::new(Book::new(Arc::new(history.journal.clone())));
        open.take_in(history.batches.iter().cloned(), &book, closed).unwrap();
    });
    open
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_whatever_pieces_they_come_the_open_days_are_the_same(
        history in history(),
        seed in vec(any::<u32>(), 25),
        step in 1_usize..6,
    ) {
        let mut shuffled: Vec<_> = history.batches.iter().cloned().zip(seed).collect();
        shuffled.sort_by_key(|(_, seed)| *seed);
        let mut open = OpenDays::new(None);
        let mut added = BTreeMap::new();
        nothing_closed(|closed| {
            let mut entries = 0;
            for some in shuffled.chunks(step) {
                let book = book(&history, entries);
                let twice = some.iter().chain(some).map(|(batch, _)| batch.clone());
                for (batch, _) in open.take_in(twice, &book, closed).unwrap() {
                    *added.entry(batch.order).or_insert(0) += 1;
                }
                open.hear(&book);
                entries = (entries + 1).min(history.journal.len());
            }
        });
        open.hear(&book(&history, history.journal.len()));
        let whole = whole(&history);
        prop_assert_eq!(known(&open), known(&whole));
        prop_assert_eq!(open.rollup(), whole.rollup());
        let once: BTreeMap<_, _> = history.batches.iter().map(|batch| (batch.order, 1)).collect();
        prop_assert_eq!(added, once);
    }

    #[test]
    fn of_two_batches_at_one_place_every_collector_takes_the_same(
        history in history(),
        copies in vec((any::<prop::sample::Index>(), 0_u64..3, any::<bool>()), 1..4),
    ) {
        let mut by_place: BTreeMap<_, Batch> =
            history.batches.iter().map(|batch| (batch.order, batch.clone())).collect();
        let mut all = history.batches.clone();
        for (which, sequence, is_of_another) in copies {
            let mut copy = history.batches[which.index(history.batches.len())].clone();
            copy.sequence = sequence;
            if is_of_another {
                copy.installation = InstallationKey(copy.installation.0 ^ 1);
            }
            let kept = by_place.get_mut(&copy.order).unwrap();
            if encode::batch(&copy) < encode::batch(kept) {
                *kept = copy.clone();
            }
            all.push(copy);
        }
        let expected = whole(&History { batches: by_place.into_values().collect(), ..history.clone() });
        let book = book(&history, history.journal.len());
        for is_reversed in [false, true] {
            if is_reversed {
                all.reverse();
            }
            let mut open = OpenDays::new(None);
            nothing_closed(|closed| {
                for batch in &all {
                    open.take_in([batch.clone()], &book, closed).unwrap();
                }
            });
            prop_assert_eq!(known(&open), known(&expected));
            prop_assert_eq!(open.rollup(), expected.rollup());
        }
    }
}

#[test]
fn batches_share_their_texts_and_say_the_same() {
    let runner = &mut proptest::test_runner::TestRunner::deterministic();
    let history = history().new_tree(runner).unwrap().current();
    let mut shared = SharedTexts::default();
    for batch in &history.batches {
        let mut first = encode::read_batch(&encode::batch(batch)).unwrap();
        let mut second = encode::read_batch(&encode::batch(batch)).unwrap();
        assert!(!Arc::ptr_eq(&first.context, &second.context));
        shared.share(&mut first);
        shared.share(&mut second);
        assert_eq!((&first, &second), (batch, batch));
        assert!(Arc::ptr_eq(&first.context, &second.context) && Arc::ptr_eq(&first.product, &second.product));
        for (one, other) in first.events.iter().zip(&second.events) {
            if let (SentKind::Declared { event, .. }, SentKind::Declared { event: same, .. }) =
                (&one.what, &other.what)
            {
                assert!(Arc::ptr_eq(event, same));
            }
        }
    }
}
