//! The charts of the page: which days and layers each shows.

use std::collections::BTreeMap;

use super::chart::{Bars, Drawn, Layer};
use super::figures::activity::Activity;
use super::figures::commands::{Commands, Runs};
use super::figures::events::Events;
use super::scope::Scope;
use crate::rollup::place::Day;

/// The days of the window; over more than a quarter, every seventh.
fn days(scope: &Scope) -> Vec<Day> {
    let step = if scope.until - scope.from > 100 { 7 } else { 1 };
    let mut days: Vec<Day> = (scope.from..=scope.until).rev().step_by(step).collect();
    days.reverse();
    days
}

/// Who was there: returning and new.
pub(crate) fn activity(activity: &Activity, scope: &Scope) -> Option<Drawn> {
    let days = days(scope);
    let new = |day: &Day| activity.days.get(day).map_or(0, |figures| figures.new);
    let back = |day: &Day| {
        activity.days.get(day).map_or(0, |figures| figures.active - figures.new.min(figures.active))
    };
    let layers = vec![
        Layer {
            name: "Returning".to_owned(),
            colour: 1,
            tint: false,
            numbers: days.iter().map(back).collect(),
        },
        Layer { name: "New".to_owned(), colour: 2, tint: false, numbers: days.iter().map(new).collect() },
    ];
    bars(days, layers, Vec::new(), false, scope, "Active installations by day")
}

/// How versions spread: the share of each, the newest in the strongest tint.
pub(crate) fn versions(activity: &Activity, scope: &Scope) -> Option<Drawn> {
    const MOST: usize = 6;
    let days = days(scope);
    let mut sums: BTreeMap<_, u64> = BTreeMap::new();
    for figures in days.iter().filter_map(|day| activity.days.get(day)) {
        for (version, n) in &figures.versions {
            *sums.entry(*version).or_default() += n;
        }
    }
    let mut largest: Vec<_> = sums.iter().map(|(version, n)| (*n, *version)).collect();
    largest.sort_unstable_by(|a, b| b.cmp(a));
    let mut shown: Vec<_> = largest.iter().take(MOST).map(|(_, version)| *version).collect();
    shown.sort_unstable();
    let number = |day: &Day, version| {
        activity.days.get(day).and_then(|figures| figures.versions.get(version)).copied().unwrap_or(0)
    };
    let mut layers = Vec::new();
    if largest.len() > MOST {
        let rest = |day: &Day| {
            let all: u64 = activity.days.get(day).map_or(0, |figures| figures.versions.values().sum());
            all - shown.iter().map(|version| number(day, version)).sum::<u64>()
        };
        layers.push(Layer {
            name: "others".to_owned(),
            colour: 8,
            tint: false,
            numbers: days.iter().map(rest).collect(),
        });
    }
    for (at, version) in shown.iter().enumerate() {
        // The newest always has the first colour.
        let colour = shown.len() - at;
        let numbers = days.iter().map(|day| number(day, version)).collect();
        layers.push(Layer { name: version.to_string(), colour, tint: false, numbers });
    }
    let layers = layers.into_iter().map(|layer| Layer { tint: true, ..layer }).collect();
    // What was there when the data begins did not come within it.
    let came = |version| {
        let day = *activity.arrived.get(&version)?;
        (day >= scope.from && activity.begins().is_some_and(|first| day > first)).then_some(day)
    };
    let mut marks: Vec<(Day, String)> =
        shown.iter().filter_map(|version| Some((came(*version)?, version.to_string()))).collect();
    marks.sort();
    bars(days, layers, marks, true, scope, "Share of versions among active installations by day")
}

/// How runs ended.
pub(crate) fn commands(commands: &Commands, scope: &Scope) -> Option<Drawn> {
    let days = days(scope);
    let runs =
        |pick: fn(&Runs) -> u64| days.iter().map(|day| commands.days.get(day).map_or(0, pick)).collect();
    let layers = vec![
        Layer { name: "Well".to_owned(), colour: 1, tint: false, numbers: runs(|runs| runs.well) },
        Layer {
            name: "Unfinished".to_owned(),
            colour: 3,
            tint: false,
            numbers: runs(|runs| runs.unfinished),
        },
        Layer { name: "Errors".to_owned(), colour: 4, tint: false, numbers: runs(|runs| runs.error) },
    ];
    bars(days.clone(), layers, Vec::new(), false, scope, "Runs of commands by day")
}

/// How often an event happened.
pub(crate) fn event(events: &Events, name: &str, scope: &Scope) -> Option<Drawn> {
    let days = days(scope);
    let numbers = days.iter().map(|day| events.on(name, *day)).collect();
    let layers = vec![Layer { name: "Times".to_owned(), colour: 1, tint: false, numbers }];
    bars(days, layers, Vec::new(), false, scope, &format!("{name} by day"))
}

fn bars(
    days: Vec<Day>,
    layers: Vec<Layer>,
    marks: Vec<(Day, String)>,
    shares: bool,
    scope: &Scope,
    label: &str,
) -> Option<Drawn> {
    let incomplete = Some(scope.today).filter(|today| days.contains(today));
    Bars { days, layers, shares, incomplete, marks, label: label.to_owned() }.draw()
}
