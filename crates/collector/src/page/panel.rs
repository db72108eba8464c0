//! A panel: a table in the form that reads best at a glance, with its chart and the words of the manifest.

use aboveboard_manifest::Manifest;
use aboveboard_store::read::ReadResult;

use super::chart::ChartView;
use super::compare::compare;
use super::format;
use super::query::PageQuery;
use super::reasons::CollectionReason;
use super::table::{CellValue, Column, Estimate, Table, TableRow};
use super::window::{Window, Windows};

/// How many rows a panel shows; its whole table is one click away.
const MAX_ROWS: usize = 8;

/// What one panel shows of the answers.
pub(crate) trait Panel: Sync {
    /// Its name in addresses.
    fn name(&self) -> &'static str;

    /// Its whole table.
    fn table(&self, window: &Window<'_>) -> ReadResult<Table>;

    /// Why every batch carries what this panel shows; empty where the manifest says it of each item.
    fn why(&self) -> &'static str {
        ""
    }

    /// Why its data is collected.
    fn reasons(&self, manifest: &Manifest) -> Vec<CollectionReason> {
        vec![CollectionReason::of_envelope(manifest, self.why())]
    }

    /// How it stands on the page; none where it is left out.
    fn layout(&self, _windows: &Windows<'_>, _table: &Table) -> ReadResult<Option<PanelLayout>> {
        Ok(Some(PanelLayout::default()))
    }

    /// Why filters or a comparison in force do not reach its figures, besides what its table says; empty if they do.
    fn unreached(&self, _query: &PageQuery) -> &'static str {
        ""
    }
}

/// How a panel stands on the page.
#[derive(Default)]
pub(crate) struct PanelLayout {
    pub(crate) is_wide: bool,
    pub(crate) chart: Option<ChartView>,
    pub(crate) body: PanelBody,
    /// Every row is shown.
    pub(crate) has_all_rows: bool,
    /// The arrivals that come in live stand behind it.
    pub(crate) is_before_live: bool,
}

/// What stands between title and footer.
#[derive(Default)]
pub(crate) enum PanelBody {
    /// Rows of the table.
    #[default]
    Rows,
    /// Rows of the table behind a click: the chart says it.
    FoldedRows,
    /// A table of shares in shades.
    HeatMap,
    Changes(Vec<ChangeView>),
    Cards {
        cards: Vec<CardView>,
        note: Option<String>,
    },
    Parts {
        parts: Vec<PartView>,
        /// The titles of the columns, for who cannot see them.
        titles: [&'static str; 3],
    },
}

impl PanelBody {
    /// Its name in the style sheet.
    pub(crate) fn class(&self) -> &'static str {
        match self {
            Self::Rows | Self::FoldedRows => "table",
            Self::HeatMap => "heat",
            Self::Changes(_) => "changes",
            Self::Cards { .. } => "cards",
            Self::Parts { .. } => "parts",
        }
    }
}

/// A panel as the template sees it.
pub(crate) struct PanelView {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) is_wide: bool,
    /// Of how many of what.
    pub(crate) n: String,
    pub(crate) note: String,
    pub(crate) reasons: Vec<CollectionReason>,
    /// Which filters in force do not reach these figures.
    pub(crate) unreached: &'static str,
    pub(crate) chart: Option<ChartView>,
    pub(crate) body: PanelBody,
    pub(crate) columns: Vec<ColumnView>,
    pub(crate) rows: Vec<RowView>,
    /// Address of the whole table, and how many rows it has.
    pub(crate) more: (String, String),
    pub(crate) csv: String,
    pub(crate) json: String,
    pub(crate) is_before_live: bool,
}

pub(crate) struct ColumnView {
    pub(crate) title: String,
    pub(crate) is_number: bool,
}

pub(crate) struct RowView {
    pub(crate) cells: Vec<CellView>,
    pub(crate) link: Option<String>,
    /// Length of the bar in percent.
    pub(crate) bar: Option<String>,
    pub(crate) is_incomplete: bool,
}

#[derive(Default)]
pub(crate) struct CellView {
    pub(crate) text: String,
    pub(crate) is_number: bool,
    /// Shade of a heat map, 0 to 9.
    pub(crate) heat: Option<usize>,
    /// Low, share and high of an interval, in percent.
    pub(crate) interval: Option<[String; 3]>,
    pub(crate) hint: String,
}

/// A change in words.
pub(crate) struct ChangeView {
    pub(crate) tone: &'static str,
    pub(crate) since: &'static str,
    pub(crate) what: String,
}

/// A large number beside what it was before.
pub(crate) struct CardView {
    pub(crate) title: &'static str,
    pub(crate) number: String,
    pub(crate) before: Option<String>,
    pub(crate) change: Option<String>,
    /// What the number is made of.
    pub(crate) summary: String,
    pub(crate) is_incomplete: bool,
}

/// One of several things in a panel: a count, an event.
pub(crate) struct PartView {
    pub(crate) title: String,
    pub(crate) reason: CollectionReason,
    pub(crate) summary: String,
    pub(crate) chart: Option<ChartView>,
    /// A number that stands for itself, and where it leads.
    pub(crate) number: Option<(String, Option<String>)>,
    pub(crate) groups: Vec<GroupView>,
}

/// Rows of a part under a heading of their own, if any.
pub(crate) struct GroupView {
    pub(crate) title: String,
    pub(crate) rows: Vec<RowView>,
}

/// The whole table of a panel, beside that of the previous window if the two are compared.
pub(crate) fn table(panel: &dyn Panel, windows: &Windows<'_>) -> ReadResult<Table> {
    let mut table = panel.table(&windows.shown)?;
    if let Some(previous) = &windows.previous
        && table.columns.iter().any(|column| column.comparison.is_some())
    {
        compare(&mut table, &panel.table(previous)?, windows.shown.scope.question.length());
    }
    Ok(table)
}

/// A panel on the page; none where it is left out.
pub(crate) fn on_page(panel: &dyn Panel, windows: &Windows<'_>) -> ReadResult<Option<PanelView>> {
    let table = table(panel, windows)?;
    let Some(layout) = panel.layout(windows, &table)? else { return Ok(None) };
    let shown = if layout.has_all_rows { table.rows.len() } else { MAX_ROWS };
    let mut view = view(panel, windows, &table, Shown { rows: shown, is_whole: false });
    // Beside the previous window a table of many columns needs the width of two.
    view.is_wide = layout.is_wide || (windows.previous.is_some() && view.columns.len() > 5);
    view.chart = layout.chart;
    view.body = layout.body;
    view.is_before_live = layout.is_before_live;
    Ok(Some(view))
}

/// The table of a panel as a page of its own, with every row and column.
pub(crate) fn whole(panel: &dyn Panel, windows: &Windows<'_>) -> ReadResult<PanelView> {
    let table = table(panel, windows)?;
    Ok(view(panel, windows, &table, Shown { rows: table.rows.len(), is_whole: true }))
}

/// How much of a table is shown.
#[derive(Clone, Copy)]
struct Shown {
    rows: usize,
    /// Also the columns that stand only in the whole table.
    is_whole: bool,
}

fn view(panel: &dyn Panel, windows: &Windows<'_>, table: &Table, shown: Shown) -> PanelView {
    let scope = windows.shown.scope;
    let query = &scope.query;
    let total = table.rows.len();
    let rest =
        if total > shown.rows { format::counted(total as u64, "row", "rows") } else { "table".to_owned() };
    let before = table.before.as_ref().map_or_else(String::new, |before| format!(" ({before})"));
    let unreached = if table.is_of_events && !query.installations.is_empty() {
        "Size and use do not reach this panel: it counts events, which are kept without their installation."
    } else {
        panel.unreached(query)
    };
    let columns = shown_columns(table, shown);
    PanelView {
        id: table.name,
        title: table.title,
        is_wide: false,
        n: format!("{} {}{before}", format::count(table.n), singular(table.n, table.of)),
        note: table.note.clone(),
        reasons: scope.manifest.as_deref().map(|manifest| panel.reasons(manifest)).unwrap_or_default(),
        unreached,
        chart: None,
        body: PanelBody::Rows,
        rows: rows(&table.rows[..total.min(shown.rows)], &columns, shown),
        columns: columns.into_iter().map(|(_, view)| view).collect(),
        more: (query.with(|query| query.table = Some(table.name.to_owned())), rest),
        csv: query.api(table.name, "csv"),
        json: query.api(table.name, "json"),
        is_before_live: false,
    }
}

/// The columns that are shown, with their places in the table.
fn shown_columns(table: &Table, shown: Shown) -> Vec<(usize, ColumnView)> {
    let is_number =
        |at: usize| table.rows.iter().any(|row| row.cells.get(at).is_some_and(CellValue::is_number));
    let title = |column: &Column| match column.panel_title {
        Some(title) if !shown.is_whole => title.to_owned(),
        _ => column.title.clone(),
    };
    let columns = table.columns.iter().enumerate();
    columns
        .filter(|(_, column)| shown.is_whole || !column.is_only_in_table)
        .map(|(at, column)| (at, ColumnView { title: title(column), is_number: is_number(at) }))
        .collect()
}

/// Intervals are drawn in panels alone, all to the scale of the longest.
fn rows(rows: &[TableRow], columns: &[(usize, ColumnView)], shown: Shown) -> Vec<RowView> {
    let high =
        |value: &CellValue| if let CellValue::Estimate(estimate) = value { estimate.high } else { 0.0 };
    let scale = rows.iter().flat_map(|row| &row.cells).map(high).fold(0.01, f64::max);
    let cell = |row: &TableRow, at: usize, is_number: bool| {
        let mut cell = row.cells.get(at).map(cell_view).unwrap_or_default();
        cell.is_number = is_number;
        if let Some(CellValue::Estimate(estimate)) = row.cells.get(at).filter(|_| !shown.is_whole) {
            draw_interval(&mut cell, *estimate, scale);
        }
        cell
    };
    let row = |row: &TableRow| RowView {
        cells: columns.iter().map(|(at, column)| cell(row, *at, column.is_number)).collect(),
        link: row.link.clone(),
        bar: row.bar.map(percent),
        is_incomplete: row.is_incomplete,
    };
    rows.iter().map(row).collect()
}

/// A row of a part: its name, how many, which share.
pub(crate) fn part_row(cells: [CellValue; 3], bar: Option<f64>, link: Option<String>) -> RowView {
    RowView {
        cells: cells.iter().map(cell_view).collect(),
        link,
        bar: bar.map(percent),
        is_incomplete: false,
    }
}

fn cell_view(value: &CellValue) -> CellView {
    CellView {
        text: value.shown(),
        is_number: value.is_number(),
        heat: if let CellValue::Heat(share) = value { Some(shade(*share)) } else { None },
        ..CellView::default()
    }
}

fn draw_interval(cell: &mut CellView, estimate: Estimate, scale: f64) {
    let Estimate { share, low, high } = estimate;
    cell.interval = Some([low, share, high].map(|end| percent(end / scale)));
    cell.hint = format!("{} to {}", format::share(low), format::share(high));
}

fn singular(n: u64, of: &'static str) -> &'static str {
    if n == 1 { of.strip_suffix('s').unwrap_or(of) } else { of }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is between 0 and 1")]
fn shade(share: f64) -> usize {
    ((share * 10.0) as usize).min(9)
}

fn percent(share: f64) -> String {
    format!("{:.1}", share.clamp(0.0, 1.0) * 100.0)
}
