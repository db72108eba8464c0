//! The panels of a publication: its tables, as rows with bars.

use aboveboard_published::figures;
use aboveboard_published::publication::{Cell, CellState, Figure, Form, Group, Publication, Share, Table};

use super::bar::Scale;
use super::clean::file_name;
use super::data::whole;
use super::history;
use super::interval::{half_width_of_figure, threshold};
use super::words::{capital, number};

/// The table of those for whom a command works, and that of those for whom it fails.
const WORKED: &str = "commands.worked";
const FAILING: &str = "commands.failing";

/// Tables of the headline that have a panel, in its order; of the others the top of the page tells.
const HEADLINE: [&str; 3] = ["version", "platform", "component"];

/// What stands under the commands.
const FAILS: &str = "Works: of an installation’s runs that ended, more than half went well. Fails: at least half failed. None is in both. The lower bar is those for which it fails.";

/// What stands under rows that do not add up.
const SEVERAL: &str = "An installation can be in several rows: shares do not make 100\u{a0}%.";

/// Tables that answer one question.
pub(super) struct Panel {
    pub(super) id: String,
    pub(super) title: String,
    /// `±20, shown from 30 on`
    pub(super) doubt: String,
    pub(super) is_wide: bool,
    pub(super) parts: Vec<Part>,
}

/// One table, or the two of the commands.
pub(super) struct Part {
    /// Where a panel has several.
    pub(super) title: Option<String>,
    pub(super) name: String,
    pub(super) what: String,
    pub(super) why: String,
    pub(super) owner: Option<String>,
    /// What the names of rows are numbers of.
    pub(super) unit: Option<String>,
    /// Of how many.
    pub(super) of: Option<String>,
    pub(super) files: Vec<PartFile>,
    /// What the columns of figures hold.
    pub(super) columns: Vec<&'static str>,
    pub(super) has_changes: bool,
    pub(super) rows: Vec<Row>,
    /// What has to be said under it.
    pub(super) remark: Option<&'static str>,
}

/// A table behind a part.
pub(super) struct PartFile {
    /// Of the table, where there are several: `works`.
    pub(super) about: &'static str,
    /// Its file name without its end.
    pub(super) name: String,
}

/// One row.
pub(super) struct Row {
    pub(super) label: String,
    /// Markup made of numbers.
    pub(super) bar: String,
    /// By the columns of the part.
    pub(super) figures: Vec<RowFigure>,
    pub(super) share: Option<RowShare>,
    /// Against the publication before, where both show it.
    pub(super) change: Option<RowChange>,
    pub(super) is_rest: bool,
}

/// A figure of a row.
pub(super) struct RowFigure {
    pub(super) text: String,
    /// `1,226–1,254`
    pub(super) range: Option<String>,
    pub(super) is_failing: bool,
}

/// The change of a row.
pub(super) struct RowChange {
    /// A dash where the noise of both hides it.
    pub(super) text: String,
    /// `±28`
    pub(super) range: Option<String>,
}

/// A share of a row.
pub(super) struct RowShare {
    pub(super) text: String,
    pub(super) range: String,
}

impl Part {
    pub(super) fn has_shares(&self) -> bool {
        self.rows.iter().any(|row| row.share.is_some())
    }
}

/// The panels of a publication, beside the one before it.
pub(super) fn panels(publication: &Publication, before: Option<&Publication>) -> Vec<Panel> {
    let mut panels = Vec::new();
    for group in &publication.groups {
        let view = GroupView { publication, before, group };
        if group.name == "headline" {
            let tables =
                HEADLINE.iter().filter_map(|name| group.tables.iter().find(|table| table.name == *name));
            panels.extend(
                tables.filter(|table| table.cells.len() > 1).map(|table| view.panel(&table.title, &[table])),
            );
        } else {
            let tables: Vec<_> = group.tables.iter().collect();
            panels.push(view.panel(&title(group), &tables));
        }
    }
    panels
}

/// The heading of a group.
fn title(group: &Group) -> String {
    let of_first = || group.tables.first().map_or_else(String::new, |table| table.title.clone());
    match group.name.split_once('.').map_or(group.name.as_str(), |(kind, _)| kind) {
        "commands" => "Commands".to_owned(),
        "sizes" => "How large installations are".to_owned(),
        "timings" => group.name.split_once('.').map_or_else(of_first, |(_, name)| format!("Timings: {name}")),
        _ => of_first(),
    }
}

/// A group with what its rows are compared with.
struct GroupView<'a> {
    publication: &'a Publication,
    before: Option<&'a Publication>,
    group: &'a Group,
}

impl GroupView<'_> {
    fn panel(&self, title: &str, tables: &[&Table]) -> Panel {
        let pair = tables
            .iter()
            .find(|table| table.name == WORKED)
            .zip(tables.iter().find(|table| table.name == FAILING));
        let parts = match pair {
            Some((worked, failing)) => vec![self.commands(worked, failing)],
            None => {
                let heading = (tables.len() > 1).then_some(title);
                tables.iter().map(|table| self.part(table, heading)).collect()
            }
        };
        let shown =
            tables.iter().flat_map(|table| &table.cells).filter(|cell| cell.state == CellState::Shown);
        let widths = shown.filter_map(|cell| cell.figure.as_ref()).map(half_width_of_figure);
        let doubt = widths.max().map(|half| format!("±{}, ", number(half))).unwrap_or_default();
        let doubt = format!("{doubt}shown from {} on", number(self.threshold()));
        // Two tables of the headline stand side by side.
        let is_wide = self.group.name != "headline";
        let id = tables.first().map_or_else(String::new, |table| file_name(&table.name));
        Panel { id, title: title.to_owned(), doubt, is_wide, parts }
    }

    /// One table; `heading` is that of the panel, where it has several.
    fn part(&self, table: &Table, heading: Option<&str>) -> Part {
        let scale = self.scale(table);
        let rows: Vec<_> = table.cells.iter().map(|cell| self.row(table, cell, scale)).collect();
        Part {
            title: heading.map(|heading| match table.form {
                Form::Number => "At all".to_owned(),
                Form::Partition | Form::Several => capital(within(&table.title, heading)),
            }),
            name: table.title.clone(),
            what: table.what.clone(),
            why: table.why.clone(),
            owner: table.owner.clone(),
            unit: table.unit.clone(),
            of: whole(self.publication, table).map(|whole| number(whole.value)),
            files: vec![PartFile { about: "", name: file_name(&table.name) }],
            columns: vec!["Installations"],
            has_changes: rows.iter().any(|row| row.change.is_some()),
            rows,
            remark: (table.form == Form::Several).then_some(SEVERAL),
        }
    }

    fn row(&self, table: &Table, cell: &Cell, scale: Scale) -> Row {
        let is_rest = matches!(cell.state, CellState::Rest(_));
        let bar = cell
            .figure
            .as_ref()
            .map_or_else(|| scale.few(self.threshold()), |figure| scale.figure(figure, is_rest));
        Row {
            label: label(cell),
            bar,
            figures: vec![self.figure(cell, false)],
            share: cell.share.as_ref().map(share),
            change: self.change(table, cell),
            is_rest,
        }
    }

    /// One row a command: those for whom it works, and those for whom it fails.
    fn commands(&self, worked: &Table, failing: &Table) -> Part {
        let fails = |cell: &Cell| failing.cells.iter().find(|other| other.key == cell.key);
        let few = self.threshold();
        let scale = self.scale(worked);
        let mut rows: Vec<_> = worked
            .cells
            .iter()
            .map(|cell| {
                let shown_failing = fails(cell).and_then(visible);
                let bar = match (&cell.figure, shown_failing) {
                    (worked, Some(failing)) => scale.pair(worked.as_ref(), failing),
                    (Some(worked), None) => scale.figure(worked, false),
                    (None, None) => scale.few(few),
                };
                let mut figures = vec![self.figure(cell, false)];
                figures.extend(fails(cell).map(|cell| self.figure(cell, shown_failing.is_some())));
                Row {
                    label: label(cell),
                    bar,
                    figures,
                    share: cell.share.as_ref().map(share),
                    change: self.change(worked, cell),
                    is_rest: false,
                }
            })
            .collect();
        // The most used first, by what is published of them.
        let order = |label: &str| {
            let cell = worked.cells.iter().find(|cell| cell.label == label);
            let used = |cell: Option<&Cell>| {
                cell.and_then(|cell| cell.figure.as_ref()).map_or(0, |figure| figure.value)
            };
            used(cell) + used(cell.and_then(fails))
        };
        rows.sort_by_key(|row| std::cmp::Reverse(order(&row.label)));
        Part {
            title: None,
            name: "Commands".to_owned(),
            what: worked.what.clone(),
            why: worked.why.clone(),
            owner: worked.owner.clone(),
            unit: None,
            of: whole(self.publication, worked).map(|whole| number(whole.value)),
            files: vec![
                PartFile { about: "works", name: file_name(&worked.name) },
                PartFile { about: "fails", name: file_name(&failing.name) },
            ],
            columns: vec!["Works for", "Fails for"],
            has_changes: rows.iter().any(|row| row.change.is_some()),
            rows,
            remark: Some(FAILS),
        }
    }

    fn figure(&self, cell: &Cell, is_failing: bool) -> RowFigure {
        match &cell.figure {
            Some(figure) => RowFigure {
                text: number(figure.value),
                range: Some(format!("{}–{}", number(figure.low), number(figure.high))),
                is_failing,
            },
            None => RowFigure { text: "too few".to_owned(), range: None, is_failing: false },
        }
    }

    /// On which a bar of the whole length is all of what a table is of.
    fn scale(&self, table: &Table) -> Scale {
        Scale::of(whole(self.publication, table).map_or(0, |whole| whole.value))
    }

    fn threshold(&self) -> i64 {
        threshold(self.group.variance, self.publication.parameters.threshold)
    }

    /// The change of a cell that both publications show.
    fn change(&self, table: &Table, cell: &Cell) -> Option<RowChange> {
        let shown = |cell: &Cell| cell.figure.clone().filter(|_| cell.state == CellState::Shown);
        let before =
            history::table(self.before?, &table.name)?.cells.iter().find(|other| other.key == cell.key)?;
        let change = figures::difference(&shown(cell)?, &shown(before)?)?;
        let half = change.high.saturating_sub(change.value);
        Some(match change.is_visible() {
            true => RowChange { text: signed(change.value), range: Some(format!("±{}", number(half))) },
            false => RowChange { text: "–".to_owned(), range: None },
        })
    }
}

/// A figure whose low end is above nothing.
fn visible(cell: &Cell) -> Option<&Figure> {
    cell.figure.as_ref().filter(|figure| figure.low > 0)
}

fn signed(change: i64) -> String {
    let sign = if change > 0 { "+" } else { "" };
    format!("{sign}{}", number(change))
}

/// A title without what the heading over it says already: `direction` of `Migrations ended: direction`.
fn within<'t>(title: &'t str, heading: &str) -> &'t str {
    title.strip_prefix(heading).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(title)
}

fn label(cell: &Cell) -> String {
    match cell.state {
        CellState::Rest(cells) => format!("{cells} smaller ones together"),
        CellState::Shown | CellState::Few => cell.label.clone(),
    }
}

fn share(share: &Share) -> RowShare {
    RowShare {
        text: format!("{}\u{a0}%", share.value),
        range: format!("{} to {}\u{a0}%", share.low, share.high),
    }
}
