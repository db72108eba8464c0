//! What looks like a rename that the new manifest does not declare.

use super::compatible::{count_differs, event_differs, field_differs};
use crate::commands::missing;
use crate::{Count, Event, Field, Manifest};

/// One pair that may be one thing under two names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RenameHint {
    /// Where the new name is declared: `counts.tables`, `cli.commands`.
    pub item: String,
    /// The name that is there now.
    pub new: String,
    /// The name that is gone.
    pub old: String,
    /// How the new manifest would say it.
    pub remedy: String,
}

/// What went where something like it came. Renames that are declared are none of it.
pub(super) fn hints(old: &Manifest, new: &Manifest) -> Vec<RenameHint> {
    let mut all = Vec::new();
    let of_count = |a: &Count, b: &Count| {
        (a.info.what == b.info.what || a.info.why == b.info.why) && count_differs(a, b).is_none()
    };
    pairs(&mut all, "counts", &old.counts, &new.counts, |count| &count.name, of_count);
    let of_event = |a: &Event, b: &Event| {
        (a.info.what == b.info.what || a.info.why == b.info.why) && event_differs(a, b).is_none()
    };
    pairs(&mut all, "events", &old.events, &new.events, |event| &event.name, of_event);
    for event in &new.events {
        let Some(before) = old.events.iter().find(|before| before.name == event.name) else { continue };
        let item = format!("events.{}.fields", event.name);
        let of_field = |a: &Field, b: &Field| {
            let same_words = a.what.is_some() && a.what == b.what && a.unit == b.unit;
            // Two names of one type say nothing, unless it is the same list.
            let same_list = a.kind == b.kind && !a.entries().is_empty();
            (same_words || same_list) && field_differs(a, b).is_none()
        };
        pairs(&mut all, &item, &before.fields, &event.fields, |field| &field.name, of_field);
        for field in &event.fields {
            let Some(before) = before.fields.iter().find(|before| before.name == field.name) else {
                continue;
            };
            let [was, now] =
                [before, field].map(|of| of.entries().into_iter().map(str::to_owned).collect::<Vec<_>>());
            let list = if field.is_set() { "set-was" } else { "choice-was" };
            lists(&mut all, &format!("{item}.{}", field.name), list, &was, &now);
        }
    }
    for count in &new.counts {
        if let Some(before) = old.counts.iter().find(|before| before.name == count.name) {
            lists(&mut all, &format!("counts.{}.by", count.name), "by-was", &before.by, &count.by);
        }
    }
    if let (Some(old), Some(new)) = (&old.cli, &new.cli) {
        lists(&mut all, "cli.commands", "commands-was", &old.commands, &new.commands);
    }
    if let (Some(old), Some(new)) = (&old.console, &new.console) {
        lists(&mut all, "console.routes", "routes-was", &old.routes, &new.routes);
        for action in &new.actions {
            let twin = old.actions.iter().find(|before| before.action_type == action.action_type);
            let is_gone = |name: &str| !new.actions.iter().any(|now| now.name == name);
            let came = !old.actions.iter().any(|before| before.name == action.name);
            if let Some(twin) = twin.filter(|twin| came && is_gone(&twin.name)) {
                all.push(in_list("console.actions", "actions-was", &twin.name, &action.name));
            }
        }
    }
    all
}

fn pairs<T>(
    all: &mut Vec<RenameHint>,
    item: &str,
    old: &[T],
    new: &[T],
    name: fn(&T) -> &String,
    is_like: impl Fn(&T, &T) -> bool,
) {
    let is_in = |list: &[T], one: &T| list.iter().any(|other| name(other) == name(one));
    for now in new.iter().filter(|now| !is_in(old, now)) {
        if let Some(was) = old.iter().find(|was| !is_in(new, was) && is_like(was, now)) {
            all.push(RenameHint {
                item: format!("{item}.{}", name(now)),
                new: name(now).clone(),
                old: name(was).clone(),
                remedy: format!("was = [\"{}\"]", name(was)),
            });
        }
    }
}

/// Names of a list have nothing but themselves: one that went for one that came, or two that share a word.
fn lists(all: &mut Vec<RenameHint>, item: &str, key: &str, old: &[String], new: &[String]) {
    let came = missing(old, new);
    let went = missing(new, old);
    for now in &came {
        let is_only_pair = came.len() == 1 && went.len() == 1;
        let shares = |was: &&String| words(was).any(|word| words(now).any(|other| other == word));
        let twins: Vec<_> = went.iter().filter(|was| is_only_pair || shares(was)).collect();
        if let [was] = twins.as_slice() {
            all.push(in_list(item, key, was, now));
        }
    }
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() > 2)
}

fn in_list(item: &str, key: &str, old: &str, new: &str) -> RenameHint {
    RenameHint {
        item: item.to_owned(),
        new: new.to_owned(),
        old: old.to_owned(),
        remedy: format!("{key} = {{ \"{new}\" = [\"{old}\"] }}"),
    }
}
