//! How good the data is: what was counted, set aside, dropped, and why.

use std::cmp::Reverse;

use aboveboard_store::read::{QualityNote, ReadResult};
use aboveboard_types::outcome::DropReason;

use crate::page::format::{capital, spelled};
use crate::page::panel::{Panel, PanelLayout, PanelWidth};
use crate::page::table::{CellValue, Comparison, Table, TableRow, column};
use crate::page::window::{Window, Windows};

/// What stores note, with its words for people. Drops by agents follow, one line a reason.
const NOTES: [(QualityNote, &str, &str); 10] = [
    (QualityNote::Batch, "Batches counted", "taken in once"),
    (QualityNote::Duplicate, "Sent again", "the same batch came twice; the second was not counted"),
    (QualityNote::Conflict, "Same id, other contents", "the first in the log stands; not counted"),
    (
        QualityNote::Unplaced,
        "Events without a believable time",
        "even with the sender's clock corrected; not counted",
    ),
    (QualityNote::Refused, "Events refused", "not what the manifest declares, or paused here; not stored"),
    (
        QualityNote::OverCap,
        "Events above the daily cap",
        "one installation sent more than counts; not counted",
    ),
    (QualityNote::Erased, "Events of erased installations", "came after the erasure; not stored"),
    (
        QualityNote::OtherVersion,
        "Versions counted as other",
        "new and not named; the rest counts, and `collector versions admit` shows them by name",
    ),
    (
        QualityNote::Overgrown,
        "Reports that grew too fast",
        "more requests than a server can answer in the time, or than servers not yet verified may add; what is above is not \
         counted",
    ),
    (QualityNote::Cloned, "Sequence numbers seen twice", "two disks with one id; counted"),
];

pub(super) struct QualityPanel;

impl Panel for QualityPanel {
    /// One row each, whether or not it happened: that nothing was set aside is a finding too.
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let columns = [
            column("what", "What"),
            column("times", "Times").compared(Comparison::Count),
            column("meaning", "Meaning").only_in_table(),
        ];
        let mut table = Table::of_events("How good the data is", "batches", columns);
        let quality = window.answers.quality()?;
        for (note, title, meaning) in NOTES {
            table.push([
                CellValue::text(title),
                CellValue::Count(quality.of(note)),
                CellValue::text(meaning),
            ]);
        }
        table.push([
            CellValue::text("Installations not yet verified"),
            CellValue::Count(window.answers.activity()?.unverified),
            CellValue::text(
                "first received in the last two periods of their component; counted, but one sender may be many",
            ),
        ]);
        for (reason, name) in DropReason::ALL {
            table.push([
                CellValue::Text(format!("Dropped by agents: {name}")),
                CellValue::Count(quality.of(QualityNote::Dropped(reason))),
                CellValue::text(meaning(reason)),
            ]);
        }
        table.n = quality.of(QualityNote::Batch);
        table.note = "By the day of receipt, in the window.".to_owned();
        Ok(table)
    }

    fn why(&self) -> &'static str {
        "What is not counted is counted too, so that every other panel can be judged."
    }

    /// What happened, the most frequent first; the rest in one sentence.
    fn layout(&self, _windows: &Windows<'_>, table: &Table) -> ReadResult<Option<PanelLayout>> {
        let has_happened =
            |row: &&TableRow| row.cells.iter().any(|cell| matches!(cell, CellValue::Count(1..)));
        let mut rows: Vec<TableRow> = table.rows.iter().filter(has_happened).cloned().collect();
        rows.sort_by_key(|row| Reverse(times(row)));
        let none = (table.rows.len() - rows.len()) as u64;
        let summary = match (none, rows.is_empty()) {
            (0, _) => String::new(),
            (_, true) => format!("All {} checks of what was taken in: none.", spelled(none)),
            (1, false) => "One other check of what was taken in: none.".to_owned(),
            (_, false) => format!("{} other checks of what was taken in: none.", capital(&spelled(none))),
        };
        Ok(Some(PanelLayout {
            width: PanelWidth::Third,
            rows: Some(rows),
            has_all_rows: true,
            summary,
            ..PanelLayout::default()
        }))
    }
}

fn times(row: &TableRow) -> u64 {
    if let Some(CellValue::Count(times)) = row.cells.get(1) { *times } else { 0 }
}

fn meaning(reason: DropReason) -> &'static str {
    match reason {
        DropReason::SpoolFull => "the spool was at its bound; the oldest went",
        DropReason::TooOld => "older than a spool keeps anything",
        DropReason::Damaged => "a line was torn or flipped",
        DropReason::Undeclared => "no longer in the manifest when it was sent",
        DropReason::Expired => "the item's own date had passed",
        DropReason::WriteFailed => "a full disk, a limit, a read-only home",
        DropReason::Refused => "this collector refused the batch for good",
        DropReason::Interrupted => "the machine stopped while the command ran, or it ran on another machine",
        _ => "for a reason newer than this collector",
    }
}
