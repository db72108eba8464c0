//! One item of a manifest, as an operator names it.

use std::fmt;

use aboveboard_types::declaration::Declaration;
use aboveboard_types::event::{Event, EventKind};
use serde::{Deserialize, Serialize};

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemKind {
    /// A command of the CLI.
    Command,
    /// An action of the console.
    Action,
    /// A route of the console, with all that happens there.
    Route,
    /// A declared event; or all of one kind: `command`, `console`, `report`.
    Event,
    /// A field of a declared event, as `EVENT.FIELD`.
    Field,
    /// A count of the server's report.
    Count,
    /// A timing of the server's report.
    Timing,
}

const KINDS: [(ItemKind, &str); 7] = [
    (ItemKind::Command, "command"),
    (ItemKind::Action, "action"),
    (ItemKind::Route, "route"),
    (ItemKind::Event, "event"),
    (ItemKind::Field, "field"),
    (ItemKind::Count, "count"),
    (ItemKind::Timing, "timing"),
];

/// An item of a product: its kind and its declared name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Item {
    /// What it is.
    pub kind: ItemKind,
    /// Its name, as declared.
    pub name: String,
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = KINDS.iter().find(|(kind, _)| *kind == self.kind).map_or("", |(_, name)| name);
        write!(f, "{kind}:{}", self.name)
    }
}

impl Item {
    /// Reads `KIND:NAME`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once(':')?;
        let (kind, _) = KINDS.iter().find(|(_, known)| *known == kind)?;
        Some(Self { kind: *kind, name: name.to_owned() })
    }

    /// The items that a text names in these declarations: `KIND:NAME`, or a name alone, which may be several items'.
    pub(crate) fn named(text: &str, declarations: &[&Declaration]) -> Vec<Self> {
        let mut all: Vec<Self> = declarations.iter().flat_map(|declaration| Self::of(declaration)).collect();
        all.sort_unstable();
        all.dedup();
        let exact: Vec<Self> = all.iter().filter(|item| item.to_string() == text).cloned().collect();
        if exact.is_empty() { all.into_iter().filter(|item| item.name == text).collect() } else { exact }
    }

    /// Every item of a declaration.
    fn of(declaration: &Declaration) -> Vec<Self> {
        let item = |kind: ItemKind, name: &str| Self { kind, name: name.to_owned() };
        let mut all: Vec<Self> =
            ["command", "console", "report"].iter().map(|name| item(ItemKind::Event, name)).collect();
        all.extend(declaration.commands.iter().map(|name| item(ItemKind::Command, name)));
        all.extend(declaration.actions.iter().map(|action| item(ItemKind::Action, &action.name)));
        all.extend(declaration.routes.iter().map(|name| item(ItemKind::Route, name)));
        all.extend(declaration.counts.iter().map(|count| item(ItemKind::Count, &count.name)));
        all.extend(declaration.timings.iter().map(|timing| item(ItemKind::Timing, &timing.name)));
        for event in &*declaration.events {
            all.push(item(ItemKind::Event, &event.name));
            let field = |field: &str| item(ItemKind::Field, &format!("{}.{field}", event.name));
            all.extend(event.fields.iter().map(|known| field(&known.name)));
        }
        all
    }

    /// Whether an event as a whole is of this item.
    pub(super) fn is(&self, event: &EventKind<'_>) -> bool {
        match (self.kind, event) {
            (ItemKind::Command, EventKind::Command(command)) => command.command == self.name,
            (ItemKind::Action, EventKind::Console(console)) => console.action == Some(&*self.name),
            (ItemKind::Route, EventKind::Console(console)) => console.route == self.name,
            (ItemKind::Event, EventKind::Command(_)) => self.name == "command",
            (ItemKind::Event, EventKind::Console(_)) => self.name == "console",
            (ItemKind::Event, EventKind::Report(_)) => self.name == "report",
            (ItemKind::Event, EventKind::Declared(declared)) => declared.name == self.name,
            _ => false,
        }
    }

    /// Takes the part of an event out that is of this item. Returns whether there was one.
    pub(super) fn take_out(&self, event: &mut Event<'_>) -> bool {
        match (self.kind, &mut event.kind) {
            (ItemKind::Field, EventKind::Declared(declared)) => {
                let Some((of, field)) = self.name.split_once('.') else { return false };
                let before = declared.fields.len();
                if declared.name == of {
                    declared.fields.retain(|(name, _)| *name != field);
                }
                declared.fields.len() < before
            }
            (ItemKind::Count, EventKind::Report(report)) => {
                let before = report.counts.len();
                report.counts.retain(|count| count.name != self.name);
                report.counts.len() < before
            }
            (ItemKind::Timing, EventKind::Report(report)) => {
                let Some(timings) = &mut report.timings else { return false };
                let before = timings.of.len();
                timings.of.retain(|timing| timing.name != self.name);
                let is_changed = timings.of.len() < before;
                // The restart tag stands with timings alone.
                if timings.of.is_empty() {
                    report.timings = None;
                }
                is_changed
            }
            _ => false,
        }
    }
}
