//! The newest release beside the one before it.

use std::collections::BTreeMap;

use aboveboard_manifest::Manifest;
use aboveboard_types::event::Ending;
use aboveboard_types::value::Version;

use super::super::context::ContextFilter;
use super::super::installation_set::InstallationSet;
use super::super::read::{Days, ReadResult, Snapshot};
use super::changes::History;
use super::evidence::{Means, as_number};
use super::interval::Share;
use super::kept::KeptInstallations;
use super::outcomes::newest_two;
use super::question::Question;
use super::release_timings;
use super::verified::Verified;
use crate::calendar::Day;

/// A release that fewer run is not yet the newest, and of fewer, or of a difference of fewer, there is no verdict.
pub const ENOUGH: u64 = 20;

/// The chance that any verdict of a look is wrong, all of them together.
const ALPHA: f64 = 0.05;

/// How far back the spread of a release is followed, in days.
const MAX_SPREAD: Day = 400;

/// Days in which a share now is counted.
const WEEK: Day = 7;

/// The newest release, pre-releases apart, that enough installations run in the window, beside the next lower one of as many. On
/// each day those alone count that are verified on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// The days that are compared: those of the window that are over.
    pub days: Days,
    /// The newest.
    pub newest: Version,
    /// The first day it has data of; none where it was there when the data begins.
    pub since: Option<Day>,
    /// The one before.
    pub before: Option<Version>,
    /// What is compared.
    pub rows: Vec<ReleaseRow>,
}

/// One thing that is compared.
#[derive(Clone, Debug, PartialEq)]
pub struct ReleaseRow {
    /// What.
    pub what: ReleaseFigure,
    /// Of the newest; none where it is not known.
    pub newest: Option<ReleaseValue>,
    /// Of the one before; none likewise.
    pub before: Option<ReleaseValue>,
    /// Which is better; none where there is no better.
    pub verdict: Option<Verdict>,
}

/// What is compared of two releases.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReleaseFigure {
    /// Installations last seen with it in the last seven days, of all that were there.
    ShareNow,
    /// Days from its first until half of those who are there on a day have it.
    DaysToHalf,
    /// Installations for which a command ended so on the last of the last seven days on which they ran any with it, of all that
    /// ran any; by receipt, as in what changed.
    Ended(EndedBadly),
    /// How long requests of one kind took, in milliseconds, on a day.
    Requests {
        /// The timing's name.
        timing: String,
        /// The kind.
        kind: String,
    },
}

/// How a command can end badly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EndedBadly {
    /// With an error.
    Failed,
    /// It never said how.
    Unfinished,
}

/// A figure of a release.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ReleaseValue {
    /// Some installations.
    Share(Share),
    /// Days.
    Days(u64),
    /// Means of days.
    Means(Means),
}

/// Which of two releases does better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The newest.
    Better,
    /// The one before.
    Worse,
    /// Chance explains the difference, or it is too small to speak of.
    CannotTell,
}

/// Two figures that chance may explain.
struct Compared {
    what: ReleaseFigure,
    newest: ReleaseValue,
    before: ReleaseValue,
    /// How likely chance alone explains a difference as large, in the direction it has.
    probability: f64,
    is_more: bool,
}

/// `first_days` are those of the versions, `begins` is when the data does, `history` what was received up to the last day that is compared,
/// `manifest` says which release lines there are and how often servers report.
pub(super) fn gather(
    snapshot: &dyn Snapshot,
    question: &Question,
    kept: &KeptInstallations,
    first_days: &BTreeMap<Version, Day>,
    begins: Option<Day>,
    history: &History,
    manifest: Option<&Manifest>,
) -> ReadResult<Option<Release>> {
    let lines = manifest.map_or(&[] as &[_], |manifest| &manifest.product.releases);
    let every = manifest.map_or(0, |manifest| manifest.server.every);
    let verified = &mut Verified::gather(snapshot, question, every)?;
    let last = question.last_whole();
    let days = Days { first: question.days.first.min(last), last };
    let installations = installations(snapshot, question, kept, verified, days)?;
    let Some((newest, before)) = newest_two(&installations, ENOUGH, lines) else { return Ok(None) };
    let since = |version| {
        first_days.get(&version).copied().filter(|day| begins.is_some_and(|begins| *day > begins + 1))
    };
    let mut release = Release { days, newest, since: since(newest), before, rows: Vec::new() };
    let spread =
        Spread::gather(snapshot, question, kept, verified, last, [Some(newest), before], first_days)?;
    let mut row = |what, value: &dyn Fn(usize, Version) -> Option<ReleaseValue>| {
        let before = before.and_then(|before| value(1, before));
        release.rows.push(ReleaseRow { what, newest: value(0, newest), before, verdict: None });
    };
    row(ReleaseFigure::ShareNow, &|at, _| Some(ReleaseValue::Share(spread.now(at))));
    row(ReleaseFigure::DaysToHalf, &|at, version| {
        let days = spread.half[at]? - since(version)?;
        u64::try_from(days).ok().map(ReleaseValue::Days)
    });
    if let Some(before) = before {
        let mut compared = ended(history, [newest, before]);
        compared.extend(requests(snapshot, question, days, [newest, before])?);
        let alpha = ALPHA / 2.0 / as_number(compared.len().max(1) as u64);
        release.rows.extend(compared.into_iter().map(|compared| compared.row(alpha)));
    }
    Ok(Some(release))
}

impl Compared {
    /// Less is better of everything that has a verdict.
    fn row(self, alpha: f64) -> ReleaseRow {
        let verdict = match (self.probability <= alpha, self.is_more) {
            (false, _) => Verdict::CannotTell,
            (true, true) => Verdict::Worse,
            (true, false) => Verdict::Better,
        };
        ReleaseRow {
            what: self.what,
            newest: Some(self.newest),
            before: Some(self.before),
            verdict: Some(verdict),
        }
    }
}

/// How many ran each version in some days.
fn installations(
    snapshot: &dyn Snapshot,
    question: &Question,
    kept: &KeptInstallations,
    verified: &mut Verified,
    days: Days,
) -> ReadResult<BTreeMap<Version, u64>> {
    let mut versions: BTreeMap<Version, InstallationSet> = BTreeMap::new();
    snapshot.active(&question.selection_of(days), &mut |day, context, mut set| {
        kept.restrict(&mut set);
        verified.restrict(day, context.component, &mut set);
        versions.entry(context.version).or_default().unite(&set);
    })?;
    Ok(versions.iter().map(|(version, set)| (*version, set.len())).collect())
}

/// How two versions spread.
#[derive(Default)]
struct Spread {
    /// The first day on which half of those who were there had it.
    half: [Option<Day>; 2],
    /// Last seen with it in the last week.
    week: [InstallationSet; 2],
    /// Everybody in the last week.
    all: InstallationSet,
    day: Day,
    of_day: [InstallationSet; 2],
    all_of_day: InstallationSet,
}

impl Spread {
    fn gather(
        snapshot: &dyn Snapshot,
        question: &Question,
        kept: &KeptInstallations,
        verified: &mut Verified,
        last: Day,
        versions: [Option<Version>; 2],
        first_days: &BTreeMap<Version, Day>,
    ) -> ReadResult<Self> {
        let first = versions.iter().flatten().filter_map(|version| first_days.get(version)).min();
        let first = first.copied().unwrap_or(last).clamp(last - MAX_SPREAD, last - WEEK + 1);
        let mut spread = Self::default();
        snapshot.active(&question.selection_of(Days { first, last }), &mut |day, context, mut set| {
            kept.restrict(&mut set);
            verified.restrict(day, context.component, &mut set);
            if spread.day != day {
                spread.close_day(last);
                spread.day = day;
            }
            spread.all_of_day.unite(&set);
            for (at, version) in versions.iter().enumerate() {
                if *version == Some(context.version) {
                    spread.of_day[at].unite(&set);
                }
            }
        })?;
        spread.close_day(last);
        Ok(spread)
    }

    fn close_day(&mut self, last: Day) {
        let all = std::mem::take(&mut self.all_of_day);
        let [newest, mut before] = std::mem::take(&mut self.of_day);
        for (half, set) in self.half.iter_mut().zip([&newest, &before]) {
            if all.len() >= ENOUGH && set.len() * 2 >= all.len() {
                half.get_or_insert(self.day);
            }
        }
        if last - self.day < WEEK {
            before.subtract(&newest);
            for (week, set) in self.week.iter_mut().zip([&newest, &before]) {
                week.subtract(&all);
                week.unite(set);
            }
            self.all.unite(&all);
        }
    }

    fn now(&self, at: usize) -> Share {
        Share { hits: self.week[at].len(), of: self.all.len() }
    }
}

/// How commands ended with two versions, in the last seven days of the history.
fn ended(history: &History, [newest, before]: [Version; 2]) -> Vec<Compared> {
    let compared = |(ending, badly)| {
        let [now, earlier] = [newest, before].map(|version| history.outcomes.of(version).share(ending));
        (now.of > 0 && earlier.of > 0).then(|| Compared {
            what: ReleaseFigure::Ended(badly),
            newest: ReleaseValue::Share(now),
            before: ReleaseValue::Share(earlier),
            probability: if now.differs_by(ENOUGH, earlier) {
                history.of_days(ending).of_versions(now, earlier)
            } else {
                1.0
            },
            is_more: now.hits * earlier.of > earlier.hits * now.of,
        })
    };
    let badly = [(Ending::Error, EndedBadly::Failed), (Ending::Unfinished, EndedBadly::Unfinished)];
    badly.into_iter().filter_map(compared).collect()
}

/// How long requests took with two versions, of the most frequent kind of each timing. Requests are kept without their
/// installation: what is compared is how days differ.
fn requests(
    snapshot: &dyn Snapshot,
    question: &Question,
    days: Days,
    versions: [Version; 2],
) -> ReadResult<Vec<Compared>> {
    let of = |version| {
        let contexts = ContextFilter { version: Some(version), ..question.contexts.clone() };
        release_timings::by_day(snapshot, &question.product, &contexts, days)
    };
    let newest = of(versions[0])?;
    let before = of(versions[1])?;
    let compared = newest.into_iter().filter_map(|((timing, kind), now)| {
        let earlier = before.get(&(timing.clone(), kind.clone()))?;
        let [now, earlier] = [now.as_slice(), earlier].map(Means::of);
        Some(Compared {
            what: ReleaseFigure::Requests { timing, kind },
            newest: ReleaseValue::Means(now),
            before: ReleaseValue::Means(earlier),
            probability: now.probability(earlier),
            is_more: now.mean > earlier.mean,
        })
    });
    Ok(compared.collect())
}
