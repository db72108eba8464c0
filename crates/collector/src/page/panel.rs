//! A panel: a table in the form that reads best at a glance, with its chart and the words of the manifest.

use aboveboard_manifest::Manifest;
use aboveboard_store::read::ReadResult;

use super::chart::ChartView;
use super::compare::compare;
use super::format;
use super::query::PageQuery;
use super::reasons::CollectionReason;
use super::table::{CellValue, Estimate, Table, TableRow, percent};
use super::window::{Window, Windows};

/// How many rows a panel shows; its whole table is one click away.
const MAX_ROWS: usize = 8;

/// A panel with its name in addresses.
pub(crate) type NamedPanel = (&'static str, &'static dyn Panel);

/// What one panel shows of the answers.
pub(crate) trait Panel: Sync {
    /// Its whole table.
    fn table(&self, window: &Window<'_>) -> ReadResult<Table>;

    /// Why every batch carries what this panel shows; empty where the manifest says it of each item.
    fn why(&self) -> &'static str {
        ""
    }

    /// Why its data is collected; nothing where each item says it beside itself.
    fn reasons(&self, manifest: &Manifest) -> Vec<CollectionReason> {
        let why = Some(self.why()).filter(|why| !why.is_empty());
        why.map(|why| CollectionReason::of_envelope(manifest, why)).into_iter().collect()
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
    /// The box *Live* follows it on the page.
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
    Changes(ChangesView),
    Cards {
        cards: Vec<CardView>,
        note: Option<String>,
    },
    Parts {
        parts: Vec<PartView>,
        /// The titles of the columns, for who cannot see them.
        titles: [&'static str; 3],
    },
    Funnels(Vec<FunnelView>),
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
            Self::Funnels(_) => "funnel",
        }
    }
}

/// A panel as the template sees it.
pub(crate) struct PanelView {
    pub(crate) id: &'static str,
    /// Its table, with the rows that are shown.
    pub(crate) table: Table,
    pub(crate) layout: PanelLayout,
    /// Of how many of what.
    pub(crate) n: String,
    pub(crate) reasons: Vec<CollectionReason>,
    /// Which filters in force do not reach these figures.
    pub(crate) unreached: &'static str,
    pub(crate) columns: Vec<ColumnView>,
    /// The largest share that an interval reaches; none where intervals are not drawn.
    longest: Option<f64>,
    /// Address of the whole table, and how many rows it has.
    pub(crate) more: (String, String),
    pub(crate) csv: String,
    pub(crate) json: String,
}

/// A column that is shown.
pub(crate) struct ColumnView {
    /// Its place in the table.
    at: usize,
    pub(crate) title: String,
    pub(crate) is_number: bool,
}

impl ColumnView {
    pub(crate) fn cell<'r>(&self, row: &'r TableRow) -> &'r CellValue {
        row.cells.get(self.at).unwrap_or(&CellValue::None)
    }
}

impl PanelView {
    /// Low, share and high of the interval of a cell, in percent of the longest, and its ends for people.
    pub(crate) fn interval(&self, cell: &CellValue) -> Option<([String; 3], String)> {
        let longest = self.longest?;
        let CellValue::Estimate(Estimate { share, low, high }) = *cell else { return None };
        let ends = format!("{} to {}", format::share(low), format::share(high));
        Some(([low, share, high].map(|end| percent(end / longest)), ends))
    }
}

/// What changed, or what is said where nothing did.
pub(crate) struct ChangesView {
    pub(crate) list: Vec<ChangeView>,
    pub(crate) none: String,
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

/// A funnel as the template sees it.
pub(crate) struct FunnelView {
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) reason: CollectionReason,
    /// None where nobody began.
    pub(crate) steps: Vec<FunnelStepView>,
    /// What must be known to read it right.
    pub(crate) remarks: Vec<String>,
}

/// A step of a funnel.
pub(crate) struct FunnelStepView {
    pub(crate) row: TableRow,
    /// The ends of the interval of the share of the first step.
    pub(crate) interval: Option<String>,
    /// How long it took from the step before.
    pub(crate) took: Option<String>,
    /// What became of those who came no further.
    pub(crate) rest: String,
}

/// Rows of a part under a heading of their own, if any.
pub(crate) struct GroupView {
    pub(crate) title: String,
    pub(crate) rows: Vec<TableRow>,
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
pub(crate) fn on_page((name, panel): NamedPanel, windows: &Windows<'_>) -> ReadResult<Option<PanelView>> {
    let table = table(panel, windows)?;
    let Some(layout) = panel.layout(windows, &table)? else { return Ok(None) };
    let mut view = view(name, panel, windows, table);
    view.columns.retain(|column| !view.table.columns[column.at].is_only_in_table);
    for column in &mut view.columns {
        if let Some(title) = view.table.columns[column.at].panel_title {
            column.title = title.to_owned();
        }
    }
    let total = view.table.rows.len();
    if !layout.has_all_rows && total > MAX_ROWS {
        view.table.rows.truncate(MAX_ROWS);
        view.more.1 = format::counted(total as u64, "row", "rows");
    }
    let high =
        |value: &CellValue| if let CellValue::Estimate(estimate) = value { estimate.high } else { 0.0 };
    view.longest = Some(view.table.rows.iter().flat_map(|row| &row.cells).map(high).fold(0.01, f64::max));
    view.layout = layout;
    // Beside the previous window a table of many columns needs the width of two.
    view.layout.is_wide |= windows.previous.is_some() && view.columns.len() > 5;
    Ok(Some(view))
}

/// The table of a panel as a page of its own, with every row and column.
pub(crate) fn whole((name, panel): NamedPanel, windows: &Windows<'_>) -> ReadResult<PanelView> {
    Ok(view(name, panel, windows, table(panel, windows)?))
}

fn view(name: &'static str, panel: &dyn Panel, windows: &Windows<'_>, table: Table) -> PanelView {
    let scope = windows.shown.scope;
    let query = &scope.query;
    let before = table.before.as_ref().map_or_else(String::new, |before| format!(" ({before})"));
    let unreached = if table.is_of_events && !query.installations.is_empty() {
        "Size and use do not reach this panel: it counts events, which are kept without their installation."
    } else {
        panel.unreached(query)
    };
    let is_number =
        |at: usize| table.rows.iter().any(|row| row.cells.get(at).is_some_and(CellValue::is_number));
    let columns = table.columns.iter().enumerate();
    PanelView {
        id: name,
        layout: PanelLayout::default(),
        n: format!("{} {}{before}", format::count(table.n), singular(table.n, table.of)),
        reasons: scope.manifest.as_deref().map(|manifest| panel.reasons(manifest)).unwrap_or_default(),
        unreached,
        columns: columns
            .map(|(at, column)| ColumnView { at, title: column.title.clone(), is_number: is_number(at) })
            .collect(),
        longest: None,
        more: (query.with(|query| query.table = Some(name.to_owned())), "table".to_owned()),
        csv: query.api(name, "csv"),
        json: query.api(name, "json"),
        table,
    }
}

fn singular(n: u64, of: &'static str) -> &'static str {
    if n == 1 { of.strip_suffix('s').unwrap_or(of) } else { of }
}
