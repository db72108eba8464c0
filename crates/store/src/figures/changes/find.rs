//! Which differences are told. Every look makes many comparisons, and the chance that any of them is marked as worse though nothing
//! changed is kept below [`ALPHA`] for all of them together.

use std::collections::BTreeMap;
use std::ops::Bound;

use aboveboard_manifest::ReleaseLine;
use aboveboard_types::event::Ending;
use aboveboard_types::value::{Channel, Version};

use super::super::evidence::{Dispersion, as_number, pooled};
use super::super::interval::Share;
use super::super::outcomes::{Ended, is_of, newest_two};
use super::finding::{Change, Changes, Finding, Since, Tone};
use super::history::{History, MAX_WEEKS, Spans};
use crate::calendar::Day;

/// Nothing is said of fewer installations, nor of a difference of fewer.
const ENOUGH: u64 = 20;

/// The chance that one look marks anything as worse though nothing changed.
const ALPHA: f64 = 0.025;

/// The part of it that commands take; four further comparisons share the rest: the day, the week, the cohort, the release.
const ALPHA_OF_COMMANDS: f64 = 0.6 * ALPHA;
const ALPHA_OF_OTHERS: f64 = 0.1 * ALPHA;

/// What is compared must also stand out from the few days or weeks it is set beside, by how these differ among themselves: what
/// lasts for a week, such as a holiday, makes seven days differ and is one event. So few alone prove little, so less certainty
/// is asked for; least of a command on one day, which is to be named soon, and none beside two days.
const ALPHA_AMONG: f64 = 0.01;
const ALPHA_AMONG_DAYS: f64 = 0.05;
const ALPHA_AMONG_THREE_DAYS: f64 = 0.1;

/// How long a version that few run may have been there before it is said to arrive.
const ARRIVAL_DAYS: Day = 28;

/// The changes, loudest first. `first_days` are those of the versions, for ever; `lines` are those that the manifest names.
pub(in super::super) fn find(
    history: &History,
    first_days: &BTreeMap<Version, Day>,
    lines: &[ReleaseLine],
) -> Changes {
    let weeks = history.weeks();
    let mut changes = Changes {
        last: history.last,
        weeks: u8::try_from(weeks).unwrap_or(0),
        ready: history.known.map(|known| known + 7 * (1 + Day::from(Changes::MIN_WEEKS)) + 1),
        active: history.active.weeks[0],
        found: Vec::new(),
    };
    if history.known.is_some() && !history.is_heard {
        changes.found.push(change(Tone::Plain, Since::LastWeek, Finding::Nobody));
    }
    changes.found.extend(arrivals(history, first_days, lines));
    if changes.is_ready() {
        changes.found.extend(active(history, weeks));
        changes.found.extend(endings(history, weeks));
        changes.found.extend(cohorts(history));
        let worse = release(history, lines);
        changes
            .found
            .iter_mut()
            .filter(|change| arrives_worse(change, &worse))
            .for_each(|change| change.tone = Tone::Plain);
        changes.found.extend(worse);
    }
    changes.found.sort_by_key(|change| change.tone);
    changes
}

fn change(tone: Tone, since: Since, finding: Finding) -> Change {
    Change { tone, since, finding }
}

/// What is said of a day is not said of its week again.
fn active(history: &History, weeks: usize) -> Option<Change> {
    let Spans { days, weeks: whole } = history.active;
    let mut by_day = Dispersion::default();
    (0..7).for_each(|weekday| by_day.add_counts(history.active.alike(weekday, weeks)));
    let mut by_week = Dispersion::default();
    by_week.add_counts(history.active.weeks_before(weeks));
    let n = weeks as u64;
    let mut by_weekday = Dispersion::default();
    by_weekday.add_counts(history.active.alike(0, weeks));
    let of = |since, now: u64, earlier: u64, among: Dispersion| {
        let before = Spans::mean(earlier, n);
        let is_enough = now.max(before) >= ENOUGH && now.abs_diff(before) >= ENOUGH;
        let is_told = is_enough
            && by_day.or_larger(among).of_counts(now, earlier, n) <= ALPHA_OF_OTHERS
            && among.of_counts(now, earlier, n) <= ALPHA_AMONG;
        let tone = if now < before { Tone::Bad } else { Tone::Good };
        is_told.then(|| change(tone, since, Finding::Active { now, before }))
    };
    let day = of(Since::Yesterday, days[0][0], history.active.alike(0, weeks).sum(), by_weekday);
    day.or_else(|| of(Since::LastWeek, whole[0], history.active.weeks_before(weeks).sum(), by_week))
}

/// A version that ran before, however long ago, does not arrive again; nor does what was there when the data begins, what is lower
/// than a release that enough run already, and what is of no line that the manifest names where it names any.
fn arrivals(history: &History, first_days: &BTreeMap<Version, Day>, lines: &[ReleaseLine]) -> Vec<Change> {
    let Some(first) = first_days.values().min().copied() else { return Vec::new() };
    let begins = history.begins_in_earnest.map_or(first, |begins| begins.max(first));
    let of = history.active.weeks[0];
    let [now, before] = &history.versions;
    let arrival = |(version, day): (&Version, &Day)| {
        let hits = now.get(version).copied().unwrap_or(0);
        let was_told = before.get(version).is_some_and(|n| *n >= ENOUGH);
        let is_new = *day > begins + 1 && *day > history.last - ARRIVAL_DAYS && *day <= history.last;
        let is_lower =
            first_days.range((Bound::Excluded(*version), Bound::Unbounded)).any(|(higher, since)| {
                let is_run = [now, before].iter().any(|week| week.get(higher).is_some_and(|n| *n >= ENOUGH));
                higher.channel == Channel::Stable && since < day && is_run
            });
        let is_release = lines.is_empty() || is_of(lines, *version);
        let finding = Finding::VersionArrived { version: *version, day: *day, now: Share { hits, of } };
        let since = if *day == history.last { Since::Yesterday } else { Since::LastWeek };
        (is_new && is_release && !is_lower && hits >= ENOUGH && !was_told)
            .then(|| change(Tone::Good, since, finding))
    };
    first_days.iter().rev().filter_map(arrival).collect()
}

/// Whether a change is the arrival of a release that is worse than the one before it: that is no good news.
fn arrives_worse(change: &Change, worse: &[Change]) -> bool {
    let Finding::VersionArrived { version, .. } = change.finding else { return false };
    worse.iter().any(|one| matches!(one.finding, Finding::ReleaseWorse { newest, .. } if newest == version))
}

/// A comparison of a share that can be told.
struct Comparison {
    /// Its part of the chance of a false alarm, before all parts are made one.
    weight: f64,
    /// How likely chance alone explains it.
    probability: f64,
    tone: Tone,
    since: Since,
    finding: Finding,
}

/// Whether there could be a difference that is large enough to be told, whatever `now` turns out to be.
fn can_be_worse(now: Share, before: Share) -> bool {
    Share { hits: now.of, of: now.of }.differs_by(ENOUGH, before)
}

/// Each command has a part of the chance of a false alarm in proportion to how many run it in a day, so that a look at many commands that
/// few run does not hide what happens to one that all run.
fn endings(history: &History, weeks: usize) -> Vec<Change> {
    let mut all: Vec<Comparison> = Vec::new();
    for (command, spans) in &history.commands {
        for ending in [Ending::Error, Ending::Unfinished] {
            all.extend(comparisons(command, ending, spans, weeks));
        }
    }
    let weights: f64 = all.iter().map(|comparison| comparison.weight).sum();
    let mut found: Vec<Change> = Vec::new();
    for since in [Since::Yesterday, Since::LastWeek] {
        for Comparison { weight, probability, tone, finding, .. } in
            all.iter().filter(|one| one.since == since)
        {
            let is_told = *probability <= ALPHA_OF_COMMANDS * weight / weights;
            if is_told && !found.iter().any(|known| says_the_same(&known.finding, finding)) {
                found.push(change(*tone, since, finding.clone()));
            }
        }
    }
    found
}

/// The day and the week of a command, where a difference could be told.
fn comparisons(
    command: &str,
    ending: Ending,
    spans: &Spans<Ended>,
    weeks: usize,
) -> impl Iterator<Item = Comparison> {
    let share = |ended: Ended| ended.share(ending);
    let mut by_day = Dispersion::default();
    (0..7).for_each(|weekday| by_day.add_shares(spans.alike(weekday, weeks).map(share)));
    let mut by_week = Dispersion::default();
    by_week.add_shares(spans.weeks_before(weeks).map(share));
    let mut by_weekday = Dispersion::default();
    by_weekday.add_shares(spans.alike(0, weeks).map(share));
    let day = pooled(spans.alike(0, weeks).map(share));
    let week = pooled(spans.weeks_before(weeks).map(share));
    let alpha_of_day = match weeks {
        ..=2 => 1.0,
        3 => ALPHA_AMONG_THREE_DAYS,
        _ => ALPHA_AMONG_DAYS,
    };
    let both = [
        (Since::Yesterday, share(spans.days[0][0]), day, by_weekday, alpha_of_day),
        (Since::LastWeek, share(spans.weeks[0]), week, by_week, ALPHA_AMONG),
    ];
    let a_day: u64 = spans.days[1..=weeks].iter().flatten().map(|ended| ended.ran).sum();
    let weight = as_number(a_day.max(1));
    let command = command.to_owned();
    both.into_iter().filter_map(move |(since, now, before, among, alpha_among)| {
        let typical = before.of / weeks as u64;
        if now.of < ENOUGH || typical < ENOUGH || !can_be_worse(now, before) {
            return None;
        }
        let is_more = now.hits * before.of > before.hits * now.of;
        // The day is one of those that the dispersion of all is made of; a week is not.
        let dispersion = if since == Since::Yesterday { by_day } else { by_day.or_larger(among) };
        let stands_out = among.of_shares(now, before) <= alpha_among;
        let probability = if stands_out && now.differs_by(ENOUGH, before) {
            dispersion.of_shares(now, before)
        } else {
            1.0
        };
        let finding = Finding::Ending { command: command.clone(), ending, is_more, now, before };
        let tone = if is_more { Tone::Bad } else { Tone::Good };
        Some(Comparison { weight, probability, tone, since, finding })
    })
}

/// Whether two findings say the same of the same command.
fn says_the_same(one: &Finding, other: &Finding) -> bool {
    match (one, other) {
        (
            Finding::Ending { command, ending, is_more, .. },
            Finding::Ending { command: other, ending: of_other, is_more: is_other, .. },
        ) => (command, ending, is_more) == (other, of_other, is_other),
        _ => false,
    }
}

/// Of those that were new in a week, fewer came back in the seven days after each one's first. When the data begins everybody is
/// new, so nothing is said until that is four weeks past.
fn cohorts(history: &History) -> Option<Change> {
    let days = &history.cohorts.days;
    if history.begins? > history.last - 9 * 7 + 1 || history.weeks() < MAX_WEEKS {
        return None;
    }
    let mut dispersion = Dispersion::default();
    (0..7).for_each(|weekday| dispersion.add_shares(days[2..].iter().map(move |week| week[weekday])));
    let now = pooled(days[1].iter().copied());
    let before = pooled(days[2..].iter().flatten().copied());
    let is_less = now.hits * before.of < before.hits * now.of;
    let is_told = now.of >= ENOUGH
        && before.of / 3 >= ENOUGH
        && is_less
        && now.differs_by(ENOUGH, before)
        && dispersion.of_shares(now, before) <= ALPHA_OF_OTHERS;
    is_told.then(|| change(Tone::Bad, Since::LastWeek, Finding::CohortLost { now, before }))
}

/// The newest release beside the one before it, in the last week. Days on which more fails than on others can meet the two
/// differently, so they count against it.
fn release(history: &History, lines: &[ReleaseLine]) -> Vec<Change> {
    let two = newest_two(&history.versions[0], ENOUGH, lines);
    let Some((newest, Some(previous))) = two else { return Vec::new() };
    let of = |ending| {
        let now = history.outcomes.of(newest).share(ending);
        let before = history.outcomes.of(previous).share(ending);
        let is_worse = now.hits * before.of > before.hits * now.of;
        let is_told = is_worse
            && now.differs_by(ENOUGH, before)
            && history.of_days(ending).of_versions(now, before) <= ALPHA_OF_OTHERS / 2.0;
        let finding = Finding::ReleaseWorse { newest, previous, ending, now, before };
        is_told.then(|| change(Tone::Bad, Since::LastWeek, finding))
    };
    [Ending::Error, Ending::Unfinished].into_iter().filter_map(of).collect()
}
