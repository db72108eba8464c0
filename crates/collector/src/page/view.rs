//! The page as the templates see it: panels in the order of the morning's questions.

use aboveboard_store::calendar::day_of;
use aboveboard_store::context::{MarksFilter, is_headline};
use aboveboard_store::read::{ReadResult, Snapshot};
use askama::Template;

use super::assets;
use super::error::PageError;
use super::filters::{self, FilterChoice, Filters};
use super::format;
use super::panel::{self, PanelBody, PanelView};
use super::panels::PANELS;
use super::query::PageQuery;
use super::scope::{Scope, products};
use super::state::PageState;
use super::window::Windows;
use crate::access::Access;

/// What every page needs.
pub(crate) struct Frame {
    pub(crate) style: String,
    pub(crate) icon: String,
    pub(crate) script: String,
}

impl Frame {
    fn new() -> Self {
        Self {
            style: assets::address("page.css", assets::STYLE),
            icon: assets::address("icon.svg", assets::ICON),
            script: assets::address("live.js", assets::SCRIPT),
        }
    }
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    frame: Frame,
    title: String,
    products: Vec<FilterChoice>,
    span: String,
    filters: Filters,
    /// Data that the marks keep out, and the address that shows it.
    left_out: Option<(String, String)>,
    /// What is to be said about manifests that are awaited.
    awaited: Option<String>,
    /// Nothing was ever counted for this product.
    nothing: bool,
    home: String,
    whole: Option<PanelView>,
    panels: Vec<PanelView>,
    controller: String,
    contact: String,
    retention: String,
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: Frame,
    status: u16,
    words: &'a str,
}

/// A page that says what went wrong and where to go on.
pub(crate) fn error(status: u16, words: &str) -> askama::Result<String> {
    ErrorPage { frame: Frame::new(), status, words }.render()
}

/// The page that answers a query.
pub(crate) fn page(state: &PageState, access: &Access, query: PageQuery) -> Result<String, PageError> {
    let today = day_of((state.now)());
    let is_named = query.product.is_some();
    let made = state.reader.ask(|snapshot| {
        let Some(scope) = Scope::look_up(snapshot, query.clone(), today, &state.manifests, access)? else {
            return Ok(None);
        };
        let all = products(&snapshot.products()?, &state.manifests, access);
        fill(snapshot, &scope, &all).map(Some)
    });
    match made.map_err(PageError::Store)? {
        Some(page) => page?.render().map_err(|_| PageError::Internal),
        None if is_named => Err(PageError::UnknownProduct),
        None => Welcome { frame: Frame::new() }.render().map_err(|_| PageError::Internal),
    }
}

fn fill(snapshot: &dyn Snapshot, scope: &Scope, all: &[String]) -> ReadResult<Result<Page, PageError>> {
    let query = &scope.query;
    let counted = Counted::of(snapshot, &scope.question.product)?;
    let is_empty = counted.headline + counted.others == 0;
    let previous = query.is_compared.then(|| scope.previous());
    let windows = Windows::new(snapshot, scope, previous.as_ref());
    let mut whole = None;
    let mut panels = Vec::new();
    if let Some(name) = &query.table {
        let Some(panel) = PANELS.iter().find(|panel| panel.name() == name) else {
            return Ok(Err(PageError::NotFound("no table of this name is on the page")));
        };
        whole = Some(panel::whole(*panel, &windows)?);
    } else if !is_empty {
        for panel in PANELS {
            panels.extend(panel::on_page(panel, &windows)?);
        }
    }
    let product = scope.manifest.as_ref().map(|manifest| &manifest.product);
    let text = |pick: fn(&aboveboard_manifest::Product) -> &str| {
        product.map_or(String::new(), |product| pick(product).to_owned())
    };
    let days = scope.question.days;
    Ok(Ok(Page {
        frame: Frame::new(),
        awaited: awaited(scope),
        title: scope.title().to_owned(),
        products: filters::products(scope, all),
        span: format!("{} to {}", format::long_day(days.first), format::long_day(days.last)),
        filters: Filters::of(scope),
        left_out: left_out(query, counted.others),
        nothing: is_empty,
        home: query.with(|query| query.table = None),
        whole,
        panels,
        controller: text(|product| &product.controller),
        contact: text(|product| &product.contact),
        retention: text(|product| &product.retention),
    }))
}

/// Events of all time.
#[derive(Default)]
struct Counted {
    /// Those that belong into headline figures.
    headline: u64,
    others: u64,
}

impl Counted {
    fn of(snapshot: &dyn Snapshot, product: &str) -> ReadResult<Self> {
        let mut counted = Self::default();
        for total in snapshot.totals(product)? {
            let sum = if is_headline(total.marks) { &mut counted.headline } else { &mut counted.others };
            *sum += total.events;
        }
        Ok(counted)
    }
}

/// What is said of data that the marks keep out, and the address that shows it.
fn left_out(query: &PageQuery, others: u64) -> Option<(String, String)> {
    if others == 0 || query.contexts.marks != MarksFilter::Headline {
        return None;
    }
    let words = format!(
        "{} from synthetic, test, CI or development sources {} left out of these figures.",
        format::counted(others, "event", "events"),
        if others == 1 { "is" } else { "are" }
    );
    Some((words, query.with(|query| query.contexts.marks = MarksFilter::All)))
}

/// Which newer revisions arrive. Their batches wait where they were recorded, so nothing is lost yet.
fn awaited(scope: &Scope) -> Option<String> {
    let revisions: Vec<_> = scope
        .awaited
        .iter()
        .map(|(revision, n)| format!("revision {revision} ({})", format::counted(*n, "batch", "batches")))
        .collect();
    let here = scope.manifest.as_ref().map_or(0, |manifest| manifest.product.revision);
    let words = format!(
        "Agents send {} of the manifest; the newest here is {here}. They keep their batches until it is here too.",
        revisions.join(", ")
    );
    (!revisions.is_empty()).then_some(words)
}
