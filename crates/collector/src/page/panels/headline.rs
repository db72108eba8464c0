//! The numbers at the head of the page.

use aboveboard_store::figures::headline::{Compared, ComparedShare};
use aboveboard_store::figures::{Share, ratio};
use aboveboard_store::read::ReadResult;

use super::active::ActivePanel;
use crate::page::panel::{Panel, PanelLayout};
use crate::page::table::{CellValue, Table, column};
use crate::page::window::{Window, Windows};

pub(super) struct HeadlinePanel;

impl Panel for HeadlinePanel {
    /// `number` is one of `active-28`, `active-7`, `new-28`, `failing-7` and, where the window ends today, `today`.
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let columns = [
            column("number", "Number"),
            column("until", "Until"),
            column("now", "Now"),
            column("of", "Of"),
            column("share", "Share"),
            column("low", "From"),
            column("high", "To"),
            column("before", "Before"),
            column("of_before", "Of before"),
            column("change", "Change"),
        ];
        let mut table = Table::new("At a glance", "installations", columns);
        let headline = window.answers.headline()?;
        let mut push = |number: &str, until, Compared { now, before }: Compared| {
            table.push([
                CellValue::text(number),
                CellValue::Day(until),
                CellValue::or_none(now, CellValue::Count),
                CellValue::None,
                CellValue::None,
                CellValue::None,
                CellValue::None,
                CellValue::or_none(before, CellValue::Count),
                CellValue::None,
                CellValue::or_none(now.zip(before), |(now, before)| CellValue::Change(now, before)),
            ]);
        };
        push("active-28", headline.last, headline.active_28);
        push("active-7", headline.last, headline.active_7);
        push("new-28", headline.last, headline.new_28);
        let ComparedShare { now, before } = headline.failing_7;
        let (low, high) = now.map(Share::interval).unzip();
        table.push([
            CellValue::text("failing-7"),
            CellValue::Day(headline.last),
            CellValue::or_none(now, |now| CellValue::Count(now.hits)),
            CellValue::or_none(now, |now| CellValue::Count(now.of)),
            CellValue::or_none(now, |now| CellValue::Share(ratio(now.hits, now.of))),
            CellValue::or_none(low, CellValue::Share),
            CellValue::or_none(high, CellValue::Share),
            CellValue::or_none(before, |before| CellValue::Count(before.hits)),
            CellValue::or_none(before, |before| CellValue::Count(before.of)),
            CellValue::None,
        ]);
        if let Some(running) = headline.running {
            let before = running.same_hours_last_week;
            let row = table.push([
                CellValue::text("today"),
                CellValue::Text(format!("{:02}:00 UTC", running.hour)),
                CellValue::Count(running.active),
                CellValue::None,
                CellValue::None,
                CellValue::None,
                CellValue::None,
                CellValue::or_none(before, CellValue::Count),
                CellValue::None,
                CellValue::or_none(before, |before| CellValue::Change(running.active, before)),
            ]);
            row.is_incomplete = true;
        }
        table.n = headline.active_28.now.unwrap_or(0);
        table.note = "Each number ends with the last day that is over and stands beside that of as many days before, where the \
                      data reaches back so far: it begins on the day by which one in ten of all installations had been seen, \
                      and in the four weeks after it new ones are not compared. A dash is what is not known. Failing: installations for which a command failed, of those that ran any. Today: \
                      installations of which something was received in its hours that are over, beside the same hours a week \
                      ago."
            .to_owned();
        Ok(table)
    }

    fn why(&self) -> &'static str {
        ActivePanel.why()
    }

    /// It stands above the panels.
    fn layout(&self, _windows: &Windows<'_>, _table: &Table) -> ReadResult<Option<PanelLayout>> {
        Ok(None)
    }
}
