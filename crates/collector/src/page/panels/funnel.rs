//! From the first report to staying.

use aboveboard_store::figures::ratio;
use aboveboard_store::read::ReadResult;

use super::retention::RetentionPanel;
use crate::dates::iso;
use crate::page::panel::{Panel, PanelLayout, PanelWidth};
use crate::page::table::{CellValue, Table, column};
use crate::page::window::{Window, Windows};

pub(super) struct FunnelPanel;

impl Panel for FunnelPanel {
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let columns =
            [column("step", "Step"), column("installations", "Installations"), column("share", "Share")];
        let mut table = Table::new("From first report to staying", "installations", columns);
        let funnel = window.answers.funnel()?;
        for (step, installations) in [
            ("First report", funnel.reported),
            ("First success within a week", funnel.succeeded),
            ("Still there in the week after", funnel.stayed),
        ] {
            let share = ratio(installations, funnel.reported);
            let row = table.push([
                CellValue::text(step),
                CellValue::Count(installations),
                if funnel.reported == 0 { CellValue::None } else { CellValue::Share(share) },
            ]);
            row.bar = Some(share);
        }
        table.n = funnel.reported;
        table.note = format!(
            "Installations first seen from {} to {}, so that each had two whole weeks. A success is a command that ended \
             well, or a server's report that counts at least one object. Who resets an id or opts out looks like somebody \
             who left.",
            iso(funnel.first_seen.first),
            iso(funnel.first_seen.last)
        );
        Ok(table)
    }

    fn why(&self) -> &'static str {
        RetentionPanel.why()
    }

    fn layout(&self, _windows: &Windows<'_>, _table: &Table) -> ReadResult<Option<PanelLayout>> {
        Ok(Some(PanelLayout { width: PanelWidth::Third, ..PanelLayout::default() }))
    }
}
