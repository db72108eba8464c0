//! Versions: who still runs what, and how they spread.

use std::cmp::Reverse;

use aboveboard_store::calendar::Day;
use aboveboard_store::figures::activity::Activity;
use aboveboard_store::figures::{Question, ratio};
use aboveboard_store::read::ReadResult;
use aboveboard_types::value::Version;

use crate::page::chart::{Bars, ChartView, layer};
use crate::page::format::counted;
use crate::page::panel::{Panel, PanelLayout};
use crate::page::table::{CellValue, Comparison, Table, column};
use crate::page::window::{Window, Windows};

/// Most versions that the chart tells apart.
const MAX_LAYERS: usize = 6;

pub(super) struct VersionsPanel;

impl Panel for VersionsPanel {
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let columns = [
            column("version", "Version"),
            column("installations", "Installations").compared(Comparison::Count).adding(),
            column("share", "Share").adding(),
            column("since", "First seen"),
        ];
        let mut table = Table::new("Versions", "installations", columns);
        let activity = window.answers.activity()?;
        for (version, installations) in by_size(activity) {
            let share = ratio(*installations, activity.installations);
            let row = table.push([
                CellValue::text(version.to_string()),
                CellValue::Count(*installations),
                CellValue::Share(share),
                CellValue::or_none(activity.arrivals.get(version), |day| CellValue::Day(*day)),
            ]);
            row.bar = Some(share);
            row.link = Some(window.scope.query.with(|query| {
                query.contexts.version = Some(*version);
                query.table = None;
            }));
        }
        table.n = activity.installations;
        let days = counted(window.answers.question().length().unsigned_abs().into(), "day", "days");
        table.note = format!(
            "Each installation counts for the version it was last seen with in the window of {days}. First seen is \
                      left out where the version was there when the data begins."
        );
        Ok(table)
    }

    fn why(&self) -> &'static str {
        "Every batch says which version recorded it: who still runs what?"
    }

    fn layout(&self, windows: &Windows<'_>, _table: &Table) -> ReadResult<Option<PanelLayout>> {
        let answers = &windows.shown.answers;
        let chart = chart(answers.activity()?, answers.question());
        Ok(Some(PanelLayout { chart, ..PanelLayout::default() }))
    }
}

/// The versions, the one with the most installations first; of equals the newest.
fn by_size(activity: &Activity) -> Vec<(&Version, &u64)> {
    let mut versions: Vec<_> = activity.versions.iter().rev().collect();
    versions.sort_by_key(|(_, installations)| Reverse(**installations));
    versions
}

/// The share of each version, the newest in the strongest tint.
fn chart(activity: &Activity, question: &Question) -> Option<ChartView> {
    let bars = Bars::over(question);
    let shown = largest(activity);
    let number = |day: Day, version| {
        activity.days.get(&day).and_then(|counted| counted.versions.get(version)).copied().unwrap_or(0)
    };
    let mut layers = Vec::new();
    if shown.has_others {
        let others = |day: Day| {
            let all: u64 = activity.days.get(&day).map_or(0, |counted| counted.versions.values().sum());
            all - shown.versions.iter().map(|version| number(day, version)).sum::<u64>()
        };
        layers.push(layer("others", "v8", bars.sums(others)));
    }
    for (at, version) in shown.versions.iter().enumerate() {
        // The newest always has the first tint.
        let tint = format!("v{}", shown.versions.len() - at);
        layers.push(layer(&version.to_string(), &tint, bars.sums(|day| number(day, version))));
    }
    let marks = arrivals(activity, question);
    let label = "Share of versions among active installations".to_owned();
    Bars { layers, marks, shares: true, label, ..bars }.draw()
}

/// The days of the window on which the versions that are told apart were first seen.
pub(crate) fn arrivals(activity: &Activity, question: &Question) -> Vec<(Day, String)> {
    let arrived = |version| activity.arrivals.get(version).filter(|day| **day >= question.days.first);
    let versions = largest(activity).versions;
    let mut marks: Vec<(Day, String)> =
        versions.iter().filter_map(|version| Some((*arrived(version)?, version.to_string()))).collect();
    marks.sort();
    marks
}

/// The versions that are distinguished, ascending: the first of the table. Days whose sets are gone have versions of which
/// no installation is left; they are among the others.
struct Largest {
    versions: Vec<Version>,
    has_others: bool,
}

fn largest(activity: &Activity) -> Largest {
    let mut versions: Vec<Version> =
        by_size(activity).into_iter().take(MAX_LAYERS).map(|(version, _)| *version).collect();
    versions.sort_unstable();
    let is_other = |version: &Version| !versions.contains(version);
    let has_others = activity.days.values().any(|counted| counted.versions.keys().any(is_other));
    Largest { versions, has_others }
}
