//! The page as the templates see it: boxes in the order of the morning's questions.

use askama::Template;

use super::State;
use super::answer::Answers;
use super::assets;
use super::error::PageError;
use super::filters::{self, Choice, Filters};
use super::format;
use super::panels::{PanelView, boxes, full};
use super::query::{MarksFilter, Query};
use super::scope::{Scope, products};
use crate::access::Access;
use crate::store::calendar::day_of;
use crate::store::sqlite::Snapshot;

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
    products: Vec<Choice>,
    span: String,
    filters: Filters,
    /// How many installations are new enough to be unverified, of how many in the last 30 days.
    unverified: Option<String>,
    /// Data that the marks keep out, and the address that shows it.
    aside: Option<(String, String)>,
    /// What is to be said about manifests that are awaited.
    awaited: Option<String>,
    /// Nothing was ever counted for this product.
    nothing: bool,
    home: String,
    whole: Option<PanelView>,
    boxes: Vec<PanelView>,
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
pub(crate) fn page(state: &State, access: &Access, query: Query) -> Result<String, PageError> {
    let today = day_of((state.now)());
    let named = query.product.is_some();
    let made = state.reader.ask(|snapshot| {
        let Some(scope) = Scope::look(snapshot, query.clone(), today, &state.manifests, access)? else {
            return Ok(None);
        };
        let all = products(&snapshot.products()?, &state.manifests, access);
        fill(snapshot, &scope, &all).map(Some)
    });
    match made.map_err(PageError::Store)? {
        Some(Ok(page)) => page.render().map_err(|_| PageError::Internal),
        Some(Err(trouble)) => Err(trouble),
        None if named => Err(PageError::UnknownProduct),
        None => Welcome { frame: Frame::new() }.render().map_err(|_| PageError::Internal),
    }
}

fn fill(snapshot: &Snapshot<'_>, scope: &Scope, all: &[String]) -> rusqlite::Result<Result<Page, PageError>> {
    let query = &scope.query;
    let (shown, hidden) = counted(snapshot, scope)?;
    let answers = Answers::new(snapshot, scope);
    let whole = match &query.table {
        None => None,
        Some(name) => match full(&answers, name)? {
            Some(whole) => Some(whole),
            None => return Ok(Err(PageError::NotFound("no table of this name is on the page"))),
        },
    };
    let boxes = if whole.is_some() || shown + hidden == 0 { Vec::new() } else { boxes(&answers)? };
    let product = scope.manifest.as_ref().map(|manifest| &manifest.product);
    let text = |pick: fn(&aboveboard_manifest::Product) -> &str| {
        product.map_or(String::new(), |p| pick(p).to_owned())
    };
    Ok(Ok(Page {
        frame: Frame::new(),
        awaited: awaited(scope),
        title: scope.title().to_owned(),
        products: filters::products(scope, all),
        span: format!("{} to {}", format::long_day(scope.from), format::long_day(scope.until)),
        filters: Filters::of(scope),
        unverified: unverified(&answers, shown + hidden)?,
        aside: (hidden > 0 && query.show == MarksFilter::Headline).then(|| {
            let words = format!(
                "{} from synthetic, test, CI or development sources {} left out of these figures.",
                format::counted(hidden, "event", "events"),
                if hidden == 1 { "is" } else { "are" }
            );
            (words, query.with(|query| query.show = MarksFilter::All))
        }),
        nothing: shown + hidden == 0,
        home: query.with(|query| query.table = None),
        whole,
        boxes,
        controller: text(|product| &product.controller),
        contact: text(|product| &product.contact),
        retention: text(|product| &product.retention),
    }))
}

/// Events of all time that count as headline, and those that do not.
fn counted(snapshot: &Snapshot<'_>, scope: &Scope) -> rusqlite::Result<(u64, u64)> {
    let totals = scope.product.map_or_else(|| Ok(Vec::new()), |product| snapshot.totals(product))?;
    let sum = |shown: bool| {
        totals
            .iter()
            .filter(|(_, marks, _)| MarksFilter::Headline.keeps(*marks) == shown)
            .map(|(_, _, n)| n)
            .sum()
    };
    Ok((sum(true), sum(false)))
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

/// Said beside the figures and never taken out of them: one sender may be many new installations.
fn unverified(answers: &Answers<'_>, ever: u64) -> rusqlite::Result<Option<String>> {
    if ever == 0 || answers.scope.query.table.is_some() {
        return Ok(None);
    }
    let activity = answers.activity()?;
    Ok((activity.unverified > 0).then(|| {
        format!(
            "{} of {} {} new and not yet verified: first seen in the last two periods of {}, counted all the same.",
            format::count(activity.unverified),
            format::counted(activity.periods[2].now.len(), "installation", "installations"),
            if activity.unverified == 1 { "is" } else { "are" },
            if activity.unverified == 1 { "its component" } else { "their component" },
        )
    }))
}
