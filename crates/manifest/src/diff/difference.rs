//! The difference of two revisions, and whether users must be asked again.

use aboveboard_types::scope::covers;

use super::change::{Change, ChangeKind};
use super::compare;
use crate::model::Manifest;

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
        let mut changes = compare::changes(self, newer);
        changes.sort_by_key(|change| change.kind);
        let is_covered = covers(&self.declaration(), &newer.declaration());
        Diff { changes, revisions: (self.product.revision, newer.product.revision), is_covered }
    }
}
