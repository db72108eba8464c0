//! What changed: the few sentences that a maintainer would want to be told in the morning.

use std::collections::BTreeMap;

use super::activity::Activity;
use super::commands::{Commands, Runs};
use crate::page::format::{self, monday, ratio, share};
use crate::page::scope::Scope;
use crate::page::table::{Table, Value};
use crate::rollup::interval::wilson;
use crate::rollup::row::Name;
use crate::rollup::set::Set;

/// Below this many in either period nothing is said: it would be noise.
const ENOUGH: u64 = 20;

/// How loudly a change is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tone {
    Good,
    Bad,
    Plain,
}

impl Tone {
    fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Plain => "plain",
        }
    }
}

/// Since when something is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Since {
    Yesterday,
    LastWeek,
}

/// A sentence with how loud it is and since when it holds.
type Change = (Tone, Since, String);

/// The sentences, loudest first. `kind` is one of `good`, `bad`, `plain`; `since` is `yesterday` or `last week`.
pub(crate) fn table(activity: &Activity, commands: &Commands, quality: &Table, scope: &Scope) -> Table {
    let mut table = Table::new(
        "changes",
        "What changed",
        &[("kind", "Kind"), ("since", "Since"), ("what", "What changed")],
    );
    let mut found = Vec::new();
    installations(activity, &mut found);
    versions(activity, scope, &mut found);
    errors(commands, scope, &mut found);
    cohorts(activity, scope, &mut found);
    conflicts(quality, &mut found);
    found.sort_by_key(|(tone, _, _)| *tone != Tone::Bad);
    for (tone, since, text) in found {
        let since = if since == Since::Yesterday { "yesterday" } else { "last week" };
        table.push([tone.name(), since, &text].map(|text| Value::Text(text.to_owned())).to_vec());
    }
    (table.n, table.of) = (activity.periods[1].now.len(), "installations");
    table.note =
        "Since yesterday is yesterday and today; since last week is the last 7 days. Shares are said to \
                  differ where their 95 % intervals do not meet; fewer than 20 of anything are not spoken of."
            .to_owned();
    table
}

fn installations(activity: &Activity, found: &mut Vec<Change>) {
    let week = &activity.periods[1];
    let (now, before) = (week.now.len(), week.before.len());
    if now == 0 {
        found.push((
            Tone::Plain,
            Since::LastWeek,
            "No installation was active under these filters.".to_owned(),
        ));
    }
    if before < ENOUGH {
        return;
    }
    let change = ratio(now, before) - 1.0;
    let tone = match change {
        change if change <= -0.1 => Tone::Bad,
        change if change >= 0.1 => Tone::Good,
        _ => Tone::Plain,
    };
    let text = format!(
        "{} active, {} on the week before: {} new, {} not seen again.",
        format::counted(now, "installation", "installations"),
        format::change(now, before),
        format::count(week.new),
        format::count(week.gone())
    );
    found.push((tone, Since::LastWeek, text));
}

fn versions(activity: &Activity, scope: &Scope, found: &mut Vec<Change>) {
    for (version, day) in activity.arrived.iter().rev() {
        // What was there on the first days of the data did not arrive; it was found.
        let known = activity.begins().is_some_and(|first| *day > first + 1);
        if scope.until - day < 7 && known {
            let n = activity.version_week.get(version).map_or(0, Set::len);
            let since = if scope.until - day < 2 { Since::Yesterday } else { Since::LastWeek };
            let text = format!(
                "Version {version} arrived on {}: {} of installations run it.",
                format::short_day(*day),
                share(ratio(n, activity.periods[1].now.len()))
            );
            found.push((Tone::Good, since, text));
        }
    }
}

/// What left its band within the last two days is said of them, and of the week only what did not.
fn errors(commands: &Commands, scope: &Scope, found: &mut Vec<Change>) {
    let mut said = Vec::new();
    for (since, runs) in [(Since::Yesterday, &commands.yesterday), (Since::LastWeek, &commands.week)] {
        for change in endings(runs, &commands.before, scope) {
            let (tone, name, words, text) = change;
            if !said.contains(&(name, words)) {
                said.push((name, words));
                found.push((tone, since, text));
            }
        }
    }
}

/// Commands whose shares of errors or unfinished runs differ: how loud, which, in which way, in words.
fn endings(
    runs: &BTreeMap<Name, Runs>,
    before: &BTreeMap<Name, Runs>,
    scope: &Scope,
) -> Vec<(Tone, Name, &'static str, String)> {
    let mut found = Vec::new();
    for (name, now) in runs {
        let Some(before) = before.get(name) else { continue };
        if now.all() < ENOUGH || before.all() < ENOUGH {
            continue;
        }
        for (hits_now, hits_before, more, fewer) in [
            (now.error, before.error, "fails more often", "fails less often"),
            (
                now.unfinished,
                before.unfinished,
                "is left unfinished more often",
                "is left unfinished less often",
            ),
        ] {
            let (low, high) = wilson(hits_now, now.all());
            let (low_before, high_before) = wilson(hits_before, before.all());
            let (tone, words) = match () {
                () if low > high_before => (Tone::Bad, more),
                () if high < low_before => (Tone::Good, fewer),
                () => continue,
            };
            let text = format!(
                "“{}” {words}: {} of {} runs, after {} in the four weeks before.",
                scope.name(*name),
                share(ratio(hits_now, now.all())),
                format::count(now.all()),
                share(ratio(hits_before, before.all()))
            );
            found.push((tone, *name, words, text));
        }
    }
    found
}

/// Whether the youngest cohort that had its chance came back less often than the ones before it.
fn cohorts(activity: &Activity, scope: &Scope, found: &mut Vec<Change>) {
    let back = |week: i32| -> Option<(u64, u64)> {
        let (cohort, first) = (activity.cohorts.get(&week)?, activity.weeks.get(&week)?);
        let again = activity.weeks.get(&(week + 7)).map_or(0, |next| cohort.common(next));
        Some((again, cohort.common(first)))
    };
    let last = monday(scope.until) - 14;
    let Some((hits, of)) = back(last) else { return };
    let (mut hits_before, mut of_before) = (0, 0);
    for (hits, of) in (1..4).filter_map(|weeks| back(last - weeks * 7)) {
        hits_before += hits;
        of_before += of;
    }
    if of >= ENOUGH && of_before >= ENOUGH && wilson(hits, of).1 < wilson(hits_before, of_before).0 {
        let text = format!(
            "Of {} first seen in the week of {}, {} came back the week after; of those before them, {}.",
            format::counted(of, "installation", "installations"),
            format::short_day(last),
            share(ratio(hits, of)),
            share(ratio(hits_before, of_before))
        );
        found.push((Tone::Bad, Since::LastWeek, text));
    }
}

fn conflicts(quality: &Table, found: &mut Vec<Change>) {
    for row in &quality.rows {
        if let [Value::Text(what), Value::Count(n), _] = row.cells.as_slice()
            && *n > 0
            && (what.starts_with("Same id") || what.starts_with("Events above"))
        {
            found.push((Tone::Bad, Since::LastWeek, format!("{what}: {} in the window.", format::count(*n))));
        }
    }
}
