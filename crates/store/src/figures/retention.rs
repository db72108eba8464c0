//! Who came back, by the week in which they were seen first.

use super::super::installation_set::InstallationSet;
use super::activity::{Activity, MAX_WEEKS};
use super::question::Question;
use crate::calendar::{Day, monday};

/// Installations that were seen first in one week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// The Monday of the week.
    pub week: Day,
    /// How many there are.
    pub installations: u64,
    /// How many of them were active in each of the weeks after; none for a week that is not over.
    pub active: Vec<Option<u64>>,
}

/// The cohorts of the last weeks, the oldest first. Only who was active under the filters in the first week is followed;
/// the running week is left out.
pub(super) fn cohorts(activity: &Activity, question: &Question) -> Vec<Cohort> {
    let presence = &activity.presence;
    let running = monday(question.days.last);
    let nobody = InstallationSet::default();
    let active = |week: Day| presence.weeks.get(&week).unwrap_or(&nobody);
    let mut cohorts = Vec::new();
    for week in (1..MAX_WEEKS).rev().map(|back| running - back * 7) {
        let Some(cohort) = presence.cohorts.get(&week).map(|cohort| cohort.intersection(active(week))) else {
            continue;
        };
        if cohort.is_empty() {
            continue;
        }
        let active = (1..MAX_WEEKS)
            .map(|after| week + after * 7)
            .map(|later| (later < running).then(|| cohort.common(active(later))))
            .collect();
        cohorts.push(Cohort { week, installations: cohort.len(), active });
    }
    cohorts
}
