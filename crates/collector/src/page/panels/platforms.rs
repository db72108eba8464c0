//! Operating systems and architectures.

use aboveboard_store::figures::ratio;
use aboveboard_store::read::ReadResult;
use aboveboard_types::envelope::{ARCHITECTURES, OPERATING_SYSTEMS, known};

use crate::page::panel::{Panel, PanelLayout, PanelWidth};
use crate::page::table::{CellValue, Comparison, Table, column};
use crate::page::window::{Window, Windows};

pub(super) struct PlatformsPanel;

impl Panel for PlatformsPanel {
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let columns = [
            column("os", "System"),
            column("arch", "Architecture"),
            column("installations", "Installations").compared(Comparison::Count),
            column("share", "Share"),
        ];
        let mut table = Table::new("Platforms", "installations", columns);
        let activity = window.answers.activity()?;
        for platform in &activity.platforms {
            let share = ratio(platform.installations, activity.installations);
            let row = table.push([
                CellValue::text(&*platform.os),
                CellValue::text(&*platform.arch),
                CellValue::Count(platform.installations),
                CellValue::Share(share),
            ]);
            row.bar = Some(share);
            row.link = Some(window.scope.query.with(|query| {
                query.table = None;
                query.contexts.os = known(&OPERATING_SYSTEMS, &platform.os);
                query.contexts.arch = known(&ARCHITECTURES, &platform.arch);
            }));
        }
        table.n = activity.installations;
        Ok(table)
    }

    fn why(&self) -> &'static str {
        "Every batch says its operating system and architecture: what must be built and tested?"
    }

    fn layout(&self, windows: &Windows<'_>, _table: &Table) -> ReadResult<Option<PanelLayout>> {
        let activity = windows.shown.answers.activity()?;
        let sum: u64 = activity.platforms.iter().map(|platform| platform.installations).sum();
        let summary = if sum > activity.installations {
            "An installation that reported from two platforms is in both, so shares make more than 100 %."
        } else {
            ""
        };
        let summary = summary.to_owned();
        Ok(Some(PanelLayout { width: PanelWidth::Third, summary, ..PanelLayout::default() }))
    }
}
