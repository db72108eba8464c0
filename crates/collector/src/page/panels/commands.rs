//! Commands of a CLI: how often, and how often not well.

use aboveboard_manifest::Manifest;
use aboveboard_store::figures::commands::Runs;
use aboveboard_store::figures::{ratio, wilson};
use aboveboard_store::read::{ReadResult, Usage};

use crate::page::chart::{Bars, layer};
use crate::page::panel::{Panel, PanelLayout};
use crate::page::reasons::CollectionReason;
use crate::page::table::{CellValue, Column, Comparison, Estimate, Table, column};
use crate::page::window::{Window, Windows};

pub(super) struct CommandsPanel;

impl Panel for CommandsPanel {
    /// One row a command. The panel draws the interval of the error rate; numbers of runs stand in the table.
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let error_rate = Column {
            panel_title: Some("Errors, with 95 % interval"),
            ..column("error_rate", "Errors").compared(Comparison::Share)
        };
        let columns = [
            column("command", "Command"),
            column("runs", "Runs").compared(Comparison::CountChange),
            error_rate,
            column("error_low", "from").only_in_table(),
            column("error_high", "to").only_in_table(),
            column("errors", "N errors").only_in_table(),
            column("unfinished_rate", "Unfinished"),
            column("unfinished", "N unfinished").only_in_table(),
        ];
        let mut table = Table::of_events("Commands", "runs", columns);
        let commands = window.answers.commands()?.ranked();
        let most = commands.first().map_or(0, |(_, runs)| runs.all());
        for (command, runs) in commands {
            let all = runs.all();
            let (low, high) = wilson(runs.error, all);
            let row = table.push([
                CellValue::text(command),
                CellValue::Count(all),
                CellValue::Estimate(Estimate { share: ratio(runs.error, all), low, high }),
                CellValue::Share(low),
                CellValue::Share(high),
                CellValue::Count(runs.error),
                CellValue::Share(ratio(runs.unfinished, all)),
                CellValue::Count(runs.unfinished),
            ]);
            row.bar = Some(ratio(all, most));
            row.link = Some(window.scope.using(&Usage::Command(command.to_owned())));
            table.n += all;
        }
        table.note =
            "Unfinished: began and never said how it ended (exit from within, a panic, a signal). From and \
                      to are the Wilson interval at 95 % of the error rate."
                .to_owned();
        Ok(table)
    }

    fn reasons(&self, manifest: &Manifest) -> Vec<CollectionReason> {
        manifest.cli.iter().map(|cli| CollectionReason::of_item(&cli.info)).collect()
    }

    fn layout(&self, windows: &Windows<'_>, _table: &Table) -> ReadResult<Option<PanelLayout>> {
        let commands = windows.shown.answers.commands()?;
        let bars = Bars::over(windows.shown.answers.question());
        let runs = |pick: fn(&Runs) -> u64| bars.sums(|day| commands.days.get(&day).map_or(0, pick));
        let layers = vec![
            layer("Well", "c1", runs(|runs| runs.well)),
            layer("Unfinished", "c3", runs(|runs| runs.unfinished)),
            layer("Errors", "c4", runs(|runs| runs.error)),
        ];
        let chart = Bars { layers, label: "Runs of commands".to_owned(), ..bars }.draw();
        Ok(Some(PanelLayout { chart, ..PanelLayout::default() }))
    }
}
