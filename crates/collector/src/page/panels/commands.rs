//! Commands of a CLI: for how many, how often, and how often not well.

use aboveboard_manifest::Manifest;
use aboveboard_store::figures::commands::CommandFigures;
use aboveboard_store::figures::ratio;
use aboveboard_store::read::{ReadResult, Usage};
use aboveboard_types::event::Ending;

use crate::page::format::{count, counted};
use crate::page::panel::Panel;
use crate::page::query::PageQuery;
use crate::page::reasons::CollectionReason;
use crate::page::table::{CellValue, Column, Comparison, Estimate, Table, column};
use crate::page::window::Window;

pub(super) struct CommandsPanel;

impl Panel for CommandsPanel {
    /// One row a command. The shares are of installations, so that one machine that runs a command all day is one; the numbers
    /// of runs stand in the table.
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let failing = Column {
            panel_title: Some("Failed at least once, with 95 % interval"),
            ..column("error_rate", "Failed, share of installations").compared(Comparison::Share)
        };
        let columns = [
            column("command", "Command"),
            column("runs", "Runs").off_phone().compared(Comparison::CountChange).adding(),
            column("installations", "Installations").compared(Comparison::CountChange),
            failing,
            column("error_low", "from").only_in_table(),
            column("error_high", "to").only_in_table(),
            column("failed_installations", "N that failed").only_in_table(),
            Column {
                panel_title: Some("Unfinished at least once"),
                ..column("unfinished_rate", "Unfinished, share of installations")
            },
            column("unfinished_low", "from").only_in_table(),
            column("unfinished_high", "to").only_in_table(),
            column("unfinished_installations", "N unfinished").only_in_table(),
            column("errors", "Runs that failed").only_in_table(),
            column("unfinished", "Unfinished runs").only_in_table(),
        ];
        let mut table = Table::new("Commands", "runs", columns);
        let commands = window.answers.commands()?;
        let ranked = commands.ranked();
        let most = ranked.first().map_or(0, |(_, first)| first.installations.ran);
        for (command, CommandFigures { runs, installations }) in ranked {
            let failed = installations.share(Ending::Error);
            let unfinished = installations.share(Ending::Unfinished);
            let (low, high) = failed.interval();
            let (unfinished_low, unfinished_high) = unfinished.interval();
            // Of days that retention has passed only the runs are left.
            let known = |cell: CellValue| if installations.ran > 0 { cell } else { CellValue::None };
            let row = table.push([
                CellValue::text(command),
                CellValue::Count(runs.all()),
                CellValue::Count(installations.ran),
                known(CellValue::Estimate(Estimate { share: ratio(failed.hits, failed.of), low, high })),
                known(CellValue::Share(low)),
                known(CellValue::Share(high)),
                CellValue::Count(failed.hits),
                known(CellValue::Share(ratio(unfinished.hits, unfinished.of))),
                known(CellValue::Share(unfinished_low)),
                known(CellValue::Share(unfinished_high)),
                CellValue::Count(unfinished.hits),
                CellValue::Count(runs.error),
                CellValue::Count(runs.unfinished),
            ]);
            row.bar = Some(ratio(installations.ran, most));
            row.link = Some(window.scope.using(&Usage::Command(command.to_owned())));
            table.n += runs.all();
        }
        table.note = format!(
            "Shares are of the installations that ran the command in the window: those for which at least one run of it in \
             {} failed, so they grow with the window; or began \
             and never said how it ended (exit from within, a panic, a signal). From and to are the Wilson interval at 95 %, \
             each installation being one however often it runs. Of days that retention has passed only runs are left. \
             Any command: failed for {} of {}.",
            counted(window.answers.question().length().unsigned_abs().into(), "day", "days"),
            count(commands.any.failed),
            counted(commands.any.ran, "installation", "installations"),
        );
        Ok(table)
    }

    fn unreached(&self, query: &PageQuery) -> &'static str {
        if query.installations.is_empty() {
            ""
        } else {
            "Size and use do not reach the numbers of runs: these are kept without their installation."
        }
    }

    fn reasons(&self, manifest: &Manifest) -> Vec<CollectionReason> {
        manifest.cli.iter().map(|cli| CollectionReason::of_item(&cli.info)).collect()
    }
}
