//! The difference of two revisions: whether users must be asked again, and how it reads as text, Markdown and JSON.

use std::fmt::Write as _;

use aboveboard_types::scope::covers;

use super::carried_over::carried_over;
use super::change::{Change, ChangeKind};
use super::hint::RenameHint;
use super::{compare, hint};
use crate::{Manifest, Problem, json};

/// The difference of two revisions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diff {
    /// Every change, ordered by its kind: newly collected and wider items first.
    pub changes: Vec<Change>,
    /// The older and the newer revision.
    pub revisions: (u32, u32),
    /// Whether an answer to the older one covers all of the newer one, by the rule that agents apply.
    is_covered: bool,
    /// Renames that would put together what does not belong together. They must be mended.
    pub problems: Vec<Problem>,
    /// What looks like a rename that is not declared.
    pub hints: Vec<RenameHint>,
}

impl Diff {
    /// Whether users are asked (or shown the notice) again: their answer does not cover all that is collected now, or
    /// a component needs less consent than before. Agents decide by the same rule.
    #[must_use]
    pub fn ask_again(&self) -> bool {
        let asks_less =
            |change: &Change| change.kind == ChangeKind::Widened && change.item.starts_with("consent.");
        !self.is_covered || self.changes.iter().any(asks_less)
    }

    /// Whether something changed under an unchanged (or lower) revision number.
    #[must_use]
    pub fn is_revision_unraised(&self) -> bool {
        !self.changes.is_empty() && self.revisions.1 <= self.revisions.0
    }
}

impl Manifest {
    /// What `newer` collects differently.
    #[must_use]
    pub fn diff(&self, newer: &Self) -> Diff {
        let carried = carried_over(self, newer);
        let mut changes = carried.changes;
        changes.extend(compare::changes(&carried.manifest, newer));
        changes.sort_by_key(|change| change.kind);
        let is_covered = covers(&self.declaration(), &newer.declaration());
        Diff {
            changes,
            revisions: (self.product.revision, newer.product.revision),
            is_covered,
            problems: carried.problems,
            hints: hint::hints(&carried.manifest, newer),
        }
    }
}

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

    /// For programs: `{"from":…,"to":…,"ask_again":…,"changes":[{"turn":…,"item":…,"detail":…}],
    /// "problems":[{"what":…,"why":…,"remedy":…}],"hints":[{"item":…,"new":…,"old":…,"remedy":…}]}`.
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
        let problem = |problem: &Problem| {
            format!(
                "{{\"what\":{},\"why\":{},\"remedy\":{}}}",
                json::text(&problem.what),
                json::text(&problem.why),
                json::text(&problem.remedy)
            )
        };
        let hint = |hint: &RenameHint| {
            format!(
                "{{\"item\":{},\"new\":{},\"old\":{},\"remedy\":{}}}",
                json::text(&hint.item),
                json::text(&hint.new),
                json::text(&hint.old),
                json::text(&hint.remedy)
            )
        };
        format!(
            "{{\"from\":{},\"to\":{},\"ask_again\":{},\"changes\":{},\"problems\":{},\"hints\":{}}}\n",
            self.revisions.0,
            self.revisions.1,
            self.ask_again(),
            json::list(self.changes.iter().map(change)),
            json::list(self.problems.iter().map(problem)),
            json::list(self.hints.iter().map(hint))
        )
    }

    fn prose(&self, title: fn(&str) -> String, line: fn(&str, &str) -> String, after: &str) -> String {
        let mut out = String::new();
        for (kind, _, name) in ChangeKind::ALL {
            let mut changes = self.changes.iter().filter(|change| change.kind == kind).peekable();
            if changes.peek().is_none() {
                continue;
            }
            out.push_str(&title(name));
            changes.for_each(|change| out.push_str(&line(&change.item, &change.detail)));
            out.push_str(after);
        }
        if !self.hints.is_empty() {
            out.push_str(&title("Perhaps renamed"));
            for hint in &self.hints {
                let detail = format!(
                    "`{}` may be what was `{}`; if so, write `{}`, and both are counted together",
                    hint.new, hint.old, hint.remedy
                );
                out.push_str(&line(&hint.item, &detail));
            }
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
