//! From the first report to the first success to still being there after a week.

use std::collections::BTreeMap;

use super::super::installation_set::InstallationSet;
use super::super::read::{Days, ReadResult, Snapshot};
use super::activity::Activity;
use super::question::Question;
use crate::calendar::Day;

/// Days after the first sight within which the first success counts; as many more are there to come back in.
const WEEK: Day = 7;

/// How far new installations come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Funnel {
    /// The days on which they were seen first. Each lies at least two weeks back, in the window or in as long a window
    /// before that.
    pub first_seen: Days,
    /// Installations first seen on these days.
    pub reported: u64,
    /// Those of them that had a success within their first week.
    pub succeeded: u64,
    /// Those of these that were active in their second week.
    pub stayed: u64,
}

impl Funnel {
    pub(super) fn gather(
        snapshot: &dyn Snapshot,
        question: &Question,
        activity: &Activity,
    ) -> ReadResult<Self> {
        // Who was first seen later has not had two weeks yet.
        let last = question.days.last.min(question.today - 1) - 2 * WEEK + 1;
        let first_seen = Days { first: last - (question.length().max(WEEK) - 1), last };
        let mut successes = BTreeMap::new();
        let days = Days { first: first_seen.first, last: last + WEEK };
        snapshot.succeeded(&question.product, days, &mut |day, set| {
            successes.insert(day, set);
        })?;
        let presence = &activity.presence;
        let mut funnel = Self { first_seen, reported: 0, succeeded: 0, stayed: 0 };
        for (day, first) in presence.first.range(first_seen.first..=last) {
            let Some(active) = presence.days.get(day) else { continue };
            let mut cohort = first.intersection(active);
            funnel.reported += cohort.len();
            cohort.intersect(&union(&successes, *day));
            funnel.succeeded += cohort.len();
            funnel.stayed += cohort.common(&union(&presence.days, day + WEEK));
        }
        Ok(funnel)
    }
}

/// Everybody of a week that begins on any day.
fn union(sets: &BTreeMap<Day, InstallationSet>, first: Day) -> InstallationSet {
    let mut all = InstallationSet::default();
    for (_, set) in sets.range(first..first + WEEK) {
        all.unite(set);
    }
    all
}
