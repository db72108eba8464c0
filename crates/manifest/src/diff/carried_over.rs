//! The old manifest under the names of the new one, so that a rename is no removal beside an addition.

use super::change::{Change, ChangeKind};
use super::compatible::{count_differs, event_differs, field_differs};
use crate::model::OldNames;
use crate::problem::{Explanation, Problem, explain};
use crate::was;
use crate::{Count, Event, Field, Manifest, PublishTable, Rename, RenamedItem};

/// The old manifest by its new names.
pub(super) struct CarriedOver {
    pub(super) manifest: Manifest,
    pub(super) changes: Vec<Change>,
    /// Renames that would put together what does not belong together.
    pub(super) problems: Vec<Problem>,
}

pub(super) fn carried_over(old: &Manifest, new: &Manifest) -> CarriedOver {
    let mut carried = CarriedOver { manifest: old.clone(), changes: Vec::new(), problems: Vec::new() };
    let mut renames = new.renames();
    // What holds others comes first, so that these are found below its new name.
    renames.sort_by_key(|rename| match rename.item {
        RenamedItem::Count(_) | RenamedItem::Event(_) => 0,
        RenamedItem::Field(..) => 1,
        _ => 2,
    });
    renames.retain(|rename| rename_in(&mut carried.manifest, rename));
    for rename in &renames {
        carried.note(new, rename);
    }
    carried.old_names(new, &renames);
    carried
}

impl CarriedOver {
    fn note(&mut self, new: &Manifest, rename: &Rename<'_>) {
        if let Some(differs) = differs(&self.manifest, new, rename.item) {
            let explanation = explain(
                format!("`{}` was `{}`, and {differs}", rename.item.name(), rename.old),
                "what was recorded under the old name does not mean what is recorded under the new one",
                "rename it as it is and change it in a later revision, or take the old name out",
            );
            self.problem(new, rename.item, explanation);
        }
        self.changes.push(Change {
            kind: ChangeKind::Renamed,
            item: rename.item.path(),
            detail: format!("`{}`, was `{}`; both are counted together", rename.item.name(), rename.old),
        });
    }

    /// Old names that the new manifest takes up or lets go, besides those of what it renames.
    fn old_names(&mut self, new: &Manifest, renamed: &[Rename<'_>]) {
        let old = self.manifest.clone();
        let before = old.renames();
        let after = new.renames();
        let is_taken_up = |rename: &&Rename<'_>| !before.contains(rename) && !renamed.contains(rename);
        for rename in after.iter().filter(is_taken_up) {
            self.reword(rename, "counts what was recorded as");
        }
        for rename in before.iter().filter(|rename| !after.contains(rename)) {
            if renamed.iter().any(|now| now.item == rename.item) {
                let explanation = explain(
                    format!(
                        "`{}` was also `{}`, and does not say so any more",
                        rename.item.name(),
                        rename.old
                    ),
                    "what was recorded under that name would be lost from the trend",
                    format!("add \"{}\" to its old names", rename.old),
                );
                self.problem(new, rename.item, explanation);
            } else if new.has(rename.item) {
                self.reword(rename, "no longer counts what was recorded as");
            }
        }
    }

    fn reword(&mut self, rename: &Rename<'_>, does: &str) {
        let detail = format!("`{}` {does} `{}`", rename.item.name(), rename.old);
        self.changes.push(Change { kind: ChangeKind::Reworded, item: rename.item.path(), detail });
    }

    fn problem(&mut self, new: &Manifest, item: RenamedItem<'_>, explanation: Explanation) {
        self.problems.push(new.source.error(&new.place(item), explanation));
    }
}

/// Why what bears the new name in both manifests is not one thing.
fn differs(old: &Manifest, new: &Manifest, item: RenamedItem<'_>) -> Option<&'static str> {
    match item {
        RenamedItem::Count(name) => count_differs(was::count(old, name)?, was::count(new, name)?),
        RenamedItem::Event(name) => event_differs(was::event(old, name)?, was::event(new, name)?),
        RenamedItem::Field(event, name) => {
            field_differs(was::field(old, event, name)?, was::field(new, event, name)?)
        }
        _ => None,
    }
}

/// Gives what has the old name the new one; whether there was anything. What has the new name already absorbs it.
fn rename_in(manifest: &mut Manifest, rename: &Rename<'_>) -> bool {
    let old = rename.old;
    match rename.item {
        RenamedItem::Count(name) => {
            rename_one(&mut manifest.counts, |count: &mut Count| &mut count.name, old, name)
        }
        RenamedItem::CountEntry(count, entry) => {
            let Some(count) = manifest.counts.iter_mut().find(|it| it.name == count) else { return false };
            rename_keys(&mut count.by_was, old, entry);
            rename_one(&mut count.by, |entry| entry, old, entry)
        }
        RenamedItem::Command(name) => manifest.cli.as_mut().is_some_and(|cli| {
            rename_keys(&mut cli.commands_was, old, name);
            rename_one(&mut cli.commands, |command| command, old, name)
        }),
        RenamedItem::Action(name) => manifest.console.as_mut().is_some_and(|console| {
            rename_keys(&mut console.actions_was, old, name);
            rename_one(&mut console.actions, |action| &mut action.name, old, name)
        }),
        RenamedItem::Route(name) => manifest.console.as_mut().is_some_and(|console| {
            rename_keys(&mut console.routes_was, old, name);
            rename_one(&mut console.routes, |route| route, old, name)
        }),
        RenamedItem::Event(name) => {
            let tables = manifest.publish.iter_mut().flat_map(|publish| &mut publish.tables);
            for table in tables.filter(|table| **table == PublishTable::Event(old.to_owned())) {
                *table = PublishTable::Event(name.to_owned());
            }
            rename_one(&mut manifest.events, |event: &mut Event| &mut event.name, old, name)
        }
        RenamedItem::Field(event, name) => {
            let Some(event) = manifest.events.iter_mut().find(|it| it.name == event) else { return false };
            rename_one(&mut event.fields, |field: &mut Field| &mut field.name, old, name)
        }
        RenamedItem::FieldEntry(event, field, name) => {
            let Some(event) = manifest.events.iter_mut().find(|it| it.name == event) else { return false };
            let Some(field) = event.fields.iter_mut().find(|it| it.name == field) else { return false };
            rename_keys(&mut field.entries_was, old, name);
            let mut entries: Vec<String> = field.entries().into_iter().map(str::to_owned).collect();
            let found = rename_one(&mut entries, |entry| entry, old, name);
            field.set_entries(entries);
            found
        }
    }
}

fn rename_one<T>(all: &mut Vec<T>, name: fn(&mut T) -> &mut String, old: &str, new: &str) -> bool {
    let Some(at) = all.iter_mut().position(|one| name(one) == old) else { return false };
    if all.iter_mut().any(|one| name(one) == new) {
        all.remove(at);
    } else {
        new.clone_into(name(&mut all[at]));
    }
    true
}

fn rename_keys(names: &mut OldNames, old: &str, new: &str) {
    if let Some((name, _)) = names.iter_mut().find(|(name, _)| name == old) {
        new.clone_into(name);
    }
}
