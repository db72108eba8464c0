//! Weekly retention: do those who try it stay?

use aboveboard_store::figures::activity::MAX_WEEKS;
use aboveboard_store::figures::ratio;
use aboveboard_store::read::ReadResult;

use crate::page::panel::{Panel, PanelBody, PanelLayout};
use crate::page::table::{CellValue, Table, column};
use crate::page::window::{Window, Windows};

pub(super) struct RetentionPanel;

impl Panel for RetentionPanel {
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let weeks = (1..MAX_WEEKS).map(|week| column(&format!("week_{week}"), &format!("+{week} w")));
        let columns: Vec<_> =
            [column("week", "First seen"), column("n", "N")].into_iter().chain(weeks).collect();
        let mut table = Table::new("Weekly retention", "installations", columns);
        for cohort in window.answers.retention()? {
            let share = |active| CellValue::Heat(ratio(active, cohort.installations));
            let mut cells = vec![CellValue::Day(cohort.week), CellValue::Count(cohort.installations)];
            cells.extend(cohort.active.iter().map(|active| CellValue::or_none(*active, share)));
            table.push(cells);
            table.n += cohort.installations;
        }
        table.note =
            "Weeks begin on Monday; the running week is left out. Who resets an id or opts out looks like \
                      somebody who left."
                .to_owned();
        Ok(table)
    }

    fn why(&self) -> &'static str {
        "The same random ids, by day: do those who try it get somewhere, and do they stay?"
    }

    fn layout(&self, _windows: &Windows<'_>, _table: &Table) -> ReadResult<Option<PanelLayout>> {
        Ok(Some(PanelLayout { body: PanelBody::HeatMap, has_all_rows: true, ..PanelLayout::default() }))
    }
}
