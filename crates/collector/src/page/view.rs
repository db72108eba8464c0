//! The page as the templates see it: boxes in the order of the morning's questions.

use aboveboard_core::declaration::Component;
use aboveboard_core::envelope::{Mark, Marks};
use askama::Template;

use super::State;
use super::assets;
use super::boxes::{BoxView, boxes, full};
use super::doors::Trouble;
use super::format;
use super::query::{Query, Show, WINDOWS};
use super::scope::{Scope, products};
use crate::doors::Access;
use crate::rollup::place::day;
use crate::store::sqlite::Snapshot;

/// One choice of a filter.
pub(crate) struct Choice {
    pub(crate) title: String,
    pub(crate) address: String,
    pub(crate) current: bool,
    pub(crate) hint: String,
}

/// A field of the form of rarer filters.
pub(crate) struct Field {
    pub(crate) key: &'static str,
    pub(crate) title: &'static str,
    pub(crate) options: Vec<(String, bool)>,
}

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
    windows: Vec<Choice>,
    components: Vec<Choice>,
    shows: Vec<Choice>,
    fields: Vec<Field>,
    /// Filters of the address that the form must carry along.
    kept: Vec<(&'static str, String)>,
    chips: Vec<Choice>,
    /// Data that the marks keep out, and the address that shows it.
    aside: Option<(String, String)>,
    /// What is to be said about manifests that are awaited.
    awaited: Option<String>,
    /// Nothing was ever counted for this product.
    nothing: bool,
    home: String,
    whole: Option<BoxView>,
    boxes: Vec<BoxView>,
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
pub(crate) fn page(state: &State, access: &Access, query: Query) -> Result<String, Trouble> {
    let today = day((state.now)());
    let named = query.product.is_some();
    let made = state.reader.ask(|snapshot| {
        let Some(scope) = Scope::look(snapshot, query.clone(), today, &state.manifests, access)? else {
            return Ok(None);
        };
        let all = products(&snapshot.products()?, &state.manifests, access);
        fill(snapshot, &scope, &all).map(Some)
    });
    match made.map_err(Trouble::Store)? {
        Some(Ok(page)) => page.render().map_err(|_| Trouble::Inside),
        Some(Err(trouble)) => Err(trouble),
        None if named => Err(Trouble::Unknown("no product of this name is known here".to_owned())),
        None => Welcome { frame: Frame::new() }.render().map_err(|_| Trouble::Inside),
    }
}

fn fill(snapshot: &Snapshot<'_>, scope: &Scope, all: &[String]) -> rusqlite::Result<Result<Page, Trouble>> {
    let query = &scope.query;
    let (shown, hidden) = counted(snapshot, scope)?;
    let whole = match &query.table {
        None => None,
        Some(name) => match full(snapshot, scope, name)? {
            Some(whole) => Some(whole),
            None => return Ok(Err(Trouble::Unknown("no table of this name is on the page".to_owned()))),
        },
    };
    let boxes = if whole.is_some() || shown + hidden == 0 { Vec::new() } else { boxes(snapshot, scope)? };
    let product = scope.manifest.as_ref().map(|manifest| &manifest.product);
    let text = |pick: fn(&aboveboard_manifest::Product) -> &str| {
        product.map_or(String::new(), |p| pick(p).to_owned())
    };
    Ok(Ok(Page {
        frame: Frame::new(),
        awaited: awaited(scope),
        title: scope.title().to_owned(),
        products: products_choice(scope, all),
        span: format!("{} to {}", format::long_day(scope.from), format::long_day(scope.until)),
        windows: windows(query),
        components: components(scope),
        shows: shows(scope),
        fields: fields(scope),
        kept: kept(query),
        chips: chips(query),
        aside: (hidden > 0 && query.show == Show::Headline).then(|| {
            let words = format!(
                "{} from synthetic, test, CI or development sources {} left out of these figures.",
                format::counted(hidden, "event", "events"),
                if hidden == 1 { "is" } else { "are" }
            );
            (words, query.with(|query| query.show = Show::All))
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
        totals.iter().filter(|(_, marks, _)| Show::Headline.keeps(*marks) == shown).map(|(_, _, n)| n).sum()
    };
    Ok((sum(true), sum(false)))
}

fn choice(title: &str, address: String, current: bool) -> Choice {
    Choice { title: title.to_owned(), address, current, hint: String::new() }
}

fn products_choice(scope: &Scope, all: &[String]) -> Vec<Choice> {
    let address = |id: &String| {
        let Query { show, days, .. } = scope.query;
        Query { product: Some(id.clone()), show, days, ..Query::default() }.address()
    };
    all.iter().map(|id| choice(id, address(id), *id == scope.id)).collect()
}

fn windows(query: &Query) -> Vec<Choice> {
    let now = query.days.unwrap_or(30);
    WINDOWS
        .iter()
        .map(|days| {
            let title = if *days == 365 { "1 year".to_owned() } else { format!("{days} days") };
            choice(&title, query.with(|query| query.days = Some(*days)), *days == now)
        })
        .collect()
}

fn components(scope: &Scope) -> Vec<Choice> {
    let query = &scope.query;
    let mut choices =
        vec![choice("All", query.with(|query| query.component = None), query.component.is_none())];
    for (component, name) in Component::ALL {
        let there = scope.contexts.values().any(|context| context.component == component);
        if there || query.component == Some(component) {
            let title = if component == Component::Cli { "CLI".to_owned() } else { capital(name) };
            let address = query.with(|query| query.component = Some(component));
            choices.push(choice(&title, address, query.component == Some(component)));
        }
    }
    choices
}

fn shows(scope: &Scope) -> Vec<Choice> {
    let query = &scope.query;
    let mut add = Vec::new();
    let mut push = |show: Show, title: &str, hint: &str| {
        let address = query.with(|query| query.show = show);
        add.push(Choice { hint: hint.to_owned(), ..choice(title, address, query.show == show) });
    };
    push(Show::Headline, "Headline", "Released builds in real use");
    push(Show::All, "Everything", "Synthetic, test, CI and development data included");
    for (mark, name) in Marks::ALL {
        let there = scope.contexts.values().any(|context| context.marks.has(mark));
        if there || query.show == Show::Only(mark) {
            let title = if mark == Mark::Ci { "CI".to_owned() } else { capital(name) };
            push(Show::Only(mark), &title, &format!("Only what is marked {name}"));
        }
    }
    add
}

fn fields(scope: &Scope) -> Vec<Field> {
    let query = &scope.query;
    let mut versions: Vec<_> = scope.contexts.values().map(|context| context.version).collect();
    versions.sort_unstable();
    versions.dedup();
    let sorted = |pick: fn(&crate::store::sqlite::Context) -> &String, now: Option<&str>| {
        let mut all: Vec<&String> = scope.contexts.values().map(pick).collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter().map(|name| (name.clone(), now == Some(name.as_str()))).collect::<Vec<_>>()
    };
    let versions = versions.iter().rev().take(MOST_VERSIONS);
    vec![
        Field {
            key: "version",
            title: "Version",
            options: versions.map(|version| (version.to_string(), query.version == Some(*version))).collect(),
        },
        Field { key: "os", title: "System", options: sorted(|context| &context.os, query.os) },
        Field { key: "arch", title: "Architecture", options: sorted(|context| &context.arch, query.arch) },
    ]
}

/// Most versions to choose from; every other can be reached through the table of versions.
const MOST_VERSIONS: usize = 40;

fn kept(query: &Query) -> Vec<(&'static str, String)> {
    let mut kept = Vec::new();
    let mut push = |key, value: Option<String>| kept.extend(value.map(|value| (key, value)));
    push("product", query.product.clone());
    push("component", query.component.map(|component| component.name().to_owned()));
    push("show", (query.show != Show::Headline).then(|| query.show.name().to_owned()));
    push("days", query.days.map(|days| days.to_string()));
    push("table", query.table.clone());
    kept
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

/// The filters in force, each with the address without it.
fn chips(query: &Query) -> Vec<Choice> {
    let mut chips = Vec::new();
    let mut push = |title: Option<String>, address: String| {
        chips.extend(title.map(|title| choice(&title, address, true)));
    };
    push(query.version.map(|v| format!("version {v}")), query.with(|query| query.version = None));
    push(query.os.map(str::to_owned), query.with(|query| query.os = None));
    push(query.arch.map(str::to_owned), query.with(|query| query.arch = None));
    push(
        query.until.map(|day| format!("until {}", format::day(day))),
        query.with(|query| query.until = None),
    );
    chips
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
