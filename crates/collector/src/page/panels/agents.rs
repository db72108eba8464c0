//! Coding agents.

use aboveboard_store::context::MarksFilter;
use aboveboard_store::figures::ratio;
use aboveboard_store::read::ReadResult;
use aboveboard_types::envelope::{CodingAgents, Mark};

use crate::page::panel::{Panel, PanelLayout, PanelWidth};
use crate::page::table::{CellValue, Comparison, Table, column};
use crate::page::window::{Window, Windows};

pub(super) struct AgentsPanel;

impl Panel for AgentsPanel {
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let columns = [
            column("agent", "Agent"),
            column("installations", "Installations").compared(Comparison::Count),
            column("share", "Share"),
        ];
        let mut table = Table::new("Coding agents", "installations", columns);
        let activity = window.answers.activity()?;
        let mut agents: Vec<_> = activity.agents.iter().collect();
        agents.sort_by_key(|(_, installations)| std::cmp::Reverse(**installations));
        for (agent, installations) in agents {
            let share = ratio(*installations, activity.installations);
            let row = table.push([
                CellValue::text(agent.name()),
                CellValue::Count(*installations),
                CellValue::Share(share),
            ]);
            row.bar = Some(share);
            row.link = Some(window.scope.query.with(|query| {
                query.table = None;
                query.contexts.marks = MarksFilter::Only(Mark::Agent);
            }));
        }
        table.n = activity.installations;
        table.note = match window.scope.question.contexts.marks {
            MarksFilter::Headline(CodingAgents::Apart) => {
                "The manifest keeps coding agents out of headline figures."
            }
            _ => "Of the installations that were active; one where two agents were at work is in both rows.",
        }
        .to_owned();
        Ok(table)
    }

    fn why(&self) -> &'static str {
        "A batch says which coding agent ran the program, if one did: how much of the use is a person's own?"
    }

    /// Where no coding agent was seen there is nothing to show.
    fn layout(&self, _windows: &Windows<'_>, table: &Table) -> ReadResult<Option<PanelLayout>> {
        let layout = PanelLayout { width: PanelWidth::Third, ..PanelLayout::default() };
        Ok((!table.rows.is_empty()).then_some(layout))
    }
}
