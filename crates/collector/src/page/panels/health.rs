//! Health: the sentences of the line above the figures, as a table.

use aboveboard_store::read::ReadResult;

use crate::page::panel::{Panel, PanelLayout};
use crate::page::table::{CellValue, Table, column};
use crate::page::window::{Window, Windows};

pub(super) struct HealthPanel;

impl Panel for HealthPanel {
    /// `severity` is one of `bad`, `notice`, `calm`.
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let columns = [column("severity", "Severity"), column("message", "Message")];
        let mut table = Table::of_events("Health", "messages", columns);
        for message in window.health()? {
            table.push([CellValue::text(message.severity.name()), CellValue::text(&message.text)]);
        }
        table.n = table.rows.len() as u64;
        table.note = "As it is now, whatever window and filters are chosen.".to_owned();
        Ok(table)
    }

    fn why(&self) -> &'static str {
        "Figures say nothing where nothing arrives."
    }

    /// It stands above the figures.
    fn layout(&self, _windows: &Windows<'_>, _table: &Table) -> ReadResult<Option<PanelLayout>> {
        Ok(None)
    }
}
