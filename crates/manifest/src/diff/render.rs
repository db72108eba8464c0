//! A difference as text, Markdown and JSON.

use std::fmt::Write as _;

use super::change::{Change, ChangeKind};
use super::difference::Diff;
use crate::json;

const KINDS: [(ChangeKind, &str); 5] = [
    (ChangeKind::Collected, "Newly collected"),
    (ChangeKind::Widened, "Widened"),
    (ChangeKind::Narrowed, "Narrowed"),
    (ChangeKind::Removed, "No longer collected"),
    (ChangeKind::Reworded, "Other words, same data"),
];

impl Diff {
    /// For a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        self.prose(|title| format!("{title}:\n"), |item, detail| format!("  {item}: {detail}\n"), "")
    }

    /// For a changelog.
    #[must_use]
    pub fn markdown(&self) -> String {
        self.prose(|title| format!("### {title}\n\n"), |item, detail| format!("- `{item}`: {detail}\n"), "\n")
    }

    /// For programs: `{"from":…,"to":…,"ask_again":…,"changes":[{"turn":…,"item":…,"detail":…}]}`.
    #[must_use]
    pub fn json(&self) -> String {
        let change = |change: &Change| {
            format!(
                "{{\"turn\":\"{}\",\"item\":{},\"detail\":{}}}",
                change.kind.name(),
                json::text(&change.item),
                json::text(&change.detail)
            )
        };
        format!(
            "{{\"from\":{},\"to\":{},\"ask_again\":{},\"changes\":{}}}\n",
            self.revisions.0,
            self.revisions.1,
            self.ask_again(),
            json::list(self.changes.iter().map(change))
        )
    }

    fn prose(&self, title: fn(&str) -> String, line: fn(&str, &str) -> String, after: &str) -> String {
        let mut out = String::new();
        for (kind, name) in KINDS {
            let mut changes = self.changes.iter().filter(|change| change.kind == kind).peekable();
            if changes.peek().is_none() {
                continue;
            }
            out.push_str(&title(name));
            changes.for_each(|change| out.push_str(&line(&change.item, &change.detail)));
            out.push_str(after);
        }
        if self.changes.is_empty() {
            out.push_str("Nothing about what is collected changed.\n");
        } else if self.ask_again() {
            out.push_str(
                "Users are asked (or shown the notice) again; until then what is new or wider stays unrecorded.\n",
            );
        } else {
            out.push_str("Users need not be asked again.\n");
        }
        if self.is_revision_unraised() {
            let (old, new) = self.revisions;
            let stands = if new < old {
                format!("The revision fell from {old} to {new}")
            } else {
                format!("The revision is still {new}")
            };
            let _ = writeln!(out, "{stands}: raise it, so that the collector can distinguish the two.");
        }
        out
    }
}
