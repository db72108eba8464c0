//! The filters as the page offers them: choices to click, a form for the rarer ones, and what is in force.

use std::collections::BTreeSet;

use aboveboard_manifest::Chart;
use aboveboard_store::context::{Context, ContextFilter, MarksFilter};
use aboveboard_store::figures::counts::bands;
use aboveboard_store::figures::{InstallationFilter, SizeFilter};
use aboveboard_store::read::Usage;
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::{CodingAgents, Mark};

use super::filter_text::{MAX_FILTERS, size_text, size_title, usage_text, usage_title};
use super::format::capital;
use super::panels::mark_title;
use super::query::{PageQuery, WINDOWS};
use super::scope::{Scope, coding_agents};
use crate::dates::iso;

/// Most versions to choose from; every other can be reached through the table of versions.
const MAX_VERSIONS: usize = 40;

/// The keys that the form asks for and that may be there once.
const FIELDS: [&str; 4] = ["version", "os", "arch", "until"];

/// One choice of a filter.
pub(crate) struct FilterChoice {
    pub(crate) title: String,
    pub(crate) address: String,
    pub(crate) current: bool,
    pub(crate) hint: String,
}

/// A filter in force, with the address without it, and of its opposite where it has one.
pub(crate) struct FilterChip {
    pub(crate) title: String,
    pub(crate) without: String,
    pub(crate) opposite: Option<(&'static str, String)>,
}

/// A field of the form of rarer filters.
pub(crate) struct FilterField {
    pub(crate) key: &'static str,
    pub(crate) title: &'static str,
    pub(crate) options: Vec<FilterOption>,
}

/// An option of a field: what the address says, and what people read.
pub(crate) struct FilterOption {
    pub(crate) value: String,
    pub(crate) title: String,
    pub(crate) current: bool,
}

/// All filters of a page.
pub(crate) struct Filters {
    pub(crate) windows: Vec<FilterChoice>,
    pub(crate) components: Vec<FilterChoice>,
    pub(crate) shows: Vec<FilterChoice>,
    pub(crate) fields: Vec<FilterField>,
    /// Filters of the address that the form must carry along.
    pub(crate) kept: Vec<(&'static str, String)>,
    pub(crate) chips: Vec<FilterChip>,
    /// The same page with or without the previous window.
    pub(crate) compare: FilterChoice,
    /// The last day of the window, where the address names one; and today.
    pub(crate) until: String,
    pub(crate) today: String,
}

impl Filters {
    pub(crate) fn of(scope: &Scope) -> Self {
        let query = &scope.query;
        let mut compare =
            choice("Compare", query.with(|query| query.is_compared = !query.is_compared), query.is_compared);
        compare.hint = "Beside each figure, that of the previous window".to_owned();
        Self {
            windows: windows(query),
            components: components(scope),
            shows: shows(scope),
            fields: fields(scope),
            kept: query.pairs().into_iter().filter(|(key, _)| !FIELDS.contains(key)).collect(),
            chips: chips(query),
            compare,
            until: query.until.map_or_else(String::new, iso),
            today: iso(scope.question.today),
        }
    }
}

fn choice(title: &str, address: String, current: bool) -> FilterChoice {
    FilterChoice { title: title.to_owned(), address, current, hint: String::new() }
}

fn windows(query: &PageQuery) -> Vec<FilterChoice> {
    let now = query.window();
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

fn components(scope: &Scope) -> Vec<FilterChoice> {
    let query = &scope.query;
    let one = |title: &str, component: Option<Component>| {
        let address = query.with(|query| query.contexts.component = component);
        choice(title, address, query.contexts.component == component)
    };
    let mut choices = vec![one("All", None)];
    for (component, name) in Component::ALL {
        let there = scope.contexts.iter().any(|context| context.component == component);
        if there || query.contexts.component == Some(component) {
            let title = if component == Component::Cli { "CLI".to_owned() } else { capital(name) };
            choices.push(one(&title, Some(component)));
        }
    }
    choices
}

fn shows(scope: &Scope) -> Vec<FilterChoice> {
    let query = &scope.query;
    let mut add = Vec::new();
    let mut push = |show: MarksFilter, title: &str, hint: &str| {
        let address = query.with(|query| query.contexts.marks = show);
        add.push(FilterChoice {
            hint: hint.to_owned(),
            ..choice(title, address, query.contexts.marks == show)
        });
    };
    let headline = match coding_agents(scope.manifest.as_deref()) {
        CodingAgents::Counted => "Released builds in real use",
        CodingAgents::Apart => "Released builds in real use, but by coding agents",
    };
    push(MarksFilter::default(), "Headline", headline);
    push(MarksFilter::All, "Everything", "Synthetic, test, CI and development data included");
    for (mark, name) in Mark::ALL {
        let there = scope.contexts.iter().any(|context| context.marks.has(mark));
        if there || query.contexts.marks == MarksFilter::Only(mark) {
            push(MarksFilter::Only(mark), &mark_title(mark), &format!("Only what is marked {name}"));
        }
    }
    add
}

fn fields(scope: &Scope) -> Vec<FilterField> {
    let query = &scope.query;
    let versions: BTreeSet<_> = scope.contexts.iter().map(|context| context.version).collect();
    let versions = versions.iter().rev().take(MAX_VERSIONS);
    let option = |value: String, current: bool| FilterOption { title: value.clone(), value, current };
    let names = |pick: fn(&Context) -> &str, now: Option<&str>| {
        let all: BTreeSet<&str> = scope.contexts.iter().map(pick).collect();
        all.into_iter().map(|name| option(name.to_owned(), now == Some(name))).collect()
    };
    let field = |key, title, options| FilterField { key, title, options };
    let ContextFilter { version, os, arch, .. } = query.contexts;
    let versions = versions.map(|known| option(known.to_string(), version == Some(*known))).collect();
    let mut fields = vec![
        field("version", "Version", versions),
        field("os", "System", names(|context| &context.os, os)),
        field("arch", "Architecture", names(|context| &context.arch, arch)),
    ];
    // What is in force already stays as it is; these add one more.
    for (key, title, options, full) in [
        ("size", "Size", sizes(scope), query.installations.sizes.len() >= MAX_FILTERS),
        ("used", "Used", uses(scope), query.installations.used.len() >= MAX_FILTERS),
        ("unused", "Not used", uses(scope), query.installations.unused.len() >= MAX_FILTERS),
    ] {
        if !options.is_empty() && !full {
            fields.push(field(key, title, options));
        }
    }
    fields
}

/// Every band of every count that the manifest declares.
fn sizes(scope: &Scope) -> Vec<FilterOption> {
    let mut all = Vec::new();
    for count in scope.manifest.as_deref().map_or(&[] as &[_], |manifest| &manifest.counts) {
        let mut push = |entry: Option<&String>, from: u64, to: Option<u64>| {
            let size = SizeFilter { count: count.name.clone(), entry: entry.cloned(), from, to };
            all.push(FilterOption { value: size_text(&size), title: size_title(&size), current: false });
        };
        count.by.iter().for_each(|entry| push(Some(entry), 1, None));
        if count.by.is_empty() && count.info.chart == Chart::Distribution {
            bands(&count.edges).for_each(|(from, to)| push(None, from, to));
        }
    }
    all
}

/// Everything the manifest declares that can be used.
fn uses(scope: &Scope) -> Vec<FilterOption> {
    let Some(manifest) = scope.manifest.as_deref() else { return Vec::new() };
    let commands = manifest.cli.iter().flat_map(|cli| cli.commands.iter().cloned().map(Usage::Command));
    let consoles = manifest.console.iter();
    let actions =
        consoles.flat_map(|page| page.actions.iter().map(|action| Usage::Action(action.name.clone())));
    let events = manifest.events.iter().map(|event| Usage::Event(event.name.clone()));
    let item =
        |usage: Usage| FilterOption { value: usage_text(&usage), title: usage_title(&usage), current: false };
    commands.chain(actions).chain(events).map(item).collect()
}

fn chips(query: &PageQuery) -> Vec<FilterChip> {
    let mut chips = Vec::new();
    let mut push = |title: Option<String>, without: String| {
        chips.extend(title.map(|title| FilterChip { title, without, opposite: None }));
    };
    push(
        query.contexts.version.map(|version| format!("version {version}")),
        query.with(|query| query.contexts.version = None),
    );
    push(query.contexts.os.map(str::to_owned), query.with(|query| query.contexts.os = None));
    push(query.contexts.arch.map(str::to_owned), query.with(|query| query.contexts.arch = None));
    push(query.until.map(|day| format!("until {}", iso(day))), query.with(|query| query.until = None));
    for (at, size) in query.installations.sizes.iter().enumerate() {
        push(Some(size_title(size)), query.with(|query| drop(query.installations.sizes.remove(at))));
    }
    let InstallationFilter { used, unused, .. } = &query.installations;
    chips.extend(used.iter().map(|usage| usage_chip(query, usage, true)));
    chips.extend(unused.iter().map(|usage| usage_chip(query, usage, false)));
    chips
}

/// The filter by one use; whether it is asked for or ruled out can be turned round.
fn usage_chip(query: &PageQuery, usage: &Usage, is_asked_for: bool) -> FilterChip {
    let take_out = |query: &mut PageQuery, from_used: bool| {
        let InstallationFilter { used, unused, .. } = &mut query.installations;
        let all = if from_used { used } else { unused };
        all.retain(|other| other != usage);
    };
    let opposite = query.with(|query| {
        take_out(query, true);
        take_out(query, false);
        let InstallationFilter { used, unused, .. } = &mut query.installations;
        let turned = if is_asked_for { unused } else { used };
        turned.truncate(MAX_FILTERS - 1);
        turned.push(usage.clone());
    });
    FilterChip {
        title: format!("{} {}", if is_asked_for { "used" } else { "did not use" }, usage_title(usage)),
        without: query.with(|query| take_out(query, is_asked_for)),
        opposite: Some((if is_asked_for { "did not" } else { "did" }, opposite)),
    }
}
