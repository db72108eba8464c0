//! Active installations by day.

use aboveboard_store::calendar::Day;
use aboveboard_store::figures::activity::Activity;
use aboveboard_store::figures::ratio;
use aboveboard_store::read::ReadResult;

use super::active::ActivePanel;
use crate::page::chart::{Bars, layer};
use crate::page::panel::{Panel, PanelBody, PanelLayout};
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

    fn layout(&self, windows: &Windows<'_>, _table: &Table) -> ReadResult<Option<PanelLayout>> {
        let activity = windows.shown.answers.activity()?;
        let bars = Bars::over(windows.shown.answers.question());
        let new = bars.sums(|day| activity.days.get(&day).and_then(|counted| counted.new).unwrap_or(0));
        let all = bars.days.iter().map(|start| active_in(activity, *start, bars.length));
        let returning = all.zip(&new).map(|(all, new)| all.saturating_sub(*new)).collect();
        let layers = vec![layer("Returning", "c1", returning), layer("New", "c2", new)];
        let chart = Bars { layers, label: "Active installations".to_owned(), ..bars }.draw();
        Ok(Some(PanelLayout {
            body: if chart.is_some() { PanelBody::FoldedRows } else { PanelBody::Rows },
            chart,
            has_all_rows: true,
            is_before_live: true,
            ..PanelLayout::default()
        }))
    }
}

/// Of a week it is who was there on any day of it; where its sets are gone, the busiest day is a lower bound.
fn active_in(activity: &Activity, start: Day, length: Day) -> u64 {
    let days = activity.days.range(start..start + length);
    let most = days.filter_map(|(_, counted)| counted.active).max().unwrap_or(0);
    let week = activity.weeks.get(&start).filter(|_| length == 7).copied().unwrap_or(0);
    most.max(week)
}
