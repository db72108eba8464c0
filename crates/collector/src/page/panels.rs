//! Boxes: a table in the form that reads best at a glance, with its chart and the words of the manifest.

use super::answer::Answers;
use super::chart::Drawn;
use super::charts;
use super::format;
use super::parts;
use super::query::Query;
use super::scope::Scope;
use super::table::{Row, Table, Value};
use super::words::{Words, words};

/// How many rows a box shows; its whole table is one click away.
const ROWS: usize = 8;

/// A box on the page.
pub(crate) struct PanelView {
    pub(crate) id: &'static str,
    pub(crate) title: String,
    /// `changes`, `cards`, `parts`, `heat` or `table`.
    pub(crate) kind: &'static str,
    pub(crate) wide: bool,
    /// The table is behind a click: the chart says it.
    pub(crate) folded: bool,
    /// Of how many of what.
    pub(crate) n: String,
    pub(crate) note: String,
    pub(crate) words: Vec<Words>,
    /// Which filters in force do not reach these figures.
    pub(crate) unreached: &'static str,
    pub(crate) chart: Option<Drawn>,
    pub(crate) columns: Vec<ColumnView>,
    pub(crate) rows: Vec<RowView>,
    pub(crate) parts: Vec<Part>,
    /// Address of the whole table, and how many rows it has.
    pub(crate) more: (String, String),
    pub(crate) csv: String,
    pub(crate) json: String,
}

pub(crate) struct ColumnView {
    pub(crate) title: String,
    pub(crate) number: bool,
}

pub(crate) struct RowView {
    pub(crate) cells: Vec<CellView>,
    pub(crate) link: Option<String>,
    /// Length of the bar in percent.
    pub(crate) bar: Option<String>,
    pub(crate) incomplete: bool,
}

#[derive(Default)]
pub(crate) struct CellView {
    pub(crate) text: String,
    pub(crate) number: bool,
    /// Shade of a heat map, 0 to 9.
    pub(crate) heat: Option<usize>,
    /// Low, share and high of an interval, in percent.
    pub(crate) interval: Option<[String; 3]>,
    pub(crate) hint: String,
}

/// One count of a report.
pub(crate) struct Part {
    pub(crate) title: String,
    pub(crate) words: Words,
    pub(crate) summary: String,
    pub(crate) chart: Option<Drawn>,
    /// A number that stands for itself.
    pub(crate) number: Option<(String, Option<String>)>,
    pub(crate) groups: Vec<Group>,
}

/// Rows of a part under a heading of their own, if any.
pub(crate) struct Group {
    pub(crate) title: String,
    pub(crate) rows: Vec<RowView>,
}

/// Every box of the page.
pub(crate) fn boxes(answers: &Answers<'_>) -> rusqlite::Result<Vec<PanelView>> {
    let scope = answers.scope;
    let mut all = Vec::new();
    for table in answers.tables(super::answer::TABLES)?.into_iter().flatten() {
        let name = table.name;
        let parts = match name {
            "counts" => parts::counts(&table, scope),
            "events" => parts::events(&table, answers)?,
            _ => Vec::new(),
        };
        // What a manifest does not declare has no box.
        let declared = !parts.is_empty() || !words(name, scope).is_empty();
        if matches!(name, "events" | "timings") && table.rows.is_empty() && !declared {
            continue;
        }
        let kind = match name {
            "changes" => "changes",
            "active" => "cards",
            "counts" | "events" => "parts",
            "retention" => "heat",
            _ => "table",
        };
        let mut view = if name == "commands" {
            view(scope, &intervals(table.clone()), kind)
        } else {
            view(scope, &table, kind)
        };
        // Beside the window before a table of many columns needs the room of two.
        let broad = scope.query.compare && view.columns.len() > 5;
        view.wide = broad || matches!(name, "counts" | "timings" | "events" | "retention" | "quality");
        view.parts = parts;
        view.chart = match name {
            "activity" => charts::activity(answers.activity()?, scope),
            "versions" => charts::versions(answers.activity()?, scope),
            "commands" => charts::commands(answers.commands()?, scope),
            _ => None,
        };
        view.folded = name == "activity" && view.chart.is_some();
        if name == "commands" {
            draw_intervals(&mut view, &table);
        }
        all.push(view);
    }
    Ok(all)
}

/// One table as a page of its own, with every row and column.
pub(crate) fn full(answers: &Answers<'_>, name: &str) -> rusqlite::Result<Option<PanelView>> {
    let Some(table) = answers.table(name)? else { return Ok(None) };
    let kind = if name == "retention" { "heat" } else { "table" };
    Ok(Some(view(answers.scope, &table, kind)))
}

fn view(scope: &Scope, table: &Table, kind: &'static str) -> PanelView {
    let whole = scope.query.table.is_some();
    let query = &scope.query;
    let total = table.rows.len();
    let shown =
        if whole || matches!(kind, "heat" | "changes") || table.name == "activity" { total } else { ROWS };
    let address = |query: &mut Query| query.table = Some(table.name.to_owned());
    let rest = if total > shown { format::counted(total as u64, "row", "rows") } else { "table".to_owned() };
    let number = |at: usize| table.rows.iter().any(|row| row.cells.get(at).is_some_and(Value::is_number));
    let numbers: Vec<bool> = (0..table.columns.len()).map(number).collect();
    let columns = table.columns.iter().zip(&numbers);
    let before = table.before.as_ref().map_or_else(String::new, |before| format!(" ({before})"));
    let unreached = match table.name {
        _ if scope.narrowed() && table.whole => {
            "Size and use do not reach this box: it counts events, which are kept without their installation."
        }
        "counts" if query.compare => {
            "Not compared: only the last report of each installation is kept, so there is no window before."
        }
        _ => "",
    };
    PanelView {
        id: table.name,
        title: table.title.clone(),
        kind,
        wide: false,
        folded: false,
        n: format!("{} {}{before}", format::count(table.n), singular(table.n, table.of)),
        note: table.note.clone(),
        words: words(table.name, scope),
        unreached,
        chart: None,
        columns: columns
            .map(|(column, number)| ColumnView { title: column.title.clone(), number: *number })
            .collect(),
        rows: table.rows.iter().take(shown).map(|row| row_view(row, &numbers, kind == "heat")).collect(),
        parts: Vec::new(),
        more: (query.with(address), rest),
        csv: query.api(table.name, "csv"),
        json: query.api(table.name, "json"),
    }
}

fn singular(n: u64, of: &'static str) -> &'static str {
    if n == 1 { of.strip_suffix('s').unwrap_or(of) } else { of }
}

pub(crate) fn row_view(row: &Row, numbers: &[bool], heat: bool) -> RowView {
    let cell = |(at, value): (usize, &Value)| CellView {
        text: value.shown(),
        number: numbers.get(at).copied().unwrap_or(value.is_number()),
        heat: match value {
            Value::Share(share) if heat => Some(shade(*share)),
            _ => None,
        },
        ..CellView::default()
    };
    RowView {
        cells: row.cells.iter().enumerate().map(cell).collect(),
        link: row.link.clone(),
        bar: row.bar.map(percent),
        incomplete: row.incomplete,
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is between 0 and 1")]
fn shade(share: f64) -> usize {
    ((share * 10.0) as usize).min(9)
}

fn percent(share: f64) -> String {
    format!("{:.1}", share.clamp(0.0, 1.0) * 100.0)
}

/// The columns of the box of commands: the ends of the interval are drawn, and numbers of runs stand in the table.
fn intervals(mut table: Table) -> Table {
    const DRAWN: [&str; 5] = ["error_low", "error_high", "errors", "unfinished", "runs_before"];
    let kept: Vec<bool> = table.columns.iter().map(|column| !DRAWN.contains(&column.key.as_str())).collect();
    let mut keep = kept.iter();
    table.columns.retain(|_| keep.next().copied().unwrap_or(true));
    for row in &mut table.rows {
        let mut keep = kept.iter();
        row.cells.retain(|_| keep.next().copied().unwrap_or(true));
    }
    for column in &mut table.columns {
        if column.key == "error_rate" {
            column.title = "Errors, with 95 % interval".to_owned();
        }
    }
    table
}

/// Draws the interval beside each error rate, all to the scale of the longest.
fn draw_intervals(view: &mut PanelView, table: &Table) {
    let share = |row: &Row, at: usize| match row.cells.get(at) {
        Some(Value::Share(share)) => Some(*share),
        _ => None,
    };
    let ends: Vec<Option<[f64; 3]>> =
        table.rows.iter().map(|row| Some([share(row, 3)?, share(row, 2)?, share(row, 4)?])).collect();
    let scale = ends.iter().take(ROWS).flatten().map(|[_, _, high]| *high).fold(0.01, f64::max);
    for (row, ends) in view.rows.iter_mut().zip(ends) {
        if let (Some(cell), Some(ends)) = (row.cells.get_mut(2), ends) {
            cell.interval = Some(ends.map(|end| percent(end / scale)));
            cell.hint = format!("{} to {}", format::share(ends[0]), format::share(ends[2]));
        }
    }
}
