//! A panel: a table in the form that reads best at a glance, with its chart and the words of the manifest.

use aboveboard_manifest::Manifest;
use aboveboard_store::read::ReadResult;

use super::chart::ChartView;
use super::compare::compare;
use super::fold::{fold_for_phone, folded};
use super::format;
use super::query::PageQuery;
use super::reasons::CollectionReason;
use super::table::{CellValue, Estimate, Table, TableRow, percent};
use super::window::{Window, Windows};

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
    pub(crate) width: PanelWidth,
    /// What stands over it, where that is not its table's title.
    pub(crate) heading: Option<String>,
    pub(crate) chart: Option<ChartView>,
    pub(crate) body: PanelBody,
    /// The rows that it shows, where they are not those of its table.
    pub(crate) rows: Option<Vec<TableRow>>,
    /// Every row is shown, on a phone too, save those of a heat map.
    pub(crate) has_all_rows: bool,
    /// A sentence that stands below everything else: what was folded, why shares do not make a whole.
    pub(crate) summary: String,
}

/// How much of the width of the page a panel takes on a desk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PanelWidth {
    Third,
    #[default]
    Half,
    TwoThirds,
    Whole,
}

impl PanelWidth {
    /// Its name in the style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Third => "third",
            Self::Half => "half",
            Self::TwoThirds => "two-thirds",
            Self::Whole => "wide",
        }
    }
}

/// What stands between title and footer.
#[derive(Default)]
pub(crate) enum PanelBody {
    /// Rows of the table.
    #[default]
    Rows,
    /// The chart alone.
    Chart,
    /// A table of shares in shades.
    HeatMap,
    Changes(ChangesView),
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
            Self::Rows => "table",
            Self::Chart => "chart",
            Self::HeatMap => "heat",
            Self::Changes(_) => "changes",
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
    pub(crate) reasons: Vec<ReasonView>,
    /// Which filters in force do not reach these figures.
    pub(crate) unreached: &'static str,
    pub(crate) columns: Vec<ColumnView>,
    /// The largest share that an interval reaches; none where intervals are not drawn.
    longest: Option<f64>,
    /// Address of the whole table.
    pub(crate) more: String,
    pub(crate) csv: String,
    pub(crate) json: String,
}

/// A column that is shown.
pub(crate) struct ColumnView {
    /// Its place in the table.
    at: usize,
    pub(crate) title: String,
    pub(crate) is_number: bool,
    pub(crate) is_off_phone: bool,
}

impl ColumnView {
    pub(crate) fn cell<'r>(&self, row: &'r TableRow) -> &'r CellValue {
        row.cells.get(self.at).unwrap_or(&CellValue::None)
    }
}

/// A reason, with who answers for it and until when where the next one says another.
pub(crate) struct ReasonView {
    pub(crate) reason: CollectionReason,
    pub(crate) says_owner: bool,
}

impl PanelView {
    /// What stands over it: its table's title, or that of its chart.
    pub(crate) fn title(&self) -> &str {
        self.layout.heading.as_deref().unwrap_or(self.table.title)
    }

    /// Whether it has nothing to show but that there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        let is_empty = match &self.layout.body {
            PanelBody::Rows | PanelBody::HeatMap => self.table.rows.is_empty(),
            PanelBody::Parts { parts, .. } => parts.is_empty(),
            PanelBody::Chart | PanelBody::Changes(_) | PanelBody::Funnels(_) => false,
        };
        is_empty && self.table.n == 0 && self.unreached.is_empty()
    }

    /// How many rows there are to unfold on a phone; none where that is not worth a click.
    pub(crate) fn phone_fold(&self) -> Option<usize> {
        phone_fold(&self.table.rows)
    }

    /// Whether anything is said about how to read it and why it is there.
    pub(crate) fn has_about(&self) -> bool {
        !self.table.note.is_empty() || !self.reasons.is_empty()
    }

    /// Low, share and high of the interval of a cell, in percent of the longest; its ends for people, and in short.
    pub(crate) fn interval(&self, cell: &CellValue) -> Option<([String; 3], [String; 2])> {
        let longest = self.longest?;
        let CellValue::Estimate(Estimate { share, low, high }) = *cell else { return None };
        let words = format!("{} to {}", format::share(low), format::share(high));
        let short = format!("{:.0}–{:.0}\u{a0}%", low * 100.0, high * 100.0);
        Some(([low, share, high].map(|end| percent(end / longest)), [words, short]))
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
    pub(crate) since: String,
    pub(crate) what: String,
}

/// One of several things in a panel: a count, an event.
pub(crate) struct PartView {
    pub(crate) title: String,
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
    /// None where nobody began.
    pub(crate) steps: Vec<FunnelStepView>,
    /// What must be known to read it right.
    pub(crate) remarks: Vec<String>,
}

/// A step of a funnel.
pub(crate) struct FunnelStepView {
    pub(crate) title: String,
    /// The page of the installations that took it.
    pub(crate) link: Option<String>,
    pub(crate) installations: String,
    /// Low, share and high of those who began, in percent.
    pub(crate) bar: [String; 3],
    /// The shares in words, how long it took and what became of the others.
    pub(crate) words: String,
}

/// Rows of a part under a heading of their own, if any.
pub(crate) struct GroupView {
    pub(crate) title: String,
    pub(crate) rows: Vec<TableRow>,
    /// Why the shares do not make a whole; empty where they do.
    pub(crate) caveat: &'static str,
}

impl GroupView {
    /// As for a panel.
    pub(crate) fn phone_fold(&self) -> Option<usize> {
        phone_fold(&self.rows)
    }
}

fn phone_fold(rows: &[TableRow]) -> Option<usize> {
    rows.iter().any(|row| row.is_off_phone).then_some(rows.len())
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
    let mut layout = layout;
    if let Some(rows) = layout.rows.take() {
        view.table.rows = rows;
    }
    if !layout.has_all_rows {
        let rows = std::mem::take(&mut view.table.rows);
        view.table.rows = folded(rows, &view.table.columns);
    }
    if !layout.has_all_rows || matches!(layout.body, PanelBody::HeatMap) {
        fold_for_phone(&mut view.table.rows, &view.table.columns);
    }
    let high =
        |value: &CellValue| if let CellValue::Estimate(estimate) = value { estimate.high } else { 0.0 };
    view.longest = Some(view.table.rows.iter().flat_map(|row| &row.cells).map(high).fold(0.01, f64::max));
    if let PanelBody::Parts { parts, .. } = &mut layout.body {
        for group in parts.iter_mut().flat_map(|part| &mut part.groups) {
            fold_for_phone(&mut group.rows, &[]);
        }
    }
    for column in &mut view.columns {
        column.is_off_phone = view.table.columns[column.at].is_off_phone;
    }
    view.layout = layout;
    // Beside the previous window a table of many columns needs the width of two.
    if windows.previous.is_some() && view.columns.len() > 5 {
        view.layout.width = PanelWidth::Whole;
    }
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
        reasons: scope
            .manifest
            .as_deref()
            .map(|manifest| reasons(panel.reasons(manifest)))
            .unwrap_or_default(),
        unreached,
        columns: columns
            .map(|(at, column)| ColumnView {
                at,
                title: column.title.clone(),
                is_number: is_number(at),
                is_off_phone: false,
            })
            .collect(),
        longest: None,
        more: query.with(|query| query.table = Some(name.to_owned())),
        csv: query.api(name, "csv"),
        json: query.api(name, "json"),
        table,
    }
}

/// Who answers for it and until when is said once for as many as follow each other.
fn reasons(reasons: Vec<CollectionReason>) -> Vec<ReasonView> {
    let end = |reason: &CollectionReason| (reason.owner.clone(), reason.until.clone());
    let ends: Vec<_> = reasons.iter().map(end).collect();
    let says = |at: usize| ends.get(at + 1) != ends.get(at);
    reasons.into_iter().enumerate().map(|(at, reason)| ReasonView { reason, says_owner: says(at) }).collect()
}

fn singular(n: u64, of: &'static str) -> &'static str {
    if n == 1 { of.strip_suffix('s').unwrap_or(of) } else { of }
}
