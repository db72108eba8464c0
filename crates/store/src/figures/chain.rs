//! How far one installation comes along the steps of a funnel.

use super::super::read::Days;
use crate::calendar::Day;

/// The chain of one installation that gets furthest; of those the one that starts first, each step taken as early as it
/// can be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chain {
    /// The day of each step that it reaches.
    pub(super) days: Vec<Day>,
    /// The last day on which the installation began in the window, with which it may still come further.
    pub(super) last_start: Day,
}

/// The days on which an installation took each step, ascending, to its chain; none where it never began in the window.
///
/// A chain begins on a day of `starts` and takes all further steps on days that do not descend, fewer than `within` days
/// after its first. Taking each step as early as possible from a start reaches as many as can be reached from it, and the
/// days so found do not descend from one start to the next: one pass over each list is enough.
pub(super) fn furthest(steps: &[Vec<Day>], starts: Days, within: Day) -> Option<Chain> {
    let (first, later) = steps.split_first()?;
    let mut furthest = Chain::default();
    let mut at = vec![0; later.len()];
    let mut days = Vec::with_capacity(steps.len());
    for start in first.iter().copied().filter(|day| (starts.first..=starts.last).contains(day)) {
        furthest.last_start = start;
        if furthest.days.len() == steps.len() {
            continue;
        }
        days.clear();
        days.push(start);
        let mut reached = start;
        for (step, at) in later.iter().zip(&mut at) {
            *at += step[*at..].iter().take_while(|day| **day < reached).count();
            match step.get(*at) {
                Some(day) if day - start < within => reached = *day,
                _ => break,
            }
            days.push(reached);
        }
        if days.len() > furthest.days.len() {
            furthest.days.clone_from(&days);
        }
    }
    (!furthest.days.is_empty()).then_some(furthest)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;

    use super::*;

    /// Every chain there is, tried one after the other.
    fn every(steps: &[Vec<Day>], starts: Days, within: Day) -> Vec<Vec<Day>> {
        let mut all: Vec<Vec<Day>> = steps[0]
            .iter()
            .filter(|day| starts.first <= **day && **day <= starts.last)
            .map(|day| vec![*day])
            .collect();
        let mut at = 0;
        while at < all.len() {
            let chain = all[at].clone();
            for day in steps.get(chain.len()).into_iter().flatten() {
                if chain.last().is_some_and(|last| last <= day) && day - chain[0] < within {
                    all.push([chain.as_slice(), &[*day]].concat());
                }
            }
            at += 1;
        }
        all
    }

    proptest! {
        #[test]
        fn it_is_the_chain_that_trying_every_one_finds(
            steps in vec(btree_set(0i32..14, 0..7), 1..5),
            first in 0i32..8,
            length in 1i32..8,
            within in 1i32..9,
        ) {
            let steps: Vec<Vec<Day>> =
                steps.iter().map(|days: &BTreeSet<Day>| days.iter().copied().collect()).collect();
            let starts = Days { first, last: first + length - 1 };
            let chains = every(&steps, starts, within);
            let most = chains.iter().map(Vec::len).max();
            // Of equal length the first start, then the earliest days.
            let best = chains.iter().filter(|chain| Some(chain.len()) == most).min();
            let found = furthest(&steps, starts, within);
            prop_assert_eq!(found.as_ref().map(|chain| &chain.days), best);
            let last = chains.iter().map(|chain| chain[0]).max();
            prop_assert_eq!(found.map(|chain| chain.last_start), last);
        }
    }

    #[test]
    fn steps_of_one_day_count_as_in_order_and_the_last_day_is_the_first_plus_within_less_one() {
        let window = Days { first: 10, last: 20 };
        let days = |steps: &[&[Day]], within| {
            let steps: Vec<Vec<Day>> = steps.iter().map(|days| days.to_vec()).collect();
            furthest(&steps, window, within).map(|chain| chain.days)
        };
        assert_eq!(days(&[&[10], &[10], &[10]], 1), Some(vec![10, 10, 10]));
        assert_eq!(days(&[&[10], &[16]], 7), Some(vec![10, 16]));
        assert_eq!(days(&[&[10], &[17]], 7), Some(vec![10]));
        assert_eq!(days(&[&[10, 12], &[17]], 7), Some(vec![12, 17]));
        // The window holds the first step alone.
        assert_eq!(days(&[&[9], &[10]], 7), None);
        assert_eq!(days(&[&[20], &[25]], 7), Some(vec![20, 25]));
        assert_eq!(days(&[&[12], &[11]], 7), Some(vec![12]));
    }
}
