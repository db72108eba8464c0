//! Who was there: one pass over the sets of active installations, day by day.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::CodingAgent;
use aboveboard_types::value::Version;

use super::super::context::Context;
use super::super::installation_set::InstallationSet;
use super::super::read::{Days, ReadResult, Snapshot};
use super::begins::{self, ALL_ARE_NEW};
use super::kept::KeptInstallations;
use super::question::Question;
use crate::calendar::{Day, monday};
use crate::verification::days_to_verify;

/// The lengths of the intervals that are set beside those before them, in days: a day, a week, and four weeks, which have as many
/// of each weekday as those before them.
pub const INTERVALS: [Day; 3] = [1, 7, 28];

/// How many weeks of first sight are followed.
pub const MAX_WEEKS: Day = 8;

/// What is counted in installations.
#[derive(Debug, Default)]
pub struct Activity {
    /// Active in the window.
    pub installations: u64,
    /// Active in the window, and first received so lately that one sender may still be many: see [`days_to_verify`].
    pub unverified: u64,
    /// By the lengths of [`INTERVALS`]: the last day of the window, over or not, and the days up to its last that is over.
    pub intervals: [IntervalActivity; 3],
    /// Every day of the window.
    pub days: BTreeMap<Day, DayActivity>,
    /// Active by week, named by its Monday.
    pub weeks: BTreeMap<Day, u64>,
    /// By the version each installation was last seen with in the window, the higher where a day has two.
    pub versions: BTreeMap<Version, u64>,
    /// The first day that each version has data of, whatever retention has deleted since. What was there when the data begins
    /// may be older, and is left out.
    pub arrivals: BTreeMap<Version, Day>,
    /// By platform, in the window; the most frequent first.
    pub platforms: Vec<PlatformActivity>,
    /// By the coding agent that ran something of it, in the window. An installation is in each that did.
    pub agents: BTreeMap<CodingAgent, u64>,
    /// The day on which the data begins, a few early installations apart; none without any.
    pub begins: Option<Day>,
    /// The first day with any data.
    pub(super) first_day: Option<Day>,
    pub(super) presence: Presence,
}

/// Active installations of an interval beside those of the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IntervalActivity {
    /// Active; none where retention has taken sets of the interval away.
    pub active: Option<u64>,
    /// Active in the interval before, of as many days; none where the data does not reach back so far, or not any more.
    pub before: Option<u64>,
    /// Seen first in the interval; none where `active` is.
    pub new: Option<u64>,
    /// Seen first in the interval before; none where `before` is, and where the data begins so shortly before that those who
    /// were there all along seem new.
    pub new_before: Option<u64>,
    /// Active in the interval before and not in this one; none where either is not known.
    pub gone: Option<u64>,
}

/// Active installations of one day. What retention has taken away is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayActivity {
    /// Active.
    pub active: Option<u64>,
    /// Seen first on this day.
    pub new: Option<u64>,
    /// By version; who used two counts for both.
    pub versions: BTreeMap<Version, u64>,
}

/// Active installations of one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformActivity {
    /// Operating system.
    pub os: Arc<str>,
    /// Architecture.
    pub arch: Arc<str>,
    /// Active.
    pub installations: u64,
}

/// Who was there when, for what follows installations through time.
#[derive(Debug, Default)]
pub(super) struct Presence {
    /// Active by day.
    pub(super) days: BTreeMap<Day, InstallationSet>,
    /// Active by week, named by its Monday.
    pub(super) weeks: BTreeMap<Day, InstallationSet>,
    /// Seen first by day.
    pub(super) first: BTreeMap<Day, InstallationSet>,
    /// Seen first by week, named by its Monday.
    pub(super) cohorts: BTreeMap<Day, InstallationSet>,
}

impl Activity {
    /// `report_interval` is that of servers, in seconds.
    pub(super) fn gather(
        snapshot: &dyn Snapshot,
        question: &Question,
        kept: &KeptInstallations,
        report_interval: u64,
    ) -> ReadResult<Self> {
        let Days { first, last } = question.days;
        let whole = question.last_whole();
        // Twice four weeks for the intervals, the weeks of retention, and two weeks before the window for the funnel.
        let start = (first - 14).min(whole - 55).min(monday(last) - MAX_WEEKS * 7);
        let reach = Days { first: start, last };
        let is_everybody = question.installations.is_empty();
        let mut pass = Pass { first, last, whole, is_everybody, report_interval, ..Pass::default() };
        let mut first_seen = Vec::new();
        snapshot.first_seen(&question.product, Days { first: Day::MIN, last }, &mut |day, set| {
            first_seen.push((day, set.len()));
            if day >= start {
                pass.presence.first.insert(day, set);
            }
        })?;
        let lately = Days { first: last - 2 * 30, last: Day::MAX };
        snapshot.first_received(&question.product, lately, &mut |day, set| {
            pass.received.insert(day, set);
        })?;
        snapshot.active(&question.selection_of(reach), &mut |day, context, mut set| {
            kept.restrict(&mut set);
            if !set.is_empty() {
                pass.add(day, context, &set);
            }
        })?;
        pass.close_day();
        let first_days = snapshot.first_days_of_versions(&question.product)?;
        pass.first_day = first_days.iter().map(|(_, day)| *day).min();
        pass.begins = begins::begins(&first_seen).max(pass.first_day);
        pass.arrivals = first_days.into_iter().collect();
        pass.retired_days = snapshot.retired_days(&question.product, reach)?.into_iter().collect();
        // Of days whose sets are gone only counts are left, by context: who was in two contexts counts twice there,
        // and who is asked for by size or use cannot be found.
        if is_everybody {
            snapshot.retired(&question.selection_of(reach), &mut |day, context, installations| {
                let counted = pass.days.entry(day).or_default();
                counted.active += installations;
                *counted.versions.entry(context.version).or_default() += installations;
            })?;
        }
        Ok(pass.finish())
    }
}

/// What is counted of one day.
#[derive(Default)]
struct DayCounts {
    active: u64,
    new: u64,
    versions: BTreeMap<Version, u64>,
}

/// The sets of the day that the pass is at.
#[derive(Default)]
struct OpenDay {
    day: Day,
    all: InstallationSet,
    versions: BTreeMap<Version, InstallationSet>,
}

/// Those active in an interval, and in the one before it.
#[derive(Default)]
struct Interval {
    now: InstallationSet,
    before: InstallationSet,
}

#[derive(Default)]
struct Pass {
    first: Day,
    last: Day,
    /// The last day that is over.
    whole: Day,
    /// No installation is left out by its size or use.
    is_everybody: bool,
    report_interval: u64,
    presence: Presence,
    open: OpenDay,
    days: BTreeMap<Day, DayCounts>,
    retired_days: BTreeSet<Day>,
    intervals: [Interval; 3],
    window: InstallationSet,
    versions: BTreeMap<Version, InstallationSet>,
    begins: Option<Day>,
    first_day: Option<Day>,
    arrivals: BTreeMap<Version, Day>,
    platforms: BTreeMap<(Arc<str>, Arc<str>), InstallationSet>,
    agents: BTreeMap<CodingAgent, InstallationSet>,
    /// Active in the window, by component.
    components: BTreeMap<Component, InstallationSet>,
    /// First received, by day of receipt.
    received: BTreeMap<Day, InstallationSet>,
}

impl Pass {
    /// The first day of receipt from which on a new installation of a component is not yet verified.
    fn unverified_from(&self, component: Component) -> Day {
        self.last - days_to_verify(component, self.report_interval) + 1
    }

    fn add(&mut self, day: Day, context: &Context, set: &InstallationSet) {
        if self.open.day != day {
            self.close_day();
            self.open.day = day;
        }
        self.open.all.unite(set);
        self.open.versions.entry(context.version).or_default().unite(set);
        if day >= self.first {
            self.components.entry(context.component).or_default().unite(set);
            let platform = (Arc::clone(&context.os), Arc::clone(&context.arch));
            self.platforms.entry(platform).or_default().unite(set);
            if let Some(agent) = context.marks.agent() {
                self.agents.entry(agent).or_default().unite(set);
            }
        }
    }

    /// Puts the day that was passed into everything it belongs to.
    fn close_day(&mut self) {
        let OpenDay { day, all, versions } = std::mem::take(&mut self.open);
        if all.is_empty() {
            return;
        }
        let ends = self.ends();
        for ((interval, days), end) in self.intervals.iter_mut().zip(INTERVALS).zip(ends) {
            match end - day {
                ago if ago < 0 => {}
                ago if ago < days => interval.now.unite(&all),
                ago if ago < days * 2 => interval.before.unite(&all),
                _ => {}
            }
        }
        if day >= self.first {
            self.window.unite(&all);
            self.last_seen_with(&all, &versions);
        }
        self.presence.weeks.entry(monday(day)).or_default().unite(&all);
        let counts = DayCounts {
            active: all.len(),
            new: self.presence.first.get(&day).map_or(0, |new| new.common(&all)),
            versions: lengths(&versions),
        };
        self.days.insert(day, counts);
        self.presence.days.insert(day, all);
    }

    /// Moves who was there on a day to the version of that day.
    fn last_seen_with(&mut self, all: &InstallationSet, versions: &BTreeMap<Version, InstallationSet>) {
        for set in self.versions.values_mut() {
            set.subtract(all);
        }
        let mut placed = InstallationSet::default();
        for (version, set) in versions.iter().rev() {
            let mut fresh = set.clone();
            fresh.subtract(&placed);
            self.versions.entry(*version).or_default().unite(&fresh);
            placed.unite(set);
        }
    }

    fn finish(mut self) -> Activity {
        for (day, set) in &self.presence.first {
            self.presence.cohorts.entry(monday(*day)).or_default().unite(set);
        }
        let first_day = self.first_day;
        self.arrivals.retain(|_, day| first_day.is_some_and(|first| *day > first));
        let mut versions = lengths(&self.versions);
        versions.retain(|_, installations| *installations > 0);
        Activity {
            installations: self.window.len(),
            unverified: self.unverified(),
            intervals: std::array::from_fn(|at| self.interval(at)),
            days: self.window_days(),
            weeks: lengths(&self.presence.weeks),
            versions,
            arrivals: self.arrivals.clone(),
            platforms: self.platform_activity(),
            agents: lengths(&self.agents),
            begins: self.begins,
            first_day,
            presence: self.presence,
        }
    }

    /// The last day of each interval. Whole days are set beside whole ones; the day that runs stands apart.
    fn ends(&self) -> [Day; 3] {
        [self.last, self.whole, self.whole]
    }

    fn interval(&self, at: usize) -> IntervalActivity {
        let Interval { now, before } = &self.intervals[at];
        let end = self.ends()[at];
        let days = INTERVALS[at];
        let new = |last: Day, active: &InstallationSet| {
            let first = self.presence.first.range(last - days + 1..=last);
            first.map(|(_, set)| set.common(active)).sum()
        };
        let is_known = |of: Days| self.retired_days.range(of.first..=of.last).next().is_none();
        let earlier = Days { first: end - 2 * days + 1, last: end - days };
        let knows_now = is_known(Days { first: end - days + 1, last: end });
        let reaches = self.begins.is_some_and(|begins| begins <= earlier.first) && is_known(earlier);
        let are_settled = self.begins.is_some_and(|begins| begins + ALL_ARE_NEW <= earlier.first);
        IntervalActivity {
            active: knows_now.then(|| now.len()),
            before: reaches.then(|| before.len()),
            new: knows_now.then(|| new(end, now)),
            new_before: (reaches && are_settled).then(|| new(earlier.last, before)),
            gone: (knows_now && reaches).then(|| before.len() - before.common(now)),
        }
    }

    fn unverified(&self) -> u64 {
        // One installation may speak as a server and as its console.
        let mut unverified = InstallationSet::default();
        for (component, active) in &self.components {
            for (_, first) in self.received.range(self.unverified_from(*component)..) {
                unverified.unite(&first.intersection(active));
            }
        }
        unverified.len()
    }

    fn window_days(&mut self) -> BTreeMap<Day, DayActivity> {
        let mut days = BTreeMap::new();
        for day in self.first..=self.last {
            let counts = self.days.remove(&day).unwrap_or_default();
            let is_retired = self.retired_days.contains(&day);
            let is_unknown = is_retired && !self.is_everybody;
            let active = (!is_unknown).then_some(counts.active);
            let new = (!is_retired).then_some(counts.new);
            days.insert(day, DayActivity { active, new, versions: counts.versions });
        }
        days
    }

    fn platform_activity(&self) -> Vec<PlatformActivity> {
        let platform = |((os, arch), set): (&(Arc<str>, Arc<str>), &InstallationSet)| PlatformActivity {
            os: Arc::clone(os),
            arch: Arc::clone(arch),
            installations: set.len(),
        };
        let mut all: Vec<_> = self.platforms.iter().map(platform).collect();
        all.sort_by_key(|platform| Reverse(platform.installations));
        all
    }
}

fn lengths<K: Ord + Copy>(sets: &BTreeMap<K, InstallationSet>) -> BTreeMap<K, u64> {
    sets.iter().map(|(key, set)| (*key, set.len())).collect()
}
