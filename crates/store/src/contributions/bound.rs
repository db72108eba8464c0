//! What an installation adds to a publication: bounded, and a function of that installation alone.

use std::ops::Range;

use aboveboard_types::declaration::Component;
use aboveboard_types::value::OTHER;

use super::finder::CellFinder;
use super::layout::{AGES, CellIndex, Layout, LayoutGroup, LayoutTable, PUBLISHED, Subject, TableForm};
use super::source::Contribution;
use super::tables::CountedTables;
use super::tally::Tally;
use crate::calendar::Day;

/// What is known of an installation besides its rows.
#[derive(Clone, Copy, Debug)]
pub struct Contributor<'t> {
    /// Chooses where it did more than counts. Only the installation and who receives from it can compute it.
    pub key: [u8; 16],
    /// The first day on which it recorded anything.
    pub first: Day,
    /// The first day of the period.
    pub period: Day,
    /// The first day of the period before.
    pub period_before: Day,
    /// The tables in which it counts.
    pub tables: &'t CountedTables,
}

impl Tally {
    /// The component under which the installation is published: the one of most of its days, of several the server, then the
    /// CLI. None where only a console recorded: it is part of what serves it.
    #[must_use]
    pub fn published_under(&self) -> Option<Component> {
        self.component(&PUBLISHED)
    }

    /// To which cells the installation adds one; none where it counts in no table.
    #[must_use]
    pub fn contribution(&self, finder: &CellFinder<'_>, of: &Contributor<'_>) -> Option<Contribution> {
        let component = self.published_under()?;
        let bounded = Bounded { tally: self, finder, of, component };
        let mut tables = finder.layout.tables().enumerate().peekable();
        let mut cells = Vec::new();
        while let Some((_, (group, ..))) = tables.peek() {
            let group: &LayoutGroup = group;
            let mut of_group = Vec::new();
            for (number, (_, table, first)) in tables.by_ref().take(group.tables.len()) {
                if group.is_fed_by(component) && of.tables.has(number, component) {
                    of_group.push((table, first));
                }
            }
            cells.extend(bounded.group(group, &of_group));
        }
        cells.sort_unstable();
        cells.dedup();
        (!cells.is_empty()).then_some(Contribution { component, cells, counted: None })
    }
}

struct Bounded<'a, 'l> {
    tally: &'a Tally,
    finder: &'a CellFinder<'l>,
    of: &'a Contributor<'a>,
    component: Component,
}

/// A cell with what chooses between it and others.
struct Candidate {
    cell: CellIndex,
    name: String,
}

impl Bounded<'_, '_> {
    fn group(&self, group: &LayoutGroup, tables: &[(&LayoutTable, CellIndex)]) -> Vec<CellIndex> {
        let at_most = group.at_most as usize;
        match tables {
            [(worked, _), (_, _)] if worked.subject == Subject::CommandsWorked => {
                let commands = worked.cells.iter().filter_map(|command| {
                    Some(Candidate { cell: self.command(command)?, name: command.clone() })
                });
                self.chosen(&group.name, commands.collect(), at_most)
            }
            _ if tables.iter().any(|(table, _)| matches!(table.subject, Subject::Timing { .. })) => {
                let kinds = tables.iter().filter_map(|(table, first)| {
                    Some(Candidate { cell: self.median(cells_of(table, *first))?, name: table.name.clone() })
                });
                self.chosen(&group.name, kinds.collect(), at_most)
            }
            _ => tables.iter().flat_map(|(table, first)| self.table(table, *first)).collect(),
        }
    }

    fn table(&self, table: &LayoutTable, first: CellIndex) -> Vec<CellIndex> {
        let cells = cells_of(table, first);
        let key =
            |key: &str| table.cells.iter().zip(first..).find(|(cell, _)| *cell == key).map(|(_, cell)| cell);
        let one = match &table.subject {
            Subject::Active => Some(first),
            Subject::Age => key(self.age()),
            Subject::Component => key(self.component.name()),
            Subject::Platform => {
                self.tally.seen(self.component).and_then(|seen| key(&format!("{}/{}", seen.os, seen.arch)))
            }
            Subject::Version => {
                let line = self.tally.seen(self.component).and_then(|seen| self.finder.line(seen.version));
                line.or_else(|| key(OTHER))
            }
            Subject::Event { .. } => Some(first).filter(|cell| self.tally.times(*cell) > 0),
            Subject::Size { .. } => {
                let reported = self.tally.reported().iter().copied().filter(|cell| cells.contains(cell));
                let most = if table.form == TableForm::Several { Layout::most_of_several(table) } else { 1 };
                return reported.take(most).collect();
            }
            Subject::Field { .. } if table.form == TableForm::Partition => self.most_often(cells),
            Subject::Field { .. } | Subject::Actions => {
                let had = table.cells.iter().zip(cells).filter(|(_, cell)| self.tally.times(*cell) > 0);
                let had = had.map(|(name, cell)| Candidate { cell, name: name.clone() }).collect();
                return self.chosen(&table.name, had, Layout::most_of_several(table));
            }
            Subject::CommandsWorked | Subject::CommandsFailing | Subject::Timing { .. } => None,
        };
        one.into_iter().collect()
    }

    fn age(&self) -> &'static str {
        let [new, before, older] = AGES;
        match self.of.first {
            first if first >= self.of.period => new,
            first if first >= self.of.period_before => before,
            _ => older,
        }
    }

    /// Where a command counts, by its runs that ended.
    fn command(&self, command: &str) -> Option<CellIndex> {
        let cells = self.finder.command(command)?;
        let worked = self.tally.times(cells.worked);
        let failed = self.tally.times(cells.failing);
        match failed >= worked {
            _ if worked == 0 && failed == 0 => None,
            true => Some(cells.failing),
            false => Some(cells.worked),
        }
    }

    /// Of cells that happened equally often it is the first.
    fn most_often(&self, cells: Range<CellIndex>) -> Option<CellIndex> {
        cells.rev().filter(|cell| self.tally.times(*cell) > 0).max_by_key(|cell| self.tally.times(*cell))
    }

    /// The first cell up to which at least half of all happened.
    fn median(&self, cells: Range<CellIndex>) -> Option<CellIndex> {
        let sum =
            |cells: Range<CellIndex>| cells.map(|cell| u128::from(self.tally.times(cell))).sum::<u128>();
        let all = sum(cells.clone());
        let first = cells.start;
        cells.filter(|_| all > 0).find(|cell| sum(first..*cell + 1) * 2 >= all)
    }

    /// So many of these at most, chosen as if at random by what only the installation can compute.
    fn chosen(&self, of: &str, mut candidates: Vec<Candidate>, at_most: usize) -> Vec<CellIndex> {
        if candidates.len() > at_most {
            candidates.sort_by_cached_key(|candidate| {
                let mut hash = hmac_sha256::HMAC::new(self.of.key);
                for part in [b"aboveboard chosen\0", of.as_bytes(), b"\0", candidate.name.as_bytes()] {
                    hash.update(part);
                }
                hash.finalize()
            });
            candidates.truncate(at_most);
        }
        candidates.iter().map(|candidate| candidate.cell).collect()
    }
}

fn cells_of(table: &LayoutTable, first: CellIndex) -> Range<CellIndex> {
    first..first.saturating_add(CellIndex::try_from(table.cells.len()).unwrap_or(CellIndex::MAX))
}
