//! The layout that a manifest gives.

use aboveboard_manifest::{Count, Event, Field, Manifest, PublishTable, ReleaseLine, Timing};
use aboveboard_types::declaration::{Component, FieldKind, Policy};
use aboveboard_types::envelope::{ARCHITECTURES, OPERATING_SYSTEMS};
use aboveboard_types::value::OTHER;

use super::layout::{AGES, HEADLINE, Layout, LayoutGroup, LayoutTable, PUBLISHED, Subject, TableForm};
use crate::figures::counts::bands;
use crate::step::steps_to;

/// To how many cells of a table that it can be in several of an installation adds one, at most: more would make every figure
/// less sharp for the sake of the few that use most of a product.
const MAX_SEVERAL: usize = 10;

/// Most codes of a field that has a table: as many as there are of HTTP. Of a wider range nearly every cell would be empty.
const MAX_CODES: u64 = 1_000;

impl Layout {
    /// The cells that `[publish]` of a manifest asks for, with the versions of these lines; the headline alone where it asks for
    /// nothing. It depends on no data.
    #[must_use]
    pub fn of(manifest: &Manifest, lines: &[ReleaseLine]) -> Self {
        let tables = manifest.publish.as_ref().map_or(&[][..], |publish| &publish.tables);
        Self::of_tables(manifest, tables, lines)
    }

    /// How many ones an installation adds to a table, at most, where its tables do not share a bound.
    pub(super) fn most_of(table: &LayoutTable) -> u32 {
        match table.form {
            // Each entry of a split count is a number of its own.
            TableForm::Several if matches!(table.subject, Subject::Size { .. }) => small(table.cells.len()),
            TableForm::Several => small(table.cells.len().min(MAX_SEVERAL)),
            TableForm::Number | TableForm::Partition => small(table.cells.len().min(1)),
        }
    }

    pub(super) fn of_tables(manifest: &Manifest, tables: &[PublishTable], lines: &[ReleaseLine]) -> Self {
        let mut groups = vec![headline(manifest, lines)];
        for table in tables {
            let group = match table {
                PublishTable::Commands => commands(manifest),
                PublishTable::Sizes => sizes(manifest),
                PublishTable::Actions => actions(manifest),
                PublishTable::Event(name) => {
                    let found = manifest.events.iter().find(|event| event.name == *name);
                    found.map(|event| self::event(manifest, event))
                }
                PublishTable::Timing(name) => {
                    let found = manifest.timings.iter().find(|timing| timing.name == *name);
                    found.map(|timing| self::timing(manifest, timing))
                }
                _ => None,
            };
            let is_fed = |group: &LayoutGroup| !group.components.is_empty() && group.at_most > 0;
            groups.extend(group.filter(is_fed));
        }
        Self { groups }
    }
}

/// Of these components, those whose installations count. A service that its operator counts is one installation, and its users
/// have no id, so nothing could be promised to anybody.
fn feeding(manifest: &Manifest, components: &[Component]) -> Vec<Component> {
    let counts = |component: &Component| {
        matches!(manifest.policy(*component), Some(Policy::Ask | Policy::Notice | Policy::Follow))
    };
    components.iter().copied().filter(counts).collect()
}

/// The components of which an installation can record what is declared for one: a console is served by a server or a CLI.
fn recorded_by(manifest: &Manifest, component: Component) -> Vec<Component> {
    match component {
        Component::Console => feeding(manifest, &[Component::Server, Component::Cli]),
        component => feeding(manifest, &[component]),
    }
}

fn table(name: impl Into<String>, subject: Subject, form: TableForm, cells: Vec<String>) -> LayoutTable {
    LayoutTable { name: name.into(), subject, form, cells }
}

fn group(name: impl Into<String>, components: Vec<Component>, tables: Vec<LayoutTable>) -> LayoutGroup {
    let at_most = tables.iter().map(Layout::most_of).sum();
    LayoutGroup { name: name.into(), components, at_most, tables }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn texts<'t>(names: impl IntoIterator<Item = &'t str>) -> Vec<String> {
    names.into_iter().map(str::to_owned).collect()
}

fn headline(manifest: &Manifest, lines: &[ReleaseLine]) -> LayoutGroup {
    let components = feeding(manifest, &PUBLISHED);
    let platforms = OPERATING_SYSTEMS.iter().flat_map(|os| ARCHITECTURES.map(|arch| format!("{os}/{arch}")));
    let mut tables = vec![
        table("active", Subject::Active, TableForm::Number, texts(["active"])),
        table("age", Subject::Age, TableForm::Partition, texts(AGES)),
        table(
            "component",
            Subject::Component,
            TableForm::Partition,
            texts(components.iter().map(|component| component.name())),
        ),
        table("platform", Subject::Platform, TableForm::Partition, platforms.collect()),
    ];
    if !lines.is_empty() {
        let mut distinct: Vec<ReleaseLine> = lines.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let mut cells: Vec<String> = distinct.iter().map(ToString::to_string).collect();
        cells.push(OTHER.to_owned());
        tables.push(table("version", Subject::Version, TableForm::Partition, cells));
    }
    group(HEADLINE, components, tables)
}

/// The two tables share their bound: a command that works does not fail.
fn commands(manifest: &Manifest) -> Option<LayoutGroup> {
    let commands = &manifest.cli.as_ref()?.commands;
    let of = |name, subject| table(name, subject, TableForm::Several, commands.clone());
    let tables = vec![
        of("commands.worked", Subject::CommandsWorked),
        of("commands.failing", Subject::CommandsFailing),
    ];
    let at_most = small(commands.len().min(MAX_SEVERAL));
    Some(LayoutGroup { at_most, ..group("commands", recorded_by(manifest, Component::Cli), tables) })
}

fn sizes(manifest: &Manifest) -> Option<LayoutGroup> {
    let tables: Vec<LayoutTable> = manifest.counts.iter().filter_map(size).collect();
    Some(group("sizes", recorded_by(manifest, Component::Server), tables))
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

fn actions(manifest: &Manifest) -> Option<LayoutGroup> {
    let names = manifest.console.as_ref()?.actions.iter().map(|action| &*action.name);
    let tables = vec![table("actions", Subject::Actions, TableForm::Several, texts(names))];
    Some(group("actions", recorded_by(manifest, Component::Console), tables))
}

fn event(manifest: &Manifest, event: &Event) -> LayoutGroup {
    let name = format!("events.{}", event.name);
    let happened = Subject::Event { event: event.name.clone() };
    let mut tables = vec![table(name.clone(), happened, TableForm::Number, texts(["happened"]))];
    tables.extend(event.fields.iter().filter_map(|field| self::field(event, field)));
    group(name, recorded_by(manifest, event.component), tables)
}

/// None of a version, which any sender can make up, nor of a country.
fn field(event: &Event, field: &Field) -> Option<LayoutTable> {
    let (form, cells) = match &field.kind {
        FieldKind::Flag => (TableForm::Partition, texts(["true", "false"])),
        FieldKind::Count(bound) => (TableForm::Partition, numbers(steps_to(*bound))),
        FieldKind::Bucket(edges) | FieldKind::Duration(edges) => (TableForm::Partition, starts(edges)),
        FieldKind::Code(least, most) if most - least < MAX_CODES => {
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

/// Of its tables, those of so many kinds count of one installation.
fn timing(manifest: &Manifest, timing: &Timing) -> LayoutGroup {
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
    let at_most = small(kinds.len().min(MAX_SEVERAL));
    let tables = kinds.iter().map(of_kind).collect();
    let components = recorded_by(manifest, Component::Server);
    LayoutGroup { at_most, ..group(format!("timings.{}", timing.name), components, tables) }
}

/// The lowest number of each step between edges.
fn starts(edges: &[u64]) -> Vec<String> {
    numbers(bands(edges).map(|(from, _)| from))
}

fn numbers(numbers: impl Iterator<Item = u64>) -> Vec<String> {
    numbers.map(|number| number.to_string()).collect()
}
