//! The filters as the page offers them: choices to click, a form for the rarer ones, and what is in force.

use aboveboard_manifest::Chart;
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::{Mark, Marks};

use super::format::{self, capital};
use super::installation_filter::{MAX_FILTERS, Size, Use};
use super::query::{MarksFilter, Query, WINDOWS};
use super::scope::Scope;
use crate::rollup::delta::Axis;
use crate::store::sqlite::Context;

/// Most versions to choose from; every other can be reached through the table of versions.
const MAX_VERSIONS: usize = 40;

/// One choice of a filter.
pub(crate) struct Choice {
    pub(crate) title: String,
    pub(crate) address: String,
    pub(crate) current: bool,
    pub(crate) hint: String,
}

/// A filter in force, with the address without it, and of its opposite where it has one.
pub(crate) struct Chip {
    pub(crate) title: String,
    pub(crate) without: String,
    pub(crate) opposite: Option<(&'static str, String)>,
}

/// A field of the form of rarer filters.
pub(crate) struct Field {
    pub(crate) key: &'static str,
    pub(crate) title: &'static str,
    pub(crate) options: Vec<Item>,
}

/// An option of a field: what the address says, and what people read.
pub(crate) struct Item {
    pub(crate) value: String,
    pub(crate) title: String,
    pub(crate) current: bool,
}

/// All filters of a page.
pub(crate) struct Filters {
    pub(crate) windows: Vec<Choice>,
    pub(crate) components: Vec<Choice>,
    pub(crate) shows: Vec<Choice>,
    pub(crate) fields: Vec<Field>,
    /// Filters of the address that the form must carry along.
    pub(crate) kept: Vec<(&'static str, String)>,
    pub(crate) chips: Vec<Chip>,
    /// The same page with or without the window before.
    pub(crate) compare: Choice,
    /// The last day of the window, where the address names one; and today.
    pub(crate) until: String,
    pub(crate) today: String,
}

impl Filters {
    pub(crate) fn of(scope: &Scope) -> Self {
        let query = &scope.query;
        let mut compare =
            choice("Compare", query.with(|query| query.compare = !query.compare), query.compare);
        compare.hint = "Beside each figure, that of the window before".to_owned();
        Self {
            windows: windows(query),
            components: components(scope),
            shows: shows(scope),
            fields: fields(scope),
            kept: kept(query),
            chips: chips(query),
            compare,
            until: query.until.map_or_else(String::new, format::day),
            today: format::day(scope.today),
        }
    }
}

fn choice(title: &str, address: String, current: bool) -> Choice {
    Choice { title: title.to_owned(), address, current, hint: String::new() }
}

/// The products to choose from. Filters by what one product declares do not go along.
pub(crate) fn products(scope: &Scope, all: &[String]) -> Vec<Choice> {
    let address = |id: &String| {
        let Query { show, days, compare, .. } = scope.query;
        Query { product: Some(id.clone()), show, days, compare, ..Query::default() }.address()
    };
    all.iter().map(|id| choice(id, address(id), *id == scope.id)).collect()
}

fn windows(query: &Query) -> Vec<Choice> {
    let now = query.days.unwrap_or(30);
    WINDOWS
        .iter()
        .map(|days| {
            let title = match days {
                1 => "Day".to_owned(),
                365 => "1 year".to_owned(),
                days => format!("{days} days"),
            };
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
    let mut push = |show: MarksFilter, title: &str, hint: &str| {
        let address = query.with(|query| query.show = show);
        add.push(Choice { hint: hint.to_owned(), ..choice(title, address, query.show == show) });
    };
    push(MarksFilter::Headline, "Headline", "Released builds in real use");
    push(MarksFilter::All, "Everything", "Synthetic, test, CI and development data included");
    for (mark, name) in Marks::ALL {
        let there = scope.contexts.values().any(|context| context.marks.has(mark));
        if there || query.show == MarksFilter::Only(mark) {
            let title = if mark == Mark::Ci { "CI".to_owned() } else { capital(name) };
            push(MarksFilter::Only(mark), &title, &format!("Only what is marked {name}"));
        }
    }
    add
}

fn fields(scope: &Scope) -> Vec<Field> {
    let query = &scope.query;
    let mut versions: Vec<_> = scope.contexts.values().map(|context| context.version).collect();
    versions.sort_unstable();
    versions.dedup();
    let option = |value: String, current: bool| Item { title: value.clone(), value, current };
    let sorted = |pick: fn(&Context) -> &String, now: Option<&str>| {
        let mut all: Vec<&String> = scope.contexts.values().map(pick).collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter().map(|name| option(name.clone(), now == Some(name.as_str()))).collect::<Vec<_>>()
    };
    let versions = versions.iter().rev().take(MAX_VERSIONS);
    let versions = versions.map(|version| option(version.to_string(), query.version == Some(*version)));
    let mut fields = vec![
        Field { key: "version", title: "Version", options: versions.collect() },
        Field { key: "os", title: "System", options: sorted(|context| &context.os, query.os) },
        Field { key: "arch", title: "Architecture", options: sorted(|context| &context.arch, query.arch) },
    ];
    // What is in force already stays as it is; these add one more.
    for (key, title, options, full) in [
        ("size", "Size", sizes(scope), query.asked.sizes.len() >= MAX_FILTERS),
        ("used", "Used", uses(scope), query.asked.used.len() >= MAX_FILTERS),
        ("unused", "Not used", uses(scope), query.asked.unused.len() >= MAX_FILTERS),
    ] {
        if !options.is_empty() && !full {
            fields.push(Field { key, title, options });
        }
    }
    fields
}

/// Every band of every count that the manifest declares.
fn sizes(scope: &Scope) -> Vec<Item> {
    let mut all = Vec::new();
    for count in scope.manifest.as_deref().map_or(&[] as &[_], |manifest| &manifest.counts) {
        let mut push = |cell: &str, from: u64, to: Option<u64>| {
            let size = Size { count: count.name.clone(), cell: cell.to_owned(), from, to };
            all.push(Item { value: size.to_string(), title: size.title(), current: false });
        };
        count.by.iter().for_each(|cell| push(cell, 1, None));
        if count.by.is_empty() && count.info.chart == Chart::Distribution {
            let mut edges: Vec<u64> = count.edges.iter().copied().filter(|edge| *edge > 0).collect();
            edges.insert(0, 0);
            for (at, edge) in edges.iter().enumerate() {
                push("", *edge, edges.get(at + 1).map(|next| next - 1));
            }
        }
    }
    all
}

/// Everything the manifest declares that can be used.
fn uses(scope: &Scope) -> Vec<Item> {
    let Some(manifest) = scope.manifest.as_deref() else { return Vec::new() };
    let commands = manifest.cli.iter().flat_map(|cli| cli.commands.iter().map(|name| (Axis::Command, name)));
    let actions = manifest
        .console
        .iter()
        .flat_map(|page| page.actions.iter().map(|action| (Axis::Action, &action.name)));
    let events = manifest.events.iter().map(|event| (Axis::Declared, &event.name));
    let option = |(axis, name): (Axis, &String)| {
        let what = Use { axis, name: name.clone() };
        Item { value: what.to_string(), title: what.title(), current: false }
    };
    commands.chain(actions).chain(events).map(option).collect()
}

fn kept(query: &Query) -> Vec<(&'static str, String)> {
    let mut kept = Vec::new();
    let mut push = |key, value: Option<String>| kept.extend(value.map(|value| (key, value)));
    push("product", query.product.clone());
    push("component", query.component.map(|component| component.name().to_owned()));
    push("show", (query.show != MarksFilter::Headline).then(|| query.show.name().to_owned()));
    query.asked.sizes.iter().for_each(|size| push("size", Some(size.to_string())));
    query.asked.used.iter().for_each(|what| push("used", Some(what.to_string())));
    query.asked.unused.iter().for_each(|what| push("unused", Some(what.to_string())));
    push("days", query.days.map(|days| days.to_string()));
    push("compare", query.compare.then(|| "before".to_owned()));
    push("table", query.table.clone());
    kept
}

fn chips(query: &Query) -> Vec<Chip> {
    let mut chips = Vec::new();
    let mut push = |title: Option<String>, without: String| {
        chips.extend(title.map(|title| Chip { title, without, opposite: None }));
    };
    push(query.version.map(|v| format!("version {v}")), query.with(|query| query.version = None));
    push(query.os.map(str::to_owned), query.with(|query| query.os = None));
    push(query.arch.map(str::to_owned), query.with(|query| query.arch = None));
    push(
        query.until.map(|day| format!("until {}", format::day(day))),
        query.with(|query| query.until = None),
    );
    for (at, size) in query.asked.sizes.iter().enumerate() {
        push(Some(size.title()), query.with(|query| drop(query.asked.sizes.remove(at))));
    }
    for (at, what) in query.asked.used.iter().enumerate() {
        let without = |query: &mut Query| drop(query.asked.used.remove(at));
        let opposite = query.with(|query| {
            without(query);
            query.asked.unused.retain(|other| other != what);
            query.asked.unused.truncate(MAX_FILTERS - 1);
            query.asked.unused.push(what.clone());
        });
        let title = format!("used {}", what.title());
        chips.push(Chip { title, without: query.with(without), opposite: Some(("did not", opposite)) });
    }
    for (at, what) in query.asked.unused.iter().enumerate() {
        let without = |query: &mut Query| drop(query.asked.unused.remove(at));
        let opposite = query.with(|query| {
            without(query);
            query.asked.used.retain(|other| other != what);
            query.asked.used.truncate(MAX_FILTERS - 1);
            query.asked.used.push(what.clone());
        });
        let title = format!("did not use {}", what.title());
        chips.push(Chip { title, without: query.with(without), opposite: Some(("did", opposite)) });
    }
    chips
}
