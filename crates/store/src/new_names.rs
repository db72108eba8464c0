//! Which old names of a product mean which new ones, as its newest manifest says.

use std::collections::HashMap;
use std::sync::Arc;

use aboveboard_manifest::{Manifest, RenamedItem};

use super::read::{FieldValue, ReportedCount, Usage};

/// Old names with their new ones.
type Names = HashMap<String, Arc<str>>;

/// The old names of one product with their new ones. What has no other name stays as it is.
#[derive(Debug, Default)]
pub struct NewNames {
    commands: Names,
    actions: Names,
    routes: Names,
    events: Names,
    counts: Names,
    /// The entries of each count, by the count's new name.
    count_entries: HashMap<String, Names>,
    /// The fields of each event, by the event's new name.
    fields: HashMap<String, Names>,
    /// The entries of each field, by the new names of event and field.
    field_entries: HashMap<String, HashMap<String, Names>>,
}

impl NewNames {
    /// Those that a manifest declares.
    #[must_use]
    pub fn of(manifest: &Manifest) -> Self {
        let mut names = Self::default();
        for rename in manifest.renames() {
            let (names, new) = match rename.item {
                RenamedItem::Count(count) => (&mut names.counts, count),
                RenamedItem::CountEntry(count, entry) => {
                    (names.count_entries.entry(count.to_owned()).or_default(), entry)
                }
                RenamedItem::Command(command) => (&mut names.commands, command),
                RenamedItem::Action(action) => (&mut names.actions, action),
                RenamedItem::Route(route) => (&mut names.routes, route),
                RenamedItem::Event(event) => (&mut names.events, event),
                RenamedItem::Field(event, field) => {
                    (names.fields.entry(event.to_owned()).or_default(), field)
                }
                RenamedItem::FieldEntry(event, field, entry) => {
                    let fields = names.field_entries.entry(event.to_owned()).or_default();
                    (fields.entry(field.to_owned()).or_default(), entry)
                }
                _ => continue,
            };
            names.insert(rename.old.to_owned(), new.into());
        }
        names
    }

    /// A command as it is called now.
    #[must_use]
    pub fn command<'n>(&'n self, command: &'n str) -> &'n str {
        now(&self.commands, command)
    }

    /// An action as it is called now.
    #[must_use]
    pub fn action<'n>(&'n self, action: &'n str) -> &'n str {
        now(&self.actions, action)
    }

    /// A route as it is called now.
    #[must_use]
    pub fn route<'n>(&'n self, route: &'n str) -> &'n str {
        now(&self.routes, route)
    }

    /// An event as it is called now.
    #[must_use]
    pub fn event<'n>(&'n self, event: &'n str) -> &'n str {
        now(&self.events, event)
    }

    /// A field of an event, which bears its new name, as it is called now.
    #[must_use]
    pub fn field<'n>(&'n self, event: &str, field: &'n str) -> &'n str {
        self.fields.get(event).map_or(field, |names| now(names, field))
    }

    /// A value of a field, which bears its new name, as it is called now.
    #[must_use]
    pub fn value(&self, event: &str, field: &str, value: FieldValue) -> FieldValue {
        let names = self.field_entries.get(event).and_then(|fields| fields.get(field));
        match (names, value) {
            (Some(names), FieldValue::Choice(entry)) => {
                FieldValue::Choice(names.get(&*entry).cloned().unwrap_or(entry))
            }
            (_, value) => value,
        }
    }

    /// A use by the name that it has now.
    #[must_use]
    pub fn usage(&self, usage: &Usage) -> Usage {
        match usage {
            Usage::Command(command) => Usage::Command(self.command(command).to_owned()),
            Usage::Action(action) => Usage::Action(self.action(action).to_owned()),
            Usage::Event(event) => Usage::Event(self.event(event).to_owned()),
            Usage::Report => Usage::Report,
        }
    }

    /// The same use by its old names.
    #[must_use]
    pub fn old_usages(&self, usage: &Usage) -> Vec<Usage> {
        let old = |names: &Names, new: &str, usage: fn(String) -> Usage| {
            names.iter().filter(|(_, now)| &***now == new).map(|(old, _)| usage(old.clone())).collect()
        };
        match usage {
            Usage::Command(command) => old(&self.commands, command, Usage::Command),
            Usage::Action(action) => old(&self.actions, action, Usage::Action),
            Usage::Event(event) => old(&self.events, event, Usage::Event),
            Usage::Report => Vec::new(),
        }
    }

    /// A count and an entry of its list as they are called now.
    #[must_use]
    pub fn count(&self, count: &str, entry: Option<&str>) -> (String, Option<String>) {
        let count = now(&self.counts, count);
        let entry = entry.map(|entry| self.count_entries.get(count).map_or(entry, |names| now(names, entry)));
        (count.to_owned(), entry.map(str::to_owned))
    }

    /// Whether no count and no entry of one has another name.
    pub(crate) fn keeps_counts(&self) -> bool {
        self.counts.is_empty() && self.count_entries.is_empty()
    }

    /// A number of a report by the names that it has now.
    pub(crate) fn reported(&self, reported: &ReportedCount) -> ReportedCount {
        let mut renamed = reported.clone();
        if let Some(count) = self.counts.get(&*reported.count) {
            renamed.count = Arc::clone(count);
        }
        let names = self.count_entries.get(&*renamed.count);
        if let Some(entry) = names.zip(reported.entry.as_deref()).and_then(|(names, entry)| names.get(entry))
        {
            renamed.entry = Some(Arc::clone(entry));
        }
        renamed
    }
}

fn now<'n>(names: &'n Names, name: &'n str) -> &'n str {
    names.get(name).map_or(name, |now| now)
}
