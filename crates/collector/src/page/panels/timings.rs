//! Requests served: how long the requests that servers answered took, by their kind.

use aboveboard_manifest::Manifest;
use aboveboard_store::figures::ratio;
use aboveboard_store::read::ReadResult;

use crate::page::panel::{Panel, PanelLayout};
use crate::page::reasons::CollectionReason;
use crate::page::table::{CellValue, Column, Comparison, Table, column};
use crate::page::window::{Window, Windows};

pub(super) struct TimingsPanel;

impl Panel for TimingsPanel {
    /// One row a kind of request, the most frequent of each timing first.
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let columns = [
            column("timing", "Timing"),
            column("kind", "Kind"),
            column("requests", "Requests").compared(Comparison::Count).adding(),
            column("share", "Share").adding(),
            column("mean_ms", "Mean, ms"),
            column("half_from_ms", "Half took at least, ms").only_in_table(),
            Column {
                panel_title: Some("1 in 10 took, ms"),
                ..column("tenth_from_ms", "One in ten took at least, ms")
            },
            column("parts_ms", "Of the mean, ms").only_in_table(),
        ];
        let mut table = Table::of_events("Requests served", "requests", columns);
        for timing in window.answers.timings()? {
            for kind in timing.kinds {
                let share = ratio(kind.requests, timing.requests);
                let parts: Vec<_> = kind.parts.iter().map(|(part, mean)| format!("{part} {mean}")).collect();
                let row = table.push([
                    CellValue::text(&timing.timing),
                    CellValue::Text(kind.kind),
                    CellValue::Count(kind.requests),
                    CellValue::Share(share),
                    CellValue::Count(kind.mean),
                    CellValue::Count(kind.half_from),
                    CellValue::Count(kind.tenth_from),
                    if parts.is_empty() { CellValue::None } else { CellValue::Text(parts.join(", ")) },
                ]);
                row.bar = Some(share);
            }
            table.n += timing.requests;
        }
        table.note = "Servers tell sums since their start; a restart begins a new sum and loses none. Times are those of \
                      the requests of the window together, divided by their number."
            .to_owned();
        Ok(table)
    }

    fn reasons(&self, manifest: &Manifest) -> Vec<CollectionReason> {
        manifest.timings.iter().map(|timing| CollectionReason::of_item(&timing.info)).collect()
    }

    /// What a manifest does not declare has no panel.
    fn layout(&self, windows: &Windows<'_>, table: &Table) -> ReadResult<Option<PanelLayout>> {
        let manifest = windows.shown.scope.manifest.as_deref();
        let is_declared = manifest.is_some_and(|manifest| !manifest.timings.is_empty());
        let is_shown = is_declared || !table.rows.is_empty();
        Ok(is_shown.then(PanelLayout::default))
    }
}
