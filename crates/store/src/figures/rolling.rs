//! How many installations were there in the days that end with each day: exact, in one pass over the sets of the days.

use super::super::installation_set::InstallationSet;
use super::super::read::Days;
use crate::calendar::Day;

/// Counts, for each day, who was there on it or on one of the days before it, `length` days in all.
///
/// Who is there on a day counts from that day on, or from where their last presence runs out, until theirs of this day does. So
/// one number for each installation, the last day it was there, is all that a pass must remember.
#[derive(Debug)]
pub(super) struct Rolling {
    length: Day,
    days: Days,
    /// The last day on which each member was there.
    last: Vec<Day>,
    /// By how much the count of each day is above that of the day before.
    growth: Vec<i64>,
}

/// Of who was never there.
const NEVER: Day = Day::MIN;

impl Rolling {
    /// Counts over `length` days. The first of them that are right are those of the day `length - 1` days after the first.
    pub(super) fn over(days: Days, length: Day) -> Self {
        let n = usize::try_from(days.last - days.first + 1).unwrap_or(0);
        Self { length, days, last: Vec::new(), growth: vec![0; n] }
    }

    /// Takes in who was there on a day. Days ascend.
    pub(super) fn add(&mut self, day: Day, set: &InstallationSet) {
        for member in set.members() {
            let at = member.0 as usize;
            if self.last.len() <= at {
                self.last.resize(at + 1, NEVER);
            }
            let since = day.max(self.last[at].saturating_add(self.length));
            self.last[at] = day;
            self.grow(since, 1);
            self.grow(day + self.length, -1);
        }
    }

    fn grow(&mut self, day: Day, by: i64) {
        let place = usize::try_from(day - self.days.first).ok();
        if let Some(growth) = place.and_then(|place| self.growth.get_mut(place)) {
            *growth += by;
        }
    }

    /// The count of each day, in order.
    pub(super) fn counts(&self) -> impl Iterator<Item = (Day, u64)> {
        let mut sum = 0;
        (self.days.first..).zip(&self.growth).map(move |(day, growth)| {
            sum += growth;
            (day, u64::try_from(sum).unwrap_or(0))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::installation_set::Member;

    proptest! {
        #[test]
        fn each_day_counts_who_was_there_in_the_days_up_to_it(
            there in prop::collection::vec(prop::collection::btree_set(0u32..9_000, 0..40), 1..60),
            length in 1..30,
        ) {
            let last = Day::try_from(there.len()).unwrap() - 1;
            let mut rolling = Rolling::over(Days { first: 0, last }, length);
            for (day, members) in (0..).zip(&there) {
                let mut set = InstallationSet::default();
                members.iter().for_each(|member| set.insert(Member(*member)));
                rolling.add(day, &set);
            }
            for (day, count) in rolling.counts() {
                let days = usize::try_from((day - length + 1).max(0)).unwrap()..=usize::try_from(day).unwrap();
                let union: std::collections::BTreeSet<_> = there[days].iter().flatten().collect();
                prop_assert_eq!(count, union.len() as u64);
            }
        }
    }
}
