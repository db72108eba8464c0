//! What was received in the last weeks, by installation: folded day by day into numbers, so that no set outlives its week.

use std::collections::BTreeMap;

use aboveboard_types::declaration::Component;
use aboveboard_types::event::Ending;
use aboveboard_types::value::Version;

use super::super::super::installation_set::InstallationSet;
use super::super::super::read::{Days, ReadResult, Snapshot};
use super::super::begins;
use super::super::by_name::update;
use super::super::evidence::{Dispersion, as_number};
use super::super::interval::Share;
use super::super::kept::KeptInstallations;
use super::super::outcomes::{Ended, EndedSets, VersionOutcomes};
use super::super::question::Question;
use super::super::verified::Verified;
use crate::calendar::Day;

/// How many weeks a week is set beside.
pub(super) const MAX_WEEKS: usize = 4;

/// Days in these weeks and the one that is compared.
const DAYS: usize = 7 * (MAX_WEEKS + 1);

/// Something of each day and of each week. Both count backwards: the first is the last day, the first week ends with it.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Spans<T> {
    pub(super) days: [[T; 7]; MAX_WEEKS + 1],
    pub(super) weeks: [T; MAX_WEEKS + 1],
}

impl<T: Copy> Spans<T> {
    fn set_day(&mut self, ago: usize, value: T) {
        if let Some(day) = self.days.get_mut(ago / 7).and_then(|week| week.get_mut(ago % 7)) {
            *day = value;
        }
    }

    fn set_week(&mut self, ago: usize, value: T) {
        if let Some(week) = self.weeks.get_mut(ago / 7) {
            *week = value;
        }
    }

    /// The same weekday of the weeks before, the last weekday being that of the last day.
    pub(super) fn alike(&self, weekday: usize, weeks: usize) -> impl Iterator<Item = T> + Clone {
        self.days[1..=weeks].iter().map(move |week| week[weekday])
    }

    /// The weeks before.
    pub(super) fn weeks_before(&self, weeks: usize) -> impl Iterator<Item = T> + Clone {
        self.weeks[1..=weeks].iter().copied()
    }
}

/// What was received up to one day.
#[derive(Debug, Default)]
pub(in super::super) struct History {
    /// The last day that counts.
    pub(super) last: Day,
    /// The day on which something was first received.
    pub(super) begins: Option<Day>,
    /// The day from which on so much is received that the data begins, a few early installations apart.
    pub(super) begins_in_earnest: Option<Day>,
    /// The first day of which it is known what was received: a later one where the database is of an earlier schema.
    pub(super) known: Option<Day>,
    /// Whether anything was received, also of installations that are not verified.
    pub(super) is_heard: bool,
    /// Of how many installations something was received. This and all below but the cohorts count those alone that are verified.
    pub(super) active: Spans<u64>,
    /// How any command ended.
    pub(super) any: Spans<Ended>,
    /// How each command ended.
    pub(super) commands: BTreeMap<String, Spans<Ended>>,
    /// Of how many installations with each version something was received, in the last week and in the one before.
    pub(super) versions: [BTreeMap<Version, u64>; 2],
    /// How commands ended with each version in the last week.
    pub(in super::super) outcomes: VersionOutcomes,
    /// Those that were new on a day and came back in the seven days after it, of all; by how long ago the day is.
    pub(super) cohorts: Spans<Share>,
}

impl History {
    /// Up to `last`, of installations and contexts that count. `report_interval` is that of servers, in seconds.
    pub(in super::super) fn gather(
        snapshot: &dyn Snapshot,
        question: &Question,
        kept: &KeptInstallations,
        last: Day,
        report_interval: u64,
    ) -> ReadResult<Self> {
        let mut gathering = Gathering::until(last, report_interval);
        gathering.known_from(snapshot.received_from(&question.product)?);
        snapshot.first_received(&question.product, Days { first: Day::MIN, last }, &mut |day, set| {
            gathering.first(day, set);
        })?;
        let reach = question.selection_of(Days { first: gathering.first_day(), last });
        snapshot.received(&reach, &mut |day, context, mut set| {
            kept.restrict(&mut set);
            gathering.active(day, context.component, context.version, set);
        })?;
        snapshot.received_endings(&reach, &mut |mut ended| {
            kept.restrict(&mut ended.installations);
            gathering.ending(
                ended.day,
                ended.command,
                (ended.context.component, ended.context.version),
                ended.ending,
                ended.installations,
            );
        })?;
        Ok(gathering.finish())
    }

    /// How days differ beyond chance in how commands end.
    pub(in super::super) fn of_days(&self, ending: Ending) -> Dispersion {
        let mut dispersion = Dispersion::default();
        for weekday in 0..7 {
            dispersion.add_shares(self.any.alike(weekday, self.weeks()).map(|ended| ended.share(ending)));
        }
        dispersion
    }

    /// How many weeks there are to compare with.
    pub(super) fn weeks(&self) -> usize {
        let Some(known) = self.known else { return 0 };
        // Less was received on the first day than on a whole one.
        let whole = (self.last - known) / 7 - 1;
        usize::try_from(whole).unwrap_or(0).min(MAX_WEEKS)
    }
}

/// The fold.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    history: History,
    /// How many were new on each day.
    new: Vec<(Day, u64)>,
    /// New on each day that is followed.
    first: BTreeMap<Day, InstallationSet>,
    verified: Verified,
    /// Active on each day, verified or not.
    days: BTreeMap<Day, InstallationSet>,
    /// Those who were verified.
    verified_days: BTreeMap<Day, InstallationSet>,
    /// Of each version, in the last week and in the one before.
    versions: [BTreeMap<Version, InstallationSet>; 2],
    day: Day,
    of_day: BTreeMap<String, EndedSets>,
    of_week: BTreeMap<String, EndedSets>,
    any_of_week: EndedSets,
}

impl Gathering {
    pub(super) fn until(last: Day, report_interval: u64) -> Self {
        let verified = Verified::of_servers_every(report_interval);
        let history = History { last, ..History::default() };
        Self { history, verified, day: Day::MIN, ..Self::default() }
    }

    /// The first day that counts.
    pub(super) fn first_day(&self) -> Day {
        self.history.last + 1 - Day::try_from(DAYS).unwrap_or(0)
    }

    fn ago(&self, day: Day) -> Option<usize> {
        usize::try_from(self.history.last.checked_sub(day)?).ok().filter(|ago| *ago < DAYS)
    }

    /// Takes in from which day on it is known what was received.
    pub(super) fn known_from(&mut self, day: Option<Day>) {
        self.history.known = day;
    }

    /// Takes in who was new on a day. Days ascend.
    pub(super) fn first(&mut self, day: Day, set: InstallationSet) {
        self.history.begins.get_or_insert(day);
        self.new.push((day, set.len()));
        self.verified.first(day, set.clone());
        if day >= self.first_day() {
            self.first.insert(day, set);
        }
    }

    /// Takes in who was there on a day with a version.
    pub(super) fn active(
        &mut self,
        day: Day,
        component: Component,
        version: Version,
        mut set: InstallationSet,
    ) {
        let Some(ago) = self.ago(day) else { return };
        self.days.entry(day).or_default().unite(&set);
        self.verified.restrict(day, component, &mut set);
        self.verified_days.entry(day).or_default().unite(&set);
        if let Some(versions) = self.versions.get_mut(ago / 7) {
            versions.entry(version).or_default().unite(&set);
        }
    }

    /// Takes in how a command ended on a day. Days ascend.
    pub(super) fn ending(
        &mut self,
        day: Day,
        command: &str,
        (component, version): (Component, Version),
        ending: Ending,
        mut set: InstallationSet,
    ) {
        if self.ago(day).is_none() {
            return;
        }
        self.verified.restrict(day, component, &mut set);
        if set.is_empty() {
            return;
        }
        if self.day != day {
            self.close_day(day);
        }
        update(&mut self.of_day, command, |sets: &mut EndedSets| sets.add(ending, &set));
        if self.history.last - day < 7 {
            self.history.outcomes.add(day, version, ending, &set);
        }
    }

    /// Counts the day that was passed, and its week when another begins.
    fn close_day(&mut self, next: Day) {
        let day = std::mem::replace(&mut self.day, next);
        let Some(ago) = self.ago(day) else { return };
        let mut any = EndedSets::default();
        for (command, sets) in std::mem::take(&mut self.of_day) {
            any.unite(&sets);
            let count = sets.count();
            update(&mut self.history.commands, &command, |spans| spans.set_day(ago, count));
            update(&mut self.of_week, &command, |week: &mut EndedSets| week.unite(&sets));
        }
        self.history.any.set_day(ago, any.count());
        self.any_of_week.unite(&any);
        if self.ago(next).map(|ago| ago / 7) != Some(ago / 7) {
            for (command, sets) in std::mem::take(&mut self.of_week) {
                let count = sets.count();
                update(&mut self.history.commands, &command, |spans| spans.set_week(ago, count));
            }
            self.history.any.set_week(ago, std::mem::take(&mut self.any_of_week).count());
        }
    }

    pub(super) fn finish(mut self) -> History {
        self.close_day(Day::MIN);
        self.history.outcomes.close_day();
        self.history.begins_in_earnest = begins::begins(&self.new);
        let mut week = InstallationSet::default();
        self.history.is_heard = self.days.values().any(|set| !set.is_empty());
        for ago in 0..DAYS {
            let set = self.on(ago, &self.verified_days);
            self.history.active.set_day(ago, set.len());
            week.unite(&set);
            if ago % 7 == 6 {
                self.history.active.set_week(ago, std::mem::take(&mut week).len());
            }
            if ago >= 7 {
                self.follow(ago);
            }
        }
        let lengths = |sets: &BTreeMap<Version, InstallationSet>| {
            sets.iter().map(|(version, set)| (*version, set.len())).collect()
        };
        self.history.versions = [lengths(&self.versions[0]), lengths(&self.versions[1])];
        self.history
    }

    fn on(&self, ago: usize, days: &BTreeMap<Day, InstallationSet>) -> InstallationSet {
        let day = self.history.last - Day::try_from(ago).unwrap_or(0);
        days.get(&day).cloned().unwrap_or_default()
    }

    /// Who was new on a day, and who of them came back.
    fn follow(&mut self, ago: usize) {
        let day = self.history.last - Day::try_from(ago).unwrap_or(0);
        let Some(first) = self.first.get(&day) else { return };
        let cohort = first.intersection(&self.on(ago, &self.days));
        let mut later = InstallationSet::default();
        for (_, set) in self.days.range(day + 1..=day + 7) {
            later.unite(set);
        }
        self.history.cohorts.set_day(ago, Share { hits: cohort.common(&later), of: cohort.len() });
    }
}

impl Spans<u64> {
    /// The mean of some, to the nearest.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of counts is a count")]
    pub(super) fn mean(sum: u64, n: u64) -> u64 {
        (as_number(sum) / as_number(n.max(1))).round() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_set_beside_those_alone_of_which_it_is_known_what_was_received() {
        // Something was received long ago, by a collector that did not keep when.
        let of = |known| History { last: 1_000, begins: Some(0), known, ..History::default() };
        let weeks = [None, Some(1_000), Some(980), Some(964), Some(0)].map(|known| of(known).weeks());
        assert_eq!(weeks, [0, 0, 1, 4, 4]);
    }
}
