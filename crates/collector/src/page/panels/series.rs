//! One of the numbers at the head of the page, by day.

use aboveboard_store::figures::ratio;
use aboveboard_store::figures::series::Series;
use aboveboard_store::read::ReadResult;

use super::headline::HeadlinePanel;
use crate::page::panel::{Panel, PanelLayout};
use crate::page::table::{CellValue, Table, column};
use crate::page::window::{Window, Windows};

pub(super) struct SeriesPanel;

impl Panel for SeriesPanel {
    /// The newest day first.
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let series = window.scope.query.chart;
        let columns = [
            column("day", "Day"),
            column("now", "Installations"),
            column("of", "Of"),
            column("share", "Share"),
            column("before", "Before"),
            column("of_before", "Of before"),
            column("share_before", "Share before"),
        ];
        let mut table = Table::new(title(series), "days", columns);
        let count = |n: Option<u64>| CellValue::or_none(n, CellValue::Count);
        let share = |hits: Option<u64>, of: Option<u64>| {
            CellValue::or_none(hits.zip(of), |(hits, of)| CellValue::Share(ratio(hits, of)))
        };
        let question = window.answers.question();
        for day in window.answers.series(series)?.iter().rev() {
            let row = table.push([
                CellValue::Day(day.day),
                count(day.now),
                count(day.of),
                share(day.now, day.of),
                count(day.before),
                count(day.of_before),
                share(day.before, day.of_before),
            ]);
            row.is_incomplete = question.is_incomplete(day.day);
            table.n += u64::from(day.now.is_some());
        }
        table.note = format!(
            "Before is the same number {} days before. A dash is what is not known: before the data begins, what retention has \
             taken away, and of several days together the day that is not over.",
            question.length()
        );
        Ok(table)
    }

    fn why(&self) -> &'static str {
        HeadlinePanel.why()
    }

    /// It is drawn above the panels.
    fn layout(&self, _windows: &Windows<'_>, _table: &Table) -> ReadResult<Option<PanelLayout>> {
        Ok(None)
    }
}

fn title(series: Series) -> &'static str {
    match series {
        Series::Active => "Active installations by day",
        Series::Active28 => "Active in the 28 days up to each day",
        Series::Active7 => "Active in the 7 days up to each day",
        Series::New => "New installations by day",
        Series::Failing => "Installations with a failed command in the 7 days up to each day",
    }
}
