//! Routes of the web console.

use std::cmp::Reverse;

use aboveboard_manifest::Manifest;
use aboveboard_store::figures::ratio;
use aboveboard_store::read::ReadResult;

use super::actions::ActionsPanel;
use crate::page::panel::Panel;
use crate::page::reasons::CollectionReason;
use crate::page::table::{CellValue, Comparison, Table, column};
use crate::page::window::Window;

pub(super) struct RoutesPanel;

impl Panel for RoutesPanel {
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let columns = [
            column("route", "Route pattern"),
            column("views", "Views").compared(Comparison::Count).adding(),
            column("actions", "Actions on it").adding(),
        ];
        let mut table = Table::of_events("Console routes", "page views", columns);
        let mut routes: Vec<_> = window.answers.console()?.routes.iter().collect();
        routes.sort_by_key(|(_, times)| Reverse(**times));
        let most = routes.first().map_or(0, |(_, times)| times.views);
        for (route, times) in routes {
            let row = table.push([
                CellValue::text(route),
                CellValue::Count(times.views),
                CellValue::Count(times.actions),
            ]);
            row.bar = Some(ratio(times.views, most));
            table.n += times.views;
        }
        table.note =
            "Patterns, never addresses: a route that no pattern declares is counted as unknown.".to_owned();
        Ok(table)
    }

    fn reasons(&self, manifest: &Manifest) -> Vec<CollectionReason> {
        ActionsPanel.reasons(manifest)
    }
}
