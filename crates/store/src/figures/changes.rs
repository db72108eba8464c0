//! What changed: the few findings that a maintainer would want to hear of in the morning.

use aboveboard_types::event::Ending;
use aboveboard_types::value::Version;

use super::super::read::QualityNote;
use super::activity::{Activity, IntervalActivity};
use super::commands::{Commands, Runs};
use super::interval::{ratio, wilson};
use super::quality::Quality;
use super::question::Question;
use super::retention::came_back;
use crate::calendar::{Day, monday};

/// Below this many in either interval nothing is said: it would be noise.
const ENOUGH: u64 = 20;

/// What changed, how loudly it is to be said, and since when it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// How loudly.
    pub tone: Tone,
    /// Since when.
    pub since: Since,
    /// What.
    pub finding: Finding,
}

/// How loudly a change is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Something got better.
    Good,
    /// Somebody should look.
    Bad,
    /// Neither.
    Plain,
}

/// Since when something is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// Yesterday and today.
    Yesterday,
    /// The last seven days.
    LastWeek,
}

/// What changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// No installation was active under these filters.
    Nobody,
    /// Active installations of the last week, beside those of the week before.
    Active(IntervalActivity),
    /// A version was seen first.
    VersionArrived {
        /// The version.
        version: Version,
        /// Its first day.
        day: Day,
        /// The share of the active installations of the last week that ran it.
        share: f64,
    },
    /// The share of the runs of a command that ended in one way left its interval.
    Ending {
        /// The command.
        command: String,
        /// The ending.
        ending: Ending,
        /// Whether it is more frequent now.
        is_more: bool,
        /// Runs that ended so, and all.
        now: (u64, u64),
        /// The same of the four weeks before.
        before: (u64, u64),
    },
    /// The youngest cohort came back less often than those before it.
    CohortLost {
        /// The week of its first sight.
        week: Day,
        /// Installations that came back, and all.
        now: (u64, u64),
        /// The same of the three cohorts before it.
        before: (u64, u64),
    },
    /// Something was set aside that hints at a fault or an attack.
    Noted(QualityNote, u64),
}

/// The changes, loudest first.
pub(super) fn find(
    question: &Question,
    activity: &Activity,
    commands: &Commands,
    quality: &Quality,
) -> Vec<Change> {
    let mut found = installations(activity);
    found.extend(versions(activity, question.days.last));
    found.extend(endings(commands));
    found.extend(cohorts(activity, question.days.last));
    for note in [QualityNote::Conflict, QualityNote::OverCap] {
        let n = quality.of(note);
        if n > 0 {
            found.push(change(Tone::Bad, Since::LastWeek, Finding::Noted(note, n)));
        }
    }
    found.sort_by_key(|change| change.tone != Tone::Bad);
    found
}

fn change(tone: Tone, since: Since, finding: Finding) -> Change {
    Change { tone, since, finding }
}

fn installations(activity: &Activity) -> Vec<Change> {
    let mut found = Vec::new();
    let week = activity.intervals[1];
    if week.active == 0 {
        found.push(change(Tone::Plain, Since::LastWeek, Finding::Nobody));
    }
    if let Some(before) = week.before.filter(|before| *before >= ENOUGH) {
        let tone = match ratio(week.active, before) - 1.0 {
            growth if growth <= -0.1 => Tone::Bad,
            growth if growth >= 0.1 => Tone::Good,
            _ => Tone::Plain,
        };
        found.push(change(tone, Since::LastWeek, Finding::Active(week)));
    }
    found
}

fn versions(activity: &Activity, last: Day) -> impl Iterator<Item = Change> {
    // What was there on the first days of the data did not arrive; it was found.
    let is_known = move |day: Day| activity.begins.is_some_and(|first| day > first + 1);
    let arrivals = activity.arrivals.iter().rev();
    arrivals.filter(move |(_, day)| last - **day < 7 && is_known(**day)).map(move |(version, day)| {
        let since = if last - day < 2 { Since::Yesterday } else { Since::LastWeek };
        let installations = activity.version_week.get(version).copied().unwrap_or(0);
        let share = ratio(installations, activity.intervals[1].active);
        change(Tone::Good, since, Finding::VersionArrived { version: *version, day: *day, share })
    })
}

/// What left its interval within the last two days is said of them, and of the week only what did not.
fn endings(commands: &Commands) -> Vec<Change> {
    let mut found: Vec<Change> = Vec::new();
    for since in [Since::Yesterday, Since::LastWeek] {
        for (command, runs) in &commands.by_command {
            let now = if since == Since::Yesterday { &runs.last_two_days } else { &runs.week };
            for (tone, finding) in endings_of(command, now, &runs.before) {
                if !found.iter().any(|known| is_same(&known.finding, &finding)) {
                    found.push(change(tone, since, finding));
                }
            }
        }
    }
    found
}

/// The endings of a command whose shares differ.
fn endings_of(command: &str, now: &Runs, before: &Runs) -> Vec<(Tone, Finding)> {
    let mut found = Vec::new();
    if now.all() < ENOUGH || before.all() < ENOUGH {
        return found;
    }
    for (ending, hits, hits_before) in
        [(Ending::Error, now.error, before.error), (Ending::Unfinished, now.unfinished, before.unfinished)]
    {
        let (low, high) = wilson(hits, now.all());
        let (low_before, high_before) = wilson(hits_before, before.all());
        let is_more = low > high_before;
        if is_more || high < low_before {
            let finding = Finding::Ending {
                command: command.to_owned(),
                ending,
                is_more,
                now: (hits, now.all()),
                before: (hits_before, before.all()),
            };
            found.push((if is_more { Tone::Bad } else { Tone::Good }, finding));
        }
    }
    found
}

/// Whether two findings say the same of the same command.
fn is_same(one: &Finding, other: &Finding) -> bool {
    match (one, other) {
        (
            Finding::Ending { command, ending, is_more, .. },
            Finding::Ending { command: other, ending: of_other, is_more: is_other, .. },
        ) => (command, ending, is_more) == (other, of_other, is_other),
        _ => false,
    }
}

/// Whether the youngest cohort that had its chance came back less often than the ones before it.
fn cohorts(activity: &Activity, last: Day) -> Option<Change> {
    let week = monday(last) - 14;
    let now = came_back(activity, week)?;
    let before = (1..4)
        .filter_map(|weeks| came_back(activity, week - weeks * 7))
        .fold((0, 0), |(hits, of), (more, of_more)| (hits + more, of + of_more));
    let is_less = wilson(now.0, now.1).1 < wilson(before.0, before.1).0;
    (now.1 >= ENOUGH && before.1 >= ENOUGH && is_less)
        .then(|| change(Tone::Bad, Since::LastWeek, Finding::CohortLost { week, now, before }))
}
