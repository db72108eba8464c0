//! The page as the templates see it: panels in the order of the morning's questions.

use aboveboard_store::read::{ReadResult, Snapshot};
use askama::Template;

use super::assets;
use super::chooser::Chooser;
use super::error::PageError;
use super::feed;
use super::filters::Filters;
use super::format;
use super::headline::HeadlineView;
use super::health::{HealthLine, of_collector};
use super::hints::{Hint, hints};
use super::left_out::left_out;
use super::no_hits::{NoHits, is_filtered};
use super::panel::{self, PanelBody, PanelView};
use super::panels::{PANELS, panel_named};
use super::query::PageQuery;
use super::scope::Scope;
use super::state::PageState;
use super::window::{Windows, answer};
use crate::access::Access;

/// The panel that says something even where nobody is left: what was set aside or dropped.
const STANDS_ALONE: [&str; 1] = ["quality"];

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    title: String,
    chooser: Chooser,
    span: String,
    filters: Filters,
    /// What the address asks that cannot be as it says.
    hints: Vec<Hint>,
    /// Data that the marks keep out, and the address that shows it.
    left_out: Option<(String, String)>,
    /// Whether data arrives as it does, most severe first.
    health: HealthLine,
    /// Other collectors take in batches too, which *Live* does not show.
    is_one_of_several: bool,
    /// Nothing was ever counted for this product.
    nothing: bool,
    home: String,
    /// The feed of what changed.
    feed: String,
    /// One table is asked for, and nothing else.
    is_whole: bool,
    whole: Option<PanelView>,
    /// Nobody is left in the window.
    no_hits: Option<NoHits>,
    /// What stands above the row of anchors.
    headline: Option<HeadlineView>,
    panels: Vec<PanelView>,
    /// Those of which there is nothing.
    quiet: Vec<PanelView>,
    /// In which days, and whether under filters.
    quiet_in: String,
    controller: String,
    contact: String,
    retention: String,
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome {
    health: HealthLine,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    status: u16,
    words: String,
    /// The way on: what it leads to, and its address.
    way: &'a (&'static str, String),
}

/// A page that says what went wrong and where to go on.
pub(crate) fn error(status: u16, words: &str, way: &(&'static str, String)) -> askama::Result<String> {
    ErrorPage { status, words: words.to_owned(), way }.render()
}

/// The page that answers a query.
pub(crate) fn page(state: &PageState, access: &Access, query: &PageQuery) -> Result<String, PageError> {
    let made = answer(state, access, query, |snapshot, windows| fill(snapshot, windows, state))?;
    match made {
        Some(Some(page)) => Ok(page.render()?),
        Some(None) => Err(PageError::NotFound("no table of this name is on the page")),
        None if query.product.is_some() => Err(PageError::UnknownProduct),
        None => Ok(Welcome { health: HealthLine::of_collector(of_collector(state, access, &[])) }.render()?),
    }
}

/// The page; none where the table that it is to show is not there.
fn fill(snapshot: &dyn Snapshot, windows: &Windows<'_>, state: &PageState) -> ReadResult<Option<Page>> {
    let scope = windows.shown.scope;
    let query = &scope.query;
    let totals = snapshot.totals(&scope.question.product)?;
    let is_empty = totals.iter().all(|total| total.events == 0);
    let mut whole = None;
    let mut no_hits = None;
    let mut headline = None;
    let mut panels = Vec::new();
    if let Some(name) = &query.table {
        let Some(panel) = panel_named(name) else { return Ok(None) };
        let view = panel::whole(panel, windows)?;
        if view.table.is_all_zero() {
            no_hits = NoHits::of(scope, &windows.shown.answers)?;
        }
        whole = Some(view).filter(|_| no_hits.is_none());
    } else if !is_empty {
        no_hits = NoHits::of(scope, &windows.shown.answers)?;
        if no_hits.is_none() {
            headline = HeadlineView::of(windows)?;
        }
        for panel in PANELS.into_iter().filter(|(name, _)| no_hits.is_none() || STANDS_ALONE.contains(name)) {
            panels.extend(panel::on_page(panel, windows)?);
        }
    }
    let (quiet, panels): (Vec<_>, Vec<_>) = panels.into_iter().partition(PanelView::is_empty);
    let quiet_in = quiet_in(scope);
    let product = scope.manifest.as_ref().map(|manifest| &manifest.product);
    let text = |pick: fn(&aboveboard_manifest::Product) -> &str| {
        product.map_or(String::new(), |product| pick(product).to_owned())
    };
    let days = scope.question.days;
    Ok(Some(Page {
        health: HealthLine::of_product(windows.shown.health()?, query),
        title: scope.title().to_owned(),
        chooser: Chooser::of(&state.manifests, &scope.products, Some(&scope.question.product), query),
        span: format!("{} to {}", format::long_day(days.first), format::long_day(days.last)),
        filters: Filters::of(scope),
        hints: hints(scope),
        left_out: left_out(scope, &totals),
        is_one_of_several: state.is_one_of_several,
        nothing: is_empty,
        is_whole: query.table.is_some(),
        home: query.with(|query| query.table = None),
        feed: feed::address(&scope.question.product),
        whole,
        no_hits,
        headline,
        panels,
        quiet,
        quiet_in,
        controller: text(|product| &product.controller),
        contact: text(|product| &product.contact),
        retention: text(|product| &product.retention),
    }))
}

/// `in these 30 days with these filters`
fn quiet_in(scope: &Scope) -> String {
    let days = match scope.question.length() {
        1 => "on this day".to_owned(),
        days => format!("in these {days} days"),
    };
    if is_filtered(&scope.query) { format!("{days} with these filters") } else { days }
}
