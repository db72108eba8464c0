//! The newest release beside the one before it.

use aboveboard_store::figures::ratio;
use aboveboard_store::figures::releases::{
    ENOUGH, EndedBadly, Release, ReleaseFigure, ReleaseRow, ReleaseValue, Verdict,
};
use aboveboard_store::read::ReadResult;
use aboveboard_types::value::Version;

use crate::page::format::{long_day, short_day};
use crate::page::panel::{Panel, PanelLayout};
use crate::page::table::{CellValue, Estimate, Table, column};
use crate::page::window::{Window, Windows};

pub(super) struct ReleasesPanel;

impl Panel for ReleasesPanel {
    /// One row for each thing that is compared. `verdict` is one of `better`, `worse` and `cannot tell`, and empty where there is
    /// no better. Numbers are of installations; days and milliseconds where `unit` says so.
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let release = window.answers.release()?;
        let title = |version: Option<Version>, otherwise: &str| {
            version.map_or_else(|| otherwise.to_owned(), |version| version.to_string())
        };
        let newest = title(release.as_ref().map(|release| release.newest), "Newest");
        let before = title(release.as_ref().and_then(|release| release.before), "Before");
        let columns = [
            column("what", "What"),
            column("unit", "Unit").only_in_table(),
            column("newest", &newest),
            column("newest_low", "from").only_in_table(),
            column("newest_high", "to").only_in_table(),
            column("newest_n", "of").off_phone(),
            column("before", &before),
            column("before_low", "from").only_in_table(),
            column("before_high", "to").only_in_table(),
            column("before_n", "of").off_phone(),
            column("verdict", "Verdict"),
        ];
        let mut table = Table::new("The newest release", "installations", columns);
        let Some(release) = release else {
            table.note = format!(
                "No release was run by {ENOUGH} verified installations in the days of the window that are over."
            );
            return Ok(table);
        };
        for row in &release.rows {
            if let (ReleaseFigure::ShareNow, Some(ReleaseValue::Share(share))) = (&row.what, row.newest) {
                table.n = share.of;
            }
            push(&mut table, row);
        }
        table.note = note(&release);
        Ok(table)
    }

    fn why(&self) -> &'static str {
        "Every batch says which version recorded it: is the newest release better than the one before it?"
    }

    fn layout(&self, _windows: &Windows<'_>, _table: &Table) -> ReadResult<Option<PanelLayout>> {
        Ok(Some(PanelLayout { has_all_rows: true, ..PanelLayout::default() }))
    }
}

fn push(table: &mut Table, row: &ReleaseRow) {
    let [newest, newest_low, newest_high, newest_n] = cells(row.newest);
    let [before, before_low, before_high, before_n] = cells(row.before);
    table.push([
        CellValue::Text(what(&row.what)),
        CellValue::text(unit(&row.what)),
        newest,
        newest_low,
        newest_high,
        newest_n,
        before,
        before_low,
        before_high,
        before_n,
        CellValue::or_none(row.verdict, |verdict| {
            CellValue::text(match verdict {
                Verdict::Better => "better",
                Verdict::Worse => "worse",
                Verdict::CannotTell => "cannot tell",
            })
        }),
    ]);
}

fn what(figure: &ReleaseFigure) -> String {
    match figure {
        ReleaseFigure::ShareNow => "Share of installations, last 7 days".to_owned(),
        ReleaseFigure::DaysToHalf => "Days until half had it".to_owned(),
        ReleaseFigure::Ended(EndedBadly::Failed) => {
            "Installations with a failed command, last 7 days".to_owned()
        }
        ReleaseFigure::Ended(EndedBadly::Unfinished) => {
            "Installations with an unfinished command, last 7 days".to_owned()
        }
        ReleaseFigure::Requests { timing, kind } => format!("{timing}, {kind}: mean of a day, ms"),
    }
}

fn unit(figure: &ReleaseFigure) -> &'static str {
    match figure {
        ReleaseFigure::ShareNow | ReleaseFigure::Ended(_) => "installations",
        ReleaseFigure::DaysToHalf => "days",
        ReleaseFigure::Requests { .. } => "ms",
    }
}

/// The figure, the ends of its interval, and of how many it is.
fn cells(value: Option<ReleaseValue>) -> [CellValue; 4] {
    match value {
        None => [CellValue::None, CellValue::None, CellValue::None, CellValue::None],
        Some(ReleaseValue::Share(share)) => {
            let (low, high) = share.interval();
            let estimate = Estimate { share: ratio(share.hits, share.of), low, high };
            [
                CellValue::Estimate(estimate),
                CellValue::Share(low),
                CellValue::Share(high),
                CellValue::Count(share.of),
            ]
        }
        Some(ReleaseValue::Days(days)) => {
            [CellValue::Count(days), CellValue::None, CellValue::None, CellValue::None]
        }
        Some(ReleaseValue::Means(means)) => {
            let [low, high] = [means.interval.map(|ends| ends.0), means.interval.map(|ends| ends.1)]
                .map(|end| CellValue::or_none(end, milliseconds));
            [milliseconds(means.mean), low, high, CellValue::Count(means.days)]
        }
    }
}

/// To the nearest.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time that a server reports is a count"
)]
fn milliseconds(mean: f64) -> CellValue {
    CellValue::Count(mean.max(0.0).round() as u64)
}

fn note(release: &Release) -> String {
    let since = release.since.map_or_else(
        || "was there when the data begins".to_owned(),
        |day| format!("was first seen on {}", short_day(day)),
    );
    let Some(before) = release.before else {
        return format!(
            "{} {since}. No release before it was run by {ENOUGH} verified installations in the window.",
            release.newest
        );
    };
    format!(
        "{} {since}; {before} is the next lower release that {ENOUGH} verified installations or more ran, up to {}. An installation counts \
         once with each, by the last day on which it ran it. Better or worse is said where chance explains it in no more \
         than one look of twenty, all rows together, and where it concerns {ENOUGH} installations; requests are kept without \
         their installation and compared by the day.",
        release.newest,
        long_day(release.days.last)
    )
}
