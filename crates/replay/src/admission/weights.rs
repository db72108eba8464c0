//! How much verified installations, and how much all others, added to a sum by day of receipt.

use std::collections::BTreeMap;

use aboveboard_store::calendar::Day;
use aboveboard_store::weight::{WEIGHT_DAYS, Weight};

/// What verified installations and all others added on each day of receipt, of each sum of one product.
#[derive(Debug, Default)]
pub(super) struct Weights {
    sums: BTreeMap<String, BTreeMap<Day, [u64; 2]>>,
}

impl Weights {
    /// The weight of a sum on a day of receipt.
    pub(super) fn of(&self, what: &str, received: Day) -> Weight {
        let Some(days) = self.sums.get(what) else { return Weight::default() };
        let last = days.range(received.saturating_sub(WEIGHT_DAYS)..=received);
        let verified = last.map(|(_, [verified, _])| *verified).max().unwrap_or(0);
        let others = days.get(&received).map_or(0, |[_, others]| *others);
        Weight { verified, others }
    }

    /// Notes what an installation added.
    pub(super) fn add(&mut self, what: &str, received: Day, is_verified: bool, n: u64) {
        if n == 0 {
            return;
        }
        let days = self.sums.entry(what.to_owned()).or_default();
        let all = &mut days.entry(received).or_default()[usize::from(!is_verified)];
        *all = all.saturating_add(n);
        // What is older than any that is asked for.
        let newest = days.last_key_value().map_or(received, |(day, _)| *day);
        days.retain(|day, _| *day >= newest.saturating_sub(2 * WEIGHT_DAYS));
    }

    /// Forgets the weights of days of receipt before one.
    pub(super) fn forget(&mut self, before: Day) {
        for days in self.sums.values_mut() {
            days.retain(|day, _| *day >= before);
        }
        self.sums.retain(|_, days| !days.is_empty());
    }
}
