//! What a new revision of a manifest collects that the old one did not.

mod compare;
pub(crate) use compare::spell;
mod show;

use aboveboard_core::consent::covers;

use crate::model::Manifest;

/// What became of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// It was not collected.
    Collected,
    /// More of it is collected, it is kept longer, or it goes elsewhere.
    Widened,
    /// Less of it is collected.
    Narrowed,
    /// It is no longer collected.
    Removed,
    /// Its words or its chart changed, not what is collected.
    Reworded,
}

impl ChangeKind {
    /// The spelling in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Collected => "collected",
            Self::Widened => "widened",
            Self::Narrowed => "narrowed",
            Self::Removed => "removed",
            Self::Reworded => "reworded",
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// What became of the item.
    pub kind: ChangeKind,
    /// Where it stands: `counts.tables`, `events.start-finished.took`, `cli.commands`.
    pub item: String,
    /// What changed, in words.
    pub detail: String,
}

/// The difference of two revisions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diff {
    /// Every change; what widens stands first.
    pub changes: Vec<Change>,
    /// The two revisions.
    pub revisions: (u32, u32),
    /// Whether an answer to the older one covers all of the newer one, by the rule that agents apply.
    is_covered: bool,
}

impl Diff {
    /// Whether users are asked (or shown the notice) again: their answer does not cover all that is collected now, or a
    /// component needs less of an answer than before. This is what agents do, and not a second opinion.
    #[must_use]
    pub fn ask_again(&self) -> bool {
        let asks_less =
            |change: &Change| change.kind == ChangeKind::Widened && change.item.starts_with("consent.");
        !self.is_covered || self.changes.iter().any(asks_less)
    }

    /// Whether something changed under an unchanged (or lower) revision number.
    #[must_use]
    pub fn revision_stands(&self) -> bool {
        !self.changes.is_empty() && self.revisions.1 <= self.revisions.0
    }
}

impl Manifest {
    /// What `newer` collects differently.
    #[must_use]
    pub fn diff(&self, newer: &Self) -> Diff {
        let mut changes = compare::changes(self, newer);
        changes.sort_by_key(|change| change.kind);
        let is_covered = covers(&self.declaration(), &newer.declaration());
        Diff { changes, revisions: (self.product.revision, newer.product.revision), is_covered }
    }
}

#[cfg(test)]
mod tests;
