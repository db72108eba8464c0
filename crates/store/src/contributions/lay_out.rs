//! The layout that a manifest gives.

use aboveboard_manifest::{
    Count, Event, Field, MAX_ONES_OF_LIST, MAX_PUBLISHED_CODES, Manifest, PublishTable, ReleaseLine, Timing,
};
use aboveboard_types::declaration::{Component, FieldKind};
use aboveboard_types::envelope::{ARCHITECTURES, OPERATING_SYSTEMS};
use aboveboard_types::value::OTHER;

use super::layout::{AGES, HEADLINE, Layout, LayoutGroup, LayoutTable, PUBLISHED, Subject, TableForm};
use crate::figures::counts::bands;
use crate::step::steps_to;

impl Layout {
    /// The cells that `[publish]` of a manifest asks for, with the versions of these lines; the headline alone where it asks for
    /// nothing. It depends on no data.
    #[must_use]
    pub fn of(manifest: &Manifest, lines: &[ReleaseLine]) -> Self {
        let tables = manifest.publish.iter().flat_map(|publish| &publish.tables);
        let details = tables.filter_map(|table| details(manifest, table));
        Self { groups: std::iter::once(headline(manifest, lines)).chain(details).collect() }
    }

    /// How many ones an installation adds to a table of several by itself, at most.
    pub(super) fn most_of_several(table: &LayoutTable) -> usize {
        match table.subject {
            // Each entry of a split count is a number of its own.
            Subject::Size { .. } => table.cells.len(),
            _ => table.cells.len().min(MAX_ONES_OF_LIST as usize),
        }
    }
}

/// The group of a table of `[publish]`; none where nothing can be counted in it.
fn details(manifest: &Manifest, of: &PublishTable) -> Option<LayoutGroup> {
    let tables: Vec<LayoutTable> = match of {
        PublishTable::Commands => commands(&manifest.cli.as_ref()?.commands),
        PublishTable::Sizes => manifest.counts.iter().filter_map(size).collect(),
        PublishTable::Actions => {
            let names = manifest.console.as_ref()?.actions.iter().map(|action| &*action.name);
            vec![table("actions", Subject::Actions, TableForm::Several, texts(names))]
        }
        PublishTable::Event(name) => event(manifest.events.iter().find(|event| event.name == *name)?),
        PublishTable::Timing(name) => timing(manifest.timings.iter().find(|timing| timing.name == *name)?),
        _ => return None,
    };
    let components = manifest.counted_in(of);
    let at_most = manifest.ones(of);
    let is_fed = !components.is_empty() && at_most > 0;
    is_fed.then(|| LayoutGroup { name: of.to_string(), components, at_most, tables })
}

fn table(name: impl Into<String>, subject: Subject, form: TableForm, cells: Vec<String>) -> LayoutTable {
    LayoutTable { name: name.into(), subject, form, cells }
}

fn texts<'t>(names: impl IntoIterator<Item = &'t str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// An installation is in one cell of each of its tables.
fn headline(manifest: &Manifest, lines: &[ReleaseLine]) -> LayoutGroup {
    let is_published = |component: &Component| manifest.is_publishable(*component);
    let components: Vec<Component> = PUBLISHED.into_iter().filter(is_published).collect();
    let names = texts(components.iter().map(|component| component.name()));
    let platforms = OPERATING_SYSTEMS.iter().flat_map(|os| ARCHITECTURES.map(|arch| format!("{os}/{arch}")));
    let mut tables = vec![
        table("active", Subject::Active, TableForm::Number, texts(["active"])),
        table("age", Subject::Age, TableForm::Partition, texts(AGES)),
        table("component", Subject::Component, TableForm::Partition, names),
        table("platform", Subject::Platform, TableForm::Partition, platforms.collect()),
    ];
    if !lines.is_empty() {
        let mut distinct: Vec<ReleaseLine> = lines.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let cells = distinct.iter().map(ToString::to_string).chain([OTHER.to_owned()]).collect();
        tables.push(table("version", Subject::Version, TableForm::Partition, cells));
    }
    let at_most = u32::try_from(tables.len()).unwrap_or(u32::MAX);
    LayoutGroup { name: HEADLINE.to_owned(), components, at_most, tables }
}

/// The two tables share their bound: a command that works does not fail.
fn commands(commands: &[String]) -> Vec<LayoutTable> {
    let of = |name, subject| table(name, subject, TableForm::Several, commands.to_vec());
    vec![of("commands.worked", Subject::CommandsWorked), of("commands.failing", Subject::CommandsFailing)]
}

/// None of an exact number without edges: it has no steps.
fn size(count: &Count) -> Option<LayoutTable> {
    let (form, cells) = match (count.by.as_slice(), count.edges.as_slice()) {
        ([], []) => return None,
        ([], edges) => (TableForm::Partition, starts(edges)),
        (entries, _) => (TableForm::Several, entries.to_vec()),
    };
    let subject = Subject::Size { count: count.name.clone() };
    Some(table(format!("sizes.{}", count.name), subject, form, cells))
}

fn event(event: &Event) -> Vec<LayoutTable> {
    let happened = Subject::Event { event: event.name.clone() };
    let itself = table(format!("events.{}", event.name), happened, TableForm::Number, texts(["happened"]));
    let fields = event.fields.iter().filter_map(|field| self::field(event, field));
    std::iter::once(itself).chain(fields).collect()
}

/// None of a version, which any sender can make up, nor of a country.
fn field(event: &Event, field: &Field) -> Option<LayoutTable> {
    let (form, cells) = match &field.kind {
        FieldKind::Flag => (TableForm::Partition, texts(["true", "false"])),
        FieldKind::Count(bound) => (TableForm::Partition, numbers(steps_to(*bound))),
        FieldKind::Bucket(edges) | FieldKind::Duration(edges) => (TableForm::Partition, starts(edges)),
        FieldKind::Code(least, most) if most - least < MAX_PUBLISHED_CODES => {
            (TableForm::Partition, numbers(*least..=*most))
        }
        FieldKind::Choice(entries) | FieldKind::Set(entries) => {
            let entries = entries.iter().map(|entry| &**entry);
            (TableForm::Several, texts(entries.chain([OTHER])))
        }
        _ => return None,
    };
    let subject = Subject::Field { event: event.name.clone(), field: field.name.clone() };
    Some(table(format!("events.{}.{}", event.name, field.name), subject, form, cells))
}

/// A table for each kind of requests; those of some kinds count of one installation.
fn timing(timing: &Timing) -> Vec<LayoutTable> {
    let mut kinds: Vec<Vec<&str>> = vec![Vec::new()];
    for (_, entries) in &timing.by {
        let mut longer = Vec::with_capacity(kinds.len() * entries.len());
        for kind in &kinds {
            longer.extend(entries.iter().map(|entry| [kind.as_slice(), &[entry]].concat()));
        }
        kinds = longer;
    }
    let of_kind = |kind: &Vec<&str>| {
        let subject = Subject::Timing { timing: timing.name.clone(), kind: kind.join("/") };
        // No entry holds a dot, so no two kinds have one name.
        let name = format!("timings.{}.{}", timing.name, kind.join("."));
        table(name, subject, TableForm::Partition, starts(&timing.edges))
    };
    kinds.iter().map(of_kind).collect()
}

/// The lowest number of each step between edges.
fn starts(edges: &[u64]) -> Vec<String> {
    numbers(bands(edges).map(|(from, _)| from))
}

fn numbers(numbers: impl Iterator<Item = u64>) -> Vec<String> {
    numbers.map(|number| number.to_string()).collect()
}
