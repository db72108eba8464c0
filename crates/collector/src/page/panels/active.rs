//! Active installations: the day, the week and the four weeks beside what was before.

use aboveboard_store::figures::Question;
use aboveboard_store::figures::activity::{Activity, IntervalActivity};
use aboveboard_store::read::ReadResult;

use crate::page::panel::{Panel, PanelLayout};
use crate::page::table::{CellValue, Table, column};
use crate::page::window::{Window, Windows};

pub(super) struct ActivePanel;

impl Panel for ActivePanel {
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let columns = [
            column("period", "Period"),
            column("active", "Active"),
            column("before", "Before"),
            column("change", "Change"),
            column("new", "New"),
            column("returning", "Returning"),
            column("gone", "Gone"),
        ];
        let mut table = Table::new("Active installations", "installations", columns);
        let activity = window.answers.activity()?;
        for interval in intervals(activity, window.answers.question()) {
            let IntervalActivity { active, before, new, gone, .. } = interval.activity;
            let row = table.push([
                CellValue::text(interval.title),
                CellValue::or_none(active, CellValue::Count),
                CellValue::or_none(before, CellValue::Count),
                CellValue::or_none(active.zip(before), |(active, before)| CellValue::Change(active, before)),
                CellValue::or_none(new, CellValue::Count),
                CellValue::or_none(interval.returning(), CellValue::Count),
                CellValue::or_none(gone, CellValue::Count),
            ]);
            row.is_incomplete = interval.is_incomplete;
        }
        table.n = activity.intervals[2].active.unwrap_or(0);
        table.note = "The last 7 and 28 days end with the last day that is over; before are as many days before them, where \
                      the data reaches back so far. New: first seen in the period. Returning: seen first before it, also \
                      where they were not there in the period before. Gone: there in the period before, and not in this one."
            .to_owned();
        Ok(table)
    }

    fn why(&self) -> &'static str {
        "Every batch carries a random id of its installation, so that each counts once."
    }

    /// It stands above the panels, behind the numbers.
    fn layout(&self, _windows: &Windows<'_>, _table: &Table) -> ReadResult<Option<PanelLayout>> {
        Ok(None)
    }
}

/// An interval in words.
struct Interval {
    title: &'static str,
    activity: IntervalActivity,
    /// A day that is not over is not compared with a whole one.
    is_incomplete: bool,
}

impl Interval {
    fn returning(&self) -> Option<u64> {
        let IntervalActivity { active, new, .. } = self.activity;
        active.zip(new).map(|(active, new)| active.saturating_sub(new))
    }
}

fn intervals(activity: &Activity, question: &Question) -> impl Iterator<Item = Interval> {
    let is_open = question.is_incomplete(question.days.last);
    let last = if is_open { "Today so far" } else { "Last day" };
    let titles = [last, "Last 7 days", "Last 28 days"];
    activity.intervals.into_iter().zip(titles).enumerate().map(move |(at, (activity, title))| {
        let is_incomplete = is_open && at == 0;
        let activity = if is_incomplete {
            IntervalActivity { before: None, new_before: None, gone: None, ..activity }
        } else {
            activity
        };
        Interval { title, activity, is_incomplete }
    })
}
