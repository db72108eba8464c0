//! Boxes: a table in the form that reads best at a glance, with its chart and the words of the manifest.

use aboveboard_manifest::About;

use super::answer;
use super::chart::Drawn;
use super::charts;
use super::figures::activity::{self, Activity};
use super::figures::commands::Commands;
use super::figures::counts::Counts;
use super::figures::{changes, console, events, people, quality};
use super::format;
use super::query::Query;
use super::scope::Scope;
use super::table::{Row, Table, Value};
use crate::rollup::interval::wilson;
use crate::store::sqlite::Snapshot;

/// How many rows a box shows; its whole table is one click away.
const ROWS: usize = 8;

/// A box on the page.
pub(crate) struct BoxView {
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
    pub(crate) why: String,
    pub(crate) until: String,
    pub(crate) chart: Option<Drawn>,
    pub(crate) columns: Vec<ColumnView>,
    pub(crate) rows: Vec<RowView>,
    pub(crate) parts: Vec<Part>,
    /// Address of the whole table, and how many rows it has.
    pub(crate) more: Option<(String, String)>,
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
    pub(crate) why: String,
    pub(crate) until: String,
    pub(crate) summary: String,
    pub(crate) rows: Vec<RowView>,
}

/// Every box of the page.
pub(crate) fn boxes(snapshot: &Snapshot<'_>, scope: &Scope) -> rusqlite::Result<Vec<BoxView>> {
    let activity = Activity::gather(snapshot, scope)?;
    let commands = Commands::gather(snapshot, scope)?;
    let counts = Counts::gather(snapshot, scope)?;
    let quality = quality::table(snapshot, scope)?;
    let [actions, routes] = console::tables(snapshot, scope)?;
    let manifest = scope.manifest.as_deref();
    let cli = manifest.and_then(|manifest| manifest.cli.as_ref()).map(|cli| &cli.about);
    let page = manifest.and_then(|manifest| manifest.console.as_ref()).map(|console| &console.about);

    let mut all = vec![
        view(scope, changes::table(&activity, &commands, &quality, scope), "changes", None),
        view(scope, activity::cards(&activity, scope), "cards", None),
    ];
    let mut days = view(scope, activity.days_table(scope), "folded", None);
    days.chart = charts::activity(&activity, scope);
    days.folded = true;
    all.push(days);
    let mut versions = view(scope, activity.versions_table(scope), "table", None);
    versions.chart = charts::versions(&activity, scope);
    all.push(versions);
    let mut runs = view(scope, commands.table(scope), "table", cli);
    compact_commands(&mut runs, &commands, scope);
    runs.chart = charts::commands(&commands, scope);
    all.push(runs);
    let table = counts.table(manifest);
    let parts = parts(&table, scope);
    let mut sizes = view(scope, table, "parts", None);
    (sizes.parts, sizes.wide) = (parts, true);
    all.push(sizes);
    all.push(view(scope, actions, "table", page));
    all.push(view(scope, routes, "table", page));
    let events = events::table(snapshot, scope)?;
    if !events.rows.is_empty() {
        let mut events = view(scope, events, "table", None);
        events.wide = true;
        all.push(events);
    }
    all.push(view(scope, activity.platforms_table(scope), "table", None));
    all.push(view(scope, people::funnel(&activity, scope), "table", None));
    let mut retention = view(scope, activity.retention_table(scope), "heat", None);
    retention.wide = true;
    all.push(retention);
    let mut good = view(scope, quality, "table", None);
    good.wide = true;
    all.push(good);
    Ok(all)
}

/// One table as a page of its own, with every row and column.
pub(crate) fn full(snapshot: &Snapshot<'_>, scope: &Scope, name: &str) -> rusqlite::Result<Option<BoxView>> {
    let Some(table) = answer::table(snapshot, scope, name)? else { return Ok(None) };
    let kind = if name == "retention" { "heat" } else { "table" };
    let mut whole = view(scope, table, kind, None);
    whole.more = None;
    Ok(Some(whole))
}

fn view(scope: &Scope, table: Table, kind: &'static str, about: Option<&About>) -> BoxView {
    let whole = scope.query.table.is_some();
    let query = &scope.query;
    let total = table.rows.len();
    let shown = if whole || matches!(kind, "heat" | "changes" | "folded") { total } else { ROWS };
    let address = |query: &mut Query| query.table = Some(table.name.to_owned());
    let more = (total > shown)
        .then(|| (query.with(address), format!("All {}", format::counted(total as u64, "row", "rows"))));
    let number = |at: usize| table.rows.iter().any(|row| row.cells.get(at).is_some_and(Value::is_number));
    let numbers: Vec<bool> = (0..table.columns.len()).map(number).collect();
    let columns = table.columns.iter().zip(&numbers);
    BoxView {
        id: table.name,
        title: table.title.clone(),
        kind,
        wide: false,
        folded: false,
        n: format!("{} {}", format::count(table.n), singular(table.n, table.of)),
        note: table.note.clone(),
        why: about.map_or(String::new(), |about| about.why.clone()),
        until: about.map_or(String::new(), until),
        chart: None,
        columns: columns
            .map(|(column, number)| ColumnView { title: column.title.clone(), number: *number })
            .collect(),
        rows: table.rows.iter().take(shown).map(|row| row_view(row, &numbers, kind == "heat")).collect(),
        parts: Vec::new(),
        more,
        csv: query.api(table.name, "csv"),
        json: query.api(table.name, "json"),
    }
}

fn singular(n: u64, of: &'static str) -> &'static str {
    if n == 1 { of.strip_suffix('s').unwrap_or(of) } else { of }
}

fn until(about: &About) -> String {
    about.until.as_ref().map_or_else(String::new, |until| format!("Collected until {until}"))
}

fn row_view(row: &Row, numbers: &[bool], heat: bool) -> RowView {
    let cell = |(at, value): (usize, &Value)| CellView {
        text: value.shown(),
        number: numbers.get(at).copied().unwrap_or(value.is_number()),
        heat: match value {
            Value::Share(share) if heat => Some(shade(*share)),
            _ => None,
        },
        interval: None,
        hint: String::new(),
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

/// In the box: runs, error rate with its interval drawn, unfinished rate. The whole table has it all in numbers.
fn compact_commands(view: &mut BoxView, commands: &Commands, scope: &Scope) {
    view.columns = ["Command", "Runs", "Errors, with 95 % interval", "Unfinished"]
        .into_iter()
        .enumerate()
        .map(|(at, title)| ColumnView { title: title.to_owned(), number: at > 0 })
        .collect();
    // The longest interval fills its cell; all are drawn to its scale.
    let intervals = commands.window.values().map(|runs| wilson(runs.error, runs.all()).1);
    let scale = intervals.fold(0.01, f64::max);
    for row in &mut view.rows {
        let name = &row.cells[0].text;
        let found = commands.window.iter().find(|(number, _)| scope.name(**number) == *name);
        let Some((_, runs)) = found else { continue };
        let (low, high) = wilson(runs.error, runs.all());
        let share = format::ratio(runs.error, runs.all());
        let mut errors = row.cells.swap_remove(2);
        errors.interval = Some([low, share, high].map(|end| percent(end / scale)));
        errors.hint = format!("{} to {}", format::share(low), format::share(high));
        let unfinished = CellView {
            text: format::share(format::ratio(runs.unfinished, runs.all())),
            number: true,
            heat: None,
            interval: None,
            hint: format::counted(runs.unfinished, "run", "runs"),
        };
        row.cells.truncate(2);
        row.cells.push(errors);
        row.cells.push(unfinished);
    }
}

/// The rows of the table of counts, by count.
fn parts(table: &Table, scope: &Scope) -> Vec<Part> {
    let counts = scope.manifest.as_ref().map_or(&[] as &[_], |manifest| &manifest.counts);
    let mut parts = Vec::new();
    for count in counts {
        let of: Vec<&Row> =
            table.rows.iter().filter(|row| row.cells[0] == Value::Text(count.name.clone())).collect();
        let (whole, bands): (Vec<&Row>, Vec<&Row>) = of
            .into_iter()
            .partition(|row| count.by.is_empty() && row.cells[1] == Value::Text("all".to_owned()));
        let summary = whole.first().map_or_else(String::new, |row| {
            format!(
                "{} in all · half have at most {}, nine in ten {}",
                row.cells[4].shown(),
                row.cells[5].shown(),
                row.cells[6].shown()
            )
        });
        let row = |row: &Row| RowView {
            cells: row_view(row, &[], false).cells.into_iter().skip(1).take(3).collect(),
            ..row_view(row, &[], false)
        };
        parts.push(Part {
            title: capital(&count.about.what),
            why: count.about.why.clone(),
            until: until(&count.about),
            summary: if count.by.is_empty() { summary } else { "installations with at least one".to_owned() },
            rows: bands.into_iter().map(row).collect(),
        });
    }
    parts
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
