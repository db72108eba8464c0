//! Who is verified on a day: what is found of releases, versions and commands counts nobody else, since one sender may be many who
//! were never heard of before.

use std::collections::BTreeMap;

use aboveboard_types::declaration::Component;

use super::super::installation_set::InstallationSet;
use super::super::read::{Days, ReadResult, Snapshot};
use super::question::Question;
use crate::calendar::Day;
use crate::verification::days_to_verify;

/// Who was first received when, as far as one pass over days wants it.
#[derive(Debug, Default)]
pub(super) struct Verified {
    /// That of servers, in seconds.
    report_interval: u64,
    /// First received on each day of receipt. Days ascend.
    received: Vec<(Day, InstallationSet)>,
    /// By how many days it takes.
    passes: BTreeMap<Day, Pass>,
}

/// Who is verified on the day that a pass is at.
#[derive(Debug)]
struct Pass {
    day: Day,
    /// How many days of receipt are behind it.
    taken: usize,
    verified: InstallationSet,
}

impl Verified {
    pub(super) fn of_servers_every(report_interval: u64) -> Self {
        Self { report_interval, ..Self::default() }
    }

    pub(super) fn gather(
        snapshot: &dyn Snapshot,
        question: &Question,
        report_interval: u64,
    ) -> ReadResult<Self> {
        let mut verified = Self::of_servers_every(report_interval);
        let days = Days { first: Day::MIN, last: question.days.last };
        snapshot.first_received(&question.product, days, &mut |day, set| verified.first(day, set))?;
        Ok(verified)
    }

    /// Takes in who was first received on a day. Days ascend.
    pub(super) fn first(&mut self, day: Day, set: InstallationSet) {
        self.received.push((day, set));
    }

    /// Takes out of those who were there with a component on a day all who were not verified on it: by an event of a day or by the
    /// receipt of one, nothing is there before its day. Asked of ascending days it looks at each day of receipt once.
    pub(super) fn restrict(&mut self, day: Day, component: Component, set: &mut InstallationSet) {
        let wait = days_to_verify(component, self.report_interval);
        let start = || Pass { day, taken: 0, verified: InstallationSet::default() };
        let pass = self.passes.entry(wait).or_insert_with(start);
        if day < pass.day {
            *pass = start();
        }
        pass.day = day;
        while let Some((first, fresh)) = self.received.get(pass.taken)
            && day - first >= wait
        {
            pass.verified.unite(fresh);
            pass.taken += 1;
        }
        set.intersect(&pass.verified);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::installation_set::Member;
    use super::*;

    fn set(members: &[u32]) -> InstallationSet {
        let mut set = InstallationSet::default();
        members.iter().for_each(|number| set.insert(Member(*number)));
        set
    }

    #[test]
    fn an_installation_counts_on_the_days_that_are_two_intervals_after_its_first_receipt() {
        let mut verified = Verified::of_servers_every(7 * 86_400);
        verified.first(10, set(&[1]));
        verified.first(12, set(&[2]));
        let mut on = |day, component| {
            let mut both = set(&[1, 2]);
            verified.restrict(day, component, &mut both);
            both.len()
        };
        assert_eq!([9, 11, 12, 13, 14].map(|day| on(day, Component::Cli)), [0, 0, 1, 1, 2]);
        assert_eq!([14, 23, 24, 26].map(|day| on(day, Component::Server)), [0, 0, 1, 2]);
        assert_eq!([14, 13, 11].map(|day| on(day, Component::Cli)), [2, 1, 0], "in any order");
    }
}
