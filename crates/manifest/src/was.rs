//! What is declared under another name than before.

use std::ops::Range;

use crate::model::OldNames;
use crate::{Count, Event, Field, Manifest, StepItem};

/// What was renamed, by its new name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RenamedItem<'m> {
    /// A count.
    Count(&'m str),
    /// An entry of a count's list.
    CountEntry(&'m str, &'m str),
    /// A command.
    Command(&'m str),
    /// An action of the console.
    Action(&'m str),
    /// A route of the console.
    Route(&'m str),
    /// An event.
    Event(&'m str),
    /// A field of an event.
    Field(&'m str, &'m str),
    /// An entry of the list of a field of an event.
    FieldEntry(&'m str, &'m str, &'m str),
}

impl RenamedItem<'_> {
    /// Its name alone.
    #[must_use]
    pub fn name(&self) -> &str {
        match *self {
            Self::Count(name)
            | Self::CountEntry(_, name)
            | Self::Command(name)
            | Self::Action(name)
            | Self::Route(name)
            | Self::Event(name)
            | Self::Field(_, name)
            | Self::FieldEntry(_, _, name) => name,
        }
    }

    /// Where it is declared: `counts.tables`, `cli.commands`, `events.started.took`.
    pub(crate) fn path(&self) -> String {
        match *self {
            Self::Count(name) => format!("counts.{name}"),
            Self::CountEntry(count, _) => format!("counts.{count}.by"),
            Self::Command(_) => "cli.commands".to_owned(),
            Self::Action(_) => "console.actions".to_owned(),
            Self::Route(_) => "console.routes".to_owned(),
            Self::Event(name) => format!("events.{name}"),
            Self::Field(event, name) | Self::FieldEntry(event, name, _) => format!("events.{event}.{name}"),
        }
    }
}

/// One name that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Rename<'m> {
    /// What it is now.
    pub item: RenamedItem<'m>,
    /// What it was called.
    pub old: &'m str,
}

impl Manifest {
    /// Every name that changed. Each old name stands for one thing, and for nothing that is declared.
    #[must_use]
    pub fn renames(&self) -> Vec<Rename<'_>> {
        let mut all = Vec::new();
        for count in &self.counts {
            add(&mut all, RenamedItem::Count(&count.name), &count.was);
            add_entries(&mut all, &count.by_was, |entry| RenamedItem::CountEntry(&count.name, entry));
        }
        if let Some(cli) = &self.cli {
            add_entries(&mut all, &cli.commands_was, RenamedItem::Command);
        }
        if let Some(console) = &self.console {
            add_entries(&mut all, &console.actions_was, RenamedItem::Action);
            add_entries(&mut all, &console.routes_was, RenamedItem::Route);
        }
        for event in &self.events {
            add(&mut all, RenamedItem::Event(&event.name), &event.was);
            for field in &event.fields {
                add(&mut all, RenamedItem::Field(&event.name, &field.name), &field.was);
                add_entries(&mut all, &field.entries_was, |entry| {
                    RenamedItem::FieldEntry(&event.name, &field.name, entry)
                });
            }
        }
        all
    }
}

pub(crate) fn count<'m>(manifest: &'m Manifest, name: &str) -> Option<&'m Count> {
    manifest.counts.iter().find(|count| count.name == name)
}

pub(crate) fn event<'m>(manifest: &'m Manifest, name: &str) -> Option<&'m Event> {
    manifest.events.iter().find(|event| event.name == name)
}

pub(crate) fn field<'m>(manifest: &'m Manifest, event: &str, name: &str) -> Option<&'m Field> {
    self::event(manifest, event)?.fields.iter().find(|field| field.name == name)
}

impl Manifest {
    /// Whether what bears this name is declared.
    pub(crate) fn has(&self, item: RenamedItem<'_>) -> bool {
        match item {
            RenamedItem::Count(name) => count(self, name).is_some(),
            RenamedItem::CountEntry(of, entry) => {
                count(self, of).is_some_and(|count| count.by.iter().any(|other| other == entry))
            }
            RenamedItem::Command(name) => self.declares(&StepItem::Command(name.to_owned())),
            RenamedItem::Action(name) => self.declares(&StepItem::Action(name.to_owned())),
            RenamedItem::Route(name) => {
                self.console.iter().flat_map(|console| &console.routes).any(|route| route == name)
            }
            RenamedItem::Event(name) => event(self, name).is_some(),
            RenamedItem::Field(event, name) => field(self, event, name).is_some(),
            RenamedItem::FieldEntry(event, name, entry) => {
                field(self, event, name).is_some_and(|field| field.entries().contains(&entry))
            }
        }
    }

    /// Where in the file it is declared, about.
    pub(crate) fn place(&self, item: RenamedItem<'_>) -> Range<usize> {
        let place = match item {
            RenamedItem::Count(name) | RenamedItem::CountEntry(name, _) => {
                count(self, name).map(|count| &count.info.span)
            }
            RenamedItem::Command(_) => self.cli.as_ref().map(|cli| &cli.info.span),
            RenamedItem::Action(_) | RenamedItem::Route(_) => {
                self.console.as_ref().map(|console| &console.info.span)
            }
            RenamedItem::Event(name) => event(self, name).map(|event| &event.info.span),
            RenamedItem::Field(event, name) | RenamedItem::FieldEntry(event, name, _) => {
                field(self, event, name).map(|field| &field.span)
            }
        };
        place.cloned().unwrap_or_default()
    }
}

fn add<'m>(all: &mut Vec<Rename<'m>>, item: RenamedItem<'m>, was: &'m [String]) {
    all.extend(was.iter().map(|old| Rename { item, old }));
}

fn add_entries<'m>(all: &mut Vec<Rename<'m>>, was: &'m OldNames, item: impl Fn(&'m str) -> RenamedItem<'m>) {
    for (name, old) in was {
        add(all, item(name), old);
    }
}

/// Names of one kind that stay apart: what is declared, and what each was called.
pub(crate) struct Namesakes<'m> {
    /// Of what: `events`, `commands`.
    pub(crate) of: String,
    pub(crate) declared: Vec<&'m str>,
    pub(crate) was: Vec<OldNamesOf<'m>>,
}

/// The old names of one thing.
pub(crate) struct OldNamesOf<'m> {
    pub(crate) name: &'m str,
    pub(crate) old: &'m [String],
    /// Where they stand, about.
    pub(crate) span: Range<usize>,
}

impl Manifest {
    /// Everything that has old names, a part for each list whose names stay apart.
    pub(crate) fn namesakes(&self) -> Vec<Namesakes<'_>> {
        let mut all = vec![
            Namesakes {
                of: "counts".to_owned(),
                declared: self.counts.iter().map(|count| &*count.name).collect(),
                was: self.counts.iter().map(|it| own(&it.name, &it.was, &it.info.span)).collect(),
            },
            Namesakes {
                of: "events".to_owned(),
                declared: self.events.iter().map(|event| &*event.name).collect(),
                was: self.events.iter().map(|it| own(&it.name, &it.was, &it.info.span)).collect(),
            },
        ];
        for count in &self.counts {
            let of = format!("counts.{}.by", count.name);
            all.push(list(of, strs(&count.by), &count.by_was, &count.info.span));
        }
        if let Some(cli) = &self.cli {
            all.push(list("cli.commands".to_owned(), strs(&cli.commands), &cli.commands_was, &cli.info.span));
        }
        if let Some(console) = &self.console {
            let actions = console.actions.iter().map(|action| &*action.name).collect();
            let span = &console.info.span;
            all.push(list("console.actions".to_owned(), actions, &console.actions_was, span));
            all.push(list("console.routes".to_owned(), strs(&console.routes), &console.routes_was, span));
        }
        for event in &self.events {
            let path = format!("events.{}.fields", event.name);
            all.push(Namesakes {
                declared: event.fields.iter().map(|field| &*field.name).collect(),
                was: event.fields.iter().map(|it| own(&it.name, &it.was, &it.span)).collect(),
                of: path.clone(),
            });
            for field in &event.fields {
                let of = format!("{path}.{}", field.name);
                all.push(list(of, field.entries(), &field.entries_was, &field.span));
            }
        }
        all
    }
}

fn own<'m>(name: &'m str, old: &'m [String], span: &Range<usize>) -> OldNamesOf<'m> {
    OldNamesOf { name, old, span: span.clone() }
}

fn list<'m>(of: String, declared: Vec<&'m str>, was: &'m OldNames, span: &Range<usize>) -> Namesakes<'m> {
    Namesakes { of, declared, was: was.iter().map(|(name, old)| own(name, old, span)).collect() }
}

fn strs(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}
