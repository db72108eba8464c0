//! Active installations by day.

use aboveboard_store::figures::ratio;
use aboveboard_store::read::ReadResult;

use super::active::ActivePanel;
use crate::page::panel::{Panel, PanelLayout};
use crate::page::table::{CellValue, Comparison, Table, column};
use crate::page::window::{Window, Windows};

pub(super) struct ActivityPanel;

impl Panel for ActivityPanel {
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let columns = [
            column("day", "Day"),
            column("active", "Active").compared(Comparison::Count),
            column("new", "New"),
            column("returning", "Returning"),
        ];
        let mut table = Table::new("Active installations by day", "installations", columns);
        let activity = window.answers.activity()?;
        let most = activity.days.values().filter_map(|counted| counted.active).max().unwrap_or(0);
        for (day, counted) in activity.days.iter().rev() {
            let returning = counted.new.map(|new| counted.active.unwrap_or(0).saturating_sub(new));
            let row = table.push([
                CellValue::Day(*day),
                CellValue::or_none(counted.active, CellValue::Count),
                CellValue::or_none(counted.new, CellValue::Count),
                CellValue::or_none(returning, CellValue::Count),
            ]);
            row.bar = counted.active.map(|active| ratio(active, most));
            row.is_incomplete = window.answers.question().is_incomplete(*day);
        }
        table.n = activity.installations;
        table.note = "An installation is active on a day on which it recorded something. A day is UTC; what arrives \
                      up to 14 days late still counts for its day. When the data begins, everybody is new. Of \
                      days that retention has passed only counts are left."
            .to_owned();
        Ok(table)
    }

    fn why(&self) -> &'static str {
        ActivePanel.why()
    }

    /// It is drawn above the panels.
    fn layout(&self, _windows: &Windows<'_>, _table: &Table) -> ReadResult<Option<PanelLayout>> {
        Ok(None)
    }
}
