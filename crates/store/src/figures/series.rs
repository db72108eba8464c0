//! Each headline number by day, beside the window before.

use std::collections::{BTreeMap, BTreeSet};

use super::super::installation_set::InstallationSet;
use super::super::read::{Days, ReadResult, Snapshot};
use super::activity::Activity;
use super::begins::ALL_ARE_NEW;
use super::failing::Failing;
use super::kept::KeptInstallations;
use super::question::Question;
use super::rolling::Rolling;
use crate::calendar::Day;

/// What is followed by day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Series {
    /// Active on the day.
    #[default]
    Active,
    /// Active on one of the 28 days that end with it.
    Active28,
    /// Active on one of the seven days that end with it.
    Active7,
    /// Seen first on the day.
    New,
    /// With a failed run of a command in the seven days that end with it, of those that ran any.
    Failing,
}

/// One day of a series. What is not known is none: days before the data begins, days that retention has taken away, and of
/// several days together the day that is not over. What was before is known only where the data reaches back over all of the
/// days that are taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesDay {
    /// The day.
    pub day: Day,
    /// Installations.
    pub now: Option<u64>,
    /// Of how many, where it is a share.
    pub of: Option<u64>,
    /// Installations as many days before as the window is long.
    pub before: Option<u64>,
    /// Of how many then.
    pub of_before: Option<u64>,
}

impl Series {
    /// How many days are taken together.
    #[must_use]
    pub fn length(self) -> Day {
        match self {
            Self::Active | Self::New => 1,
            Self::Active7 | Self::Failing => 7,
            Self::Active28 => 28,
        }
    }
}

/// What is known of a day.
type Known = BTreeMap<Day, (u64, Option<u64>)>;

/// The days of the window, in order. `activity` says when the data begins.
pub(super) fn gather(
    snapshot: &dyn Snapshot,
    question: &Question,
    kept: &KeptInstallations,
    series: Series,
    activity: &Activity,
) -> ReadResult<Vec<SeriesDay>> {
    let window = question.days;
    let both = Days { first: question.previous().days.first, last: window.last };
    let mut known = match series {
        Series::Failing => failing(snapshot, question, kept, both)?,
        Series::New => new(snapshot, question, kept, both)?,
        _ => active(snapshot, question, kept, both, series.length())?,
    };
    let first_day = activity.first_day.unwrap_or(Day::MAX);
    let is_known = |day: Day| day >= first_day && (series.length() == 1 || !question.is_incomplete(day));
    known.retain(|day, _| is_known(*day));
    forget_retired(snapshot, question, series, both, &mut known)?;
    let settles = if series == Series::New { ALL_ARE_NEW } else { series.length() - 1 };
    let whole_from = activity.begins.unwrap_or(Day::MAX).saturating_add(settles);
    let day = |day: Day| {
        let now = known.get(&day);
        let before = known.get(&(day - question.length())).filter(|_| day - question.length() >= whole_from);
        SeriesDay {
            day,
            now: now.map(|known| known.0),
            of: now.and_then(|known| known.1),
            before: before.map(|known| known.0),
            of_before: before.and_then(|known| known.1),
        }
    };
    Ok((window.first..=window.last).map(day).collect())
}

/// Who was there in so many days together.
fn active(
    snapshot: &dyn Snapshot,
    question: &Question,
    kept: &KeptInstallations,
    days: Days,
    length: Day,
) -> ReadResult<Known> {
    let reach = Days { first: days.first - length + 1, last: days.last };
    let mut rolling = Rolling::over(reach, length);
    each_day(snapshot, question, kept, reach, |day, set| rolling.add(day, set))?;
    Ok(rolling.counts().map(|(day, count)| (day, (count, None))).collect())
}

/// Who was seen first, and is there under the filters on that day.
fn new(
    snapshot: &dyn Snapshot,
    question: &Question,
    kept: &KeptInstallations,
    days: Days,
) -> ReadResult<Known> {
    let mut first = BTreeMap::new();
    snapshot.first_seen(&question.product, days, &mut |day, set| {
        first.insert(day, set);
    })?;
    let mut known: Known = (days.first..=days.last).map(|day| (day, (0, None))).collect();
    each_day(snapshot, question, kept, days, |day, set| {
        known.insert(day, (first.get(&day).map_or(0, |first| first.common(set)), None));
    })?;
    Ok(known)
}

fn failing(
    snapshot: &dyn Snapshot,
    question: &Question,
    kept: &KeptInstallations,
    days: Days,
) -> ReadResult<Known> {
    let failing = Failing::gather(snapshot, question, kept, days)?;
    let share = |day: Day| (day, (failing.on(day).hits, Some(failing.on(day).of)));
    Ok((days.first..=days.last).map(share).collect())
}

/// Hands over everybody who was there on each day, under the filters.
fn each_day(
    snapshot: &dyn Snapshot,
    question: &Question,
    kept: &KeptInstallations,
    days: Days,
    mut take: impl FnMut(Day, &InstallationSet),
) -> ReadResult<()> {
    let mut open: Option<(Day, InstallationSet)> = None;
    let mut close = |open: Option<(Day, InstallationSet)>| {
        if let Some((day, mut set)) = open {
            kept.restrict(&mut set);
            take(day, &set);
        }
    };
    snapshot.active(&question.selection_of(days), &mut |day, _, set| match &mut open {
        Some((at, all)) if *at == day => all.unite(&set),
        _ => close(open.replace((day, set))),
    })?;
    close(open);
    Ok(())
}

/// Days of which retention has left no sets. How many were active on one of them is still known, where everybody counts.
fn forget_retired(
    snapshot: &dyn Snapshot,
    question: &Question,
    series: Series,
    days: Days,
    known: &mut Known,
) -> ReadResult<()> {
    let reach = Days { first: days.first - series.length() + 1, last: days.last };
    let retired: BTreeSet<Day> = snapshot.retired_days(&question.product, reach)?.into_iter().collect();
    known.retain(|day, _| retired.range(day - series.length() + 1..=*day).next().is_none());
    if series == Series::Active && question.installations.is_empty() {
        // Where nobody of the selected contexts was active, none was.
        known.extend(retired.range(days.first..=days.last).map(|day| (*day, (0, None))));
        snapshot.retired(&question.selection_of(days), &mut |day, _, installations| {
            known.entry(day).or_insert((0, None)).0 += installations;
        })?;
    }
    Ok(())
}
