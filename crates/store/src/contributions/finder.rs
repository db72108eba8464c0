//! Where in a layout what rows say is counted.

use std::collections::HashMap;

use aboveboard_manifest::Manifest;
use aboveboard_types::declaration::{FieldKind, edge_below};
use aboveboard_types::value::Version;

use super::layout::{CellIndex, Layout, Subject, TableForm};
use crate::new_names::NewNames;
use crate::read::{FieldValue, ReportedCount};
use crate::versions::{ReleaseLine, admits};

/// Finds the cells of what rows say, also under the names that it had in earlier revisions.
pub struct CellFinder<'l> {
    pub(super) layout: &'l Layout,
    names: NewNames,
    commands: HashMap<&'l str, CommandCells>,
    actions: HashMap<&'l str, CellIndex>,
    counts: HashMap<&'l str, Cells<'l>>,
    events: HashMap<&'l str, EventCells<'l>>,
    /// By timing and kind as rows have them: `requests query/http`.
    timings: HashMap<String, Cells<'l>>,
    lines: Vec<(ReleaseLine, CellIndex)>,
}

/// The two cells of a command.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CommandCells {
    pub(super) worked: CellIndex,
    pub(super) failing: CellIndex,
}

/// The cells of an event and of its fields.
pub(super) struct EventCells<'l> {
    pub(super) happened: CellIndex,
    fields: HashMap<&'l str, Cells<'l>>,
}

/// How the cells of a table are found.
enum Cells<'l> {
    /// By the lowest number of each step, ascending from the first cell.
    Steps(Vec<u64>, CellIndex),
    /// By their keys.
    Keys(HashMap<&'l str, CellIndex>),
}

impl Cells<'_> {
    fn number(&self, number: u64) -> Option<CellIndex> {
        match self {
            Self::Steps(steps, first) => {
                let step = edge_below(steps, number);
                Some(*first + small(steps.iter().position(|known| *known == step)?))
            }
            Self::Keys(_) => self.key(&number.to_string()),
        }
    }

    fn key(&self, key: &str) -> Option<CellIndex> {
        match self {
            Self::Steps(..) => None,
            Self::Keys(keys) => keys.get(key).copied(),
        }
    }
}

fn small(number: usize) -> CellIndex {
    CellIndex::try_from(number).unwrap_or(CellIndex::MAX)
}

fn keys(cells: &[String], first: CellIndex) -> HashMap<&str, CellIndex> {
    cells.iter().map(|key| &**key).zip(first..).collect()
}

fn steps(cells: &[String], first: CellIndex) -> Cells<'_> {
    Cells::Steps(cells.iter().filter_map(|from| from.parse().ok()).collect(), first)
}

impl<'l> CellFinder<'l> {
    /// Finds cells of the layout of a manifest.
    #[must_use]
    pub fn new(layout: &'l Layout, manifest: &Manifest) -> Self {
        let mut finder = Self {
            layout,
            names: NewNames::of(manifest),
            commands: HashMap::new(),
            actions: HashMap::new(),
            counts: HashMap::new(),
            events: HashMap::new(),
            timings: HashMap::new(),
            lines: Vec::new(),
        };
        for (_, table, first) in layout.tables() {
            let cells = table.cells.as_slice();
            match &table.subject {
                Subject::CommandsWorked => {
                    for (command, cell) in keys(cells, first) {
                        finder.commands.entry(command).or_default().worked = cell;
                    }
                }
                Subject::CommandsFailing => {
                    for (command, cell) in keys(cells, first) {
                        finder.commands.entry(command).or_default().failing = cell;
                    }
                }
                Subject::Actions => finder.actions = keys(cells, first),
                Subject::Size { count } => {
                    let found = match table.form {
                        TableForm::Several => Cells::Keys(keys(cells, first)),
                        _ => steps(cells, first),
                    };
                    finder.counts.insert(count, found);
                }
                Subject::Event { event } => {
                    finder.events.insert(event, EventCells { happened: first, fields: HashMap::new() });
                }
                Subject::Field { event, field } => {
                    let found = match kind_of(manifest, event, field) {
                        Some(FieldKind::Count(_) | FieldKind::Bucket(_) | FieldKind::Duration(_)) => {
                            steps(cells, first)
                        }
                        _ => Cells::Keys(keys(cells, first)),
                    };
                    if let Some(of_event) = finder.events.get_mut(&**event) {
                        of_event.fields.insert(field, found);
                    }
                }
                Subject::Timing { timing, kind } => {
                    finder.timings.insert(format!("{timing} {kind}"), steps(cells, first));
                }
                Subject::Version => {
                    let lines = cells.iter().zip(first..);
                    finder.lines =
                        lines.filter_map(|(line, cell)| Some((line.parse().ok()?, cell))).collect();
                }
                Subject::Active | Subject::Age | Subject::Component | Subject::Platform => {}
            }
        }
        finder
    }

    pub(super) fn command(&self, command: &str) -> Option<CommandCells> {
        self.commands.get(self.names.command(command)).copied()
    }

    pub(super) fn action(&self, action: &str) -> Option<CellIndex> {
        self.actions.get(self.names.action(action)).copied()
    }

    /// The cell of a number of a report; none of an entry of which there is nothing.
    pub(super) fn count(&self, reported: &ReportedCount) -> Option<CellIndex> {
        let reported = self.names.reported(reported);
        let cells = self.counts.get(&*reported.count)?;
        match &reported.entry {
            Some(entry) => cells.key(entry).filter(|_| reported.number > 0),
            None => cells.number(reported.number),
        }
    }

    pub(super) fn event(&self, event: &str) -> Option<&EventCells<'l>> {
        self.events.get(self.names.event(event))
    }

    /// The cell of a value of a field of an event.
    pub(super) fn field(
        &self,
        of: &EventCells<'_>,
        event: &str,
        field: &str,
        value: &FieldValue,
    ) -> Option<CellIndex> {
        let event = self.names.event(event);
        // Rows name a field with its event.
        let field = field.rsplit_once('.').map_or(field, |(_, field)| field);
        let field = self.names.field(event, field);
        let cells = of.fields.get(field)?;
        match self.names.value(event, field, value.clone()) {
            FieldValue::Flag(flag) => cells.key(if flag { "true" } else { "false" }),
            FieldValue::Number(number) => cells.number(number),
            FieldValue::Choice(entry) => cells.key(&entry),
            FieldValue::NoMember | FieldValue::Version(_) | FieldValue::Country(_) => None,
        }
    }

    /// The cell of requests of a timing and kind, as rows name them, by the edge at or below their time.
    pub(super) fn requests(&self, name: &str, from: u64) -> Option<CellIndex> {
        self.timings.get(name)?.number(from)
    }

    pub(super) fn line(&self, version: Version) -> Option<CellIndex> {
        self.lines.iter().find(|(line, _)| admits(*line, version)).map(|(_, cell)| *cell)
    }
}

fn kind_of<'m>(manifest: &'m Manifest, event: &str, field: &str) -> Option<&'m FieldKind> {
    let event = manifest.events.iter().find(|known| known.name == event)?;
    event.fields.iter().find(|known| known.name == field).map(|field| &field.kind)
}
