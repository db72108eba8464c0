//! The charts of the page: which days and layers each shows.

use std::collections::BTreeMap;

use super::chart::{Bars, Drawn, Layer};
use super::figures::activity::Activity;
use super::figures::commands::{Commands, Runs};
use super::figures::events::Events;
use super::format::monday;
use super::scope::Scope;
use crate::rollup::set::Set;
use crate::store::calendar::Day;

/// The bars of a window: its days, or, over more than a quarter, its weeks from Monday to Sunday.
struct Steps {
    /// The first day of each.
    starts: Vec<Day>,
    length: Day,
}

impl Steps {
    fn of(scope: &Scope) -> Self {
        if scope.until - scope.from <= 100 {
            return Self { starts: (scope.from..=scope.until).collect(), length: 1 };
        }
        let first = monday(scope.from + 6);
        Self { starts: (first..=scope.until).step_by(7).collect(), length: 7 }
    }

    /// A number for each bar: what its days come to.
    fn sums(&self, on: impl Fn(Day) -> u64) -> Vec<u64> {
        self.starts.iter().map(|start| (*start..start + self.length).map(&on).sum()).collect()
    }

    fn by(&self) -> &'static str {
        if self.length == 1 { "by day" } else { "by week" }
    }
}

/// Who was there: returning and new.
pub(crate) fn activity(activity: &Activity, scope: &Scope) -> Option<Drawn> {
    let steps = Steps::of(scope);
    let new = steps.sums(|day| activity.days.get(&day).map_or(0, |figures| figures.new));
    let all: Vec<u64> = steps
        .starts
        .iter()
        .map(|start| {
            let days = activity.days.range(*start..start + steps.length);
            let most = days.map(|(_, figures)| figures.active).max().unwrap_or(0);
            // Of a week it is who was there on any day of it; where its sets are gone, the busiest day is a lower bound.
            let week = activity.weeks.get(start).filter(|_| steps.length == 7).map_or(0, Set::len);
            most.max(week)
        })
        .collect();
    let back = all.iter().zip(&new).map(|(all, new)| all.saturating_sub(*new)).collect();
    let layers = vec![
        Layer { name: "Returning".to_owned(), colour: 1, tint: false, numbers: back },
        Layer { name: "New".to_owned(), colour: 2, tint: false, numbers: new },
    ];
    bars(steps, layers, Vec::new(), false, scope, "Active installations")
}

/// How versions spread: the share of each, the newest in the strongest tint.
pub(crate) fn versions(activity: &Activity, scope: &Scope) -> Option<Drawn> {
    const MAX_LAYERS: usize = 6;
    let steps = Steps::of(scope);
    let mut sums: BTreeMap<_, u64> = BTreeMap::new();
    for (_, figures) in activity.days.range(scope.from..=scope.until) {
        for (version, n) in &figures.versions {
            *sums.entry(*version).or_default() += n;
        }
    }
    let mut largest: Vec<_> = sums.iter().map(|(version, n)| (*n, *version)).collect();
    largest.sort_unstable_by(|a, b| b.cmp(a));
    let mut shown: Vec<_> = largest.iter().take(MAX_LAYERS).map(|(_, version)| *version).collect();
    shown.sort_unstable();
    let number = |day: Day, version| {
        activity.days.get(&day).and_then(|figures| figures.versions.get(version)).copied().unwrap_or(0)
    };
    let mut layers = Vec::new();
    if largest.len() > MAX_LAYERS {
        let rest = |day: Day| {
            let all: u64 = activity.days.get(&day).map_or(0, |figures| figures.versions.values().sum());
            all - shown.iter().map(|version| number(day, version)).sum::<u64>()
        };
        layers.push(Layer { name: "others".to_owned(), colour: 8, tint: false, numbers: steps.sums(rest) });
    }
    for (at, version) in shown.iter().enumerate() {
        // The newest always has the first colour.
        let colour = shown.len() - at;
        let numbers = steps.sums(|day| number(day, version));
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
    bars(steps, layers, marks, true, scope, "Share of versions among active installations")
}

/// How runs ended.
pub(crate) fn commands(commands: &Commands, scope: &Scope) -> Option<Drawn> {
    let steps = Steps::of(scope);
    let runs = |pick: fn(&Runs) -> u64| steps.sums(|day| commands.days.get(&day).map_or(0, pick));
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
    bars(steps, layers, Vec::new(), false, scope, "Runs of commands")
}

/// How often an event happened.
pub(crate) fn event(events: &Events, name: &str, scope: &Scope) -> Option<Drawn> {
    let steps = Steps::of(scope);
    let numbers = steps.sums(|day| events.on(name, day));
    let layers = vec![Layer { name: "Times".to_owned(), colour: 1, tint: false, numbers }];
    bars(steps, layers, Vec::new(), false, scope, name)
}

fn bars(
    steps: Steps,
    layers: Vec<Layer>,
    marks: Vec<(Day, String)>,
    shares: bool,
    scope: &Scope,
    label: &str,
) -> Option<Drawn> {
    let label = format!("{label} {}", steps.by());
    let over = |start: &Day| start + steps.length <= scope.today;
    let incomplete = steps.starts.last().copied().filter(|start| !over(start));
    Bars { days: steps.starts, weeks: steps.length == 7, layers, shares, incomplete, marks, label }.draw()
}
