//! Actions of the web console.

use std::cmp::Reverse;

use aboveboard_manifest::Manifest;
use aboveboard_store::figures::ratio;
use aboveboard_store::read::{ReadResult, Usage};

use crate::page::panel::Panel;
use crate::page::reasons::CollectionReason;
use crate::page::table::{CellValue, Comparison, Table, column};
use crate::page::window::Window;

pub(super) struct ActionsPanel;

impl Panel for ActionsPanel {
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let columns = [
            column("action", "Action"),
            column("times", "Times").compared(Comparison::Count).adding(),
            column("share", "Share").adding(),
        ];
        let mut table = Table::of_events("Console actions", "actions", columns);
        let mut actions: Vec<_> = window.answers.console()?.actions.iter().collect();
        actions.sort_by_key(|(_, times)| Reverse(**times));
        table.n = actions.iter().map(|(_, times)| **times).sum();
        for (action, times) in actions {
            let share = ratio(*times, table.n);
            let row =
                table.push([CellValue::text(action), CellValue::Count(*times), CellValue::Share(share)]);
            row.bar = Some(share);
            row.link = Some(window.scope.using(&Usage::Action(action.clone())));
        }
        Ok(table)
    }

    fn reasons(&self, manifest: &Manifest) -> Vec<CollectionReason> {
        manifest.console.iter().map(|console| CollectionReason::of_item(&console.info)).collect()
    }
}
