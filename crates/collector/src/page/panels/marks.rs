//! Marks: what runs under continuous integration, in containers, by coding agents.

use std::cmp::Reverse;

use aboveboard_store::context::{MarksFilter, is_headline};
use aboveboard_store::figures::ratio;
use aboveboard_store::read::ReadResult;
use aboveboard_types::envelope::{Mark, Marks};

use crate::page::format::capital;
use crate::page::panel::{Panel, PanelLayout, PanelWidth};
use crate::page::scope::coding_agents;
use crate::page::table::{CellValue, Table, column};
use crate::page::window::{Window, Windows};

/// The marks that are told even where nobody came with them.
const ALWAYS: [Mark; 3] = [Mark::Agent, Mark::Ci, Mark::Container];

pub(super) struct MarksPanel;

impl Panel for MarksPanel {
    fn table(&self, window: &Window<'_>) -> ReadResult<Table> {
        let columns = [
            column("mark", "Mark"),
            column("installations", "Installations"),
            column("share", "Share"),
            column("headline", "In headline figures"),
        ];
        let mut table = Table::new("Agents, CI, containers", "installations", columns);
        let all = window.answers.marks()?;
        let agents = coding_agents(window.scope.manifest.as_deref());
        let of = |mark: Mark| all.by_mark.get(&mark).copied().unwrap_or(0);
        let is_told = |mark: &Mark| ALWAYS.contains(mark) || of(*mark) > 0;
        let mut told: Vec<Mark> = Mark::ALL.iter().map(|(mark, _)| *mark).filter(is_told).collect();
        told.sort_by_key(|mark| (!ALWAYS.contains(mark), Reverse(of(*mark))));
        for mark in told {
            let share = ratio(of(mark), all.installations);
            let counts = is_headline(Marks::default().with(mark), agents);
            let row = table.push([
                CellValue::Text(title(mark)),
                CellValue::Count(of(mark)),
                CellValue::Share(share),
                CellValue::text(if counts { "yes" } else { "no" }),
            ]);
            row.bar = Some(share);
            row.link = (of(mark) > 0).then(|| {
                window.scope.query.with(|query| {
                    query.table = None;
                    query.contexts.marks = MarksFilter::Only(mark);
                })
            });
        }
        table.n = all.installations;
        table.note = "Whatever marks are chosen above: of all installations of the window. One may come with several marks, \
                      and with none."
            .to_owned();
        Ok(table)
    }

    fn why(&self) -> &'static str {
        "A batch says what ran the program: how much of the use is a person's own?"
    }

    fn layout(&self, _windows: &Windows<'_>, _table: &Table) -> ReadResult<Option<PanelLayout>> {
        let layout = PanelLayout { width: PanelWidth::Third, has_all_rows: true, ..PanelLayout::default() };
        Ok(Some(layout))
    }
}

/// A mark for people.
pub(crate) fn title(mark: Mark) -> String {
    match mark {
        Mark::Ci => "CI".to_owned(),
        Mark::Agent => "Coding agents".to_owned(),
        _ => Mark::ALL
            .iter()
            .find(|(known, _)| *known == mark)
            .map_or_else(String::new, |(_, name)| capital(name)),
    }
}
