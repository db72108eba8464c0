//! One change between two revisions.

use std::cmp::Ordering;

/// What became of one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// It was not collected before.
    Collected,
    /// More of it is collected, it is kept longer, or it goes elsewhere.
    Widened,
    /// Less of it is collected.
    Narrowed,
    /// It is not collected any more.
    Removed,
    /// It has another name and is otherwise what it was.
    Renamed,
    /// It is described or explained in other words than users agreed to.
    Restated,
    /// What users did not agree to changed, its chart or its owner, and not what is collected.
    Reworded,
}

impl ChangeKind {
    /// Every kind with its spelling in JSON and its title for people.
    pub(super) const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Collected, "collected", "Newly collected"),
        (Self::Widened, "widened", "Widened"),
        (Self::Narrowed, "narrowed", "Narrowed"),
        (Self::Removed, "removed", "No longer collected"),
        (Self::Renamed, "renamed", "Renamed"),
        (Self::Restated, "restated", "Other words for what was agreed to"),
        (Self::Reworded, "reworded", "Other words or order, same data"),
    ];

    /// The spelling in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, name, _)| name)
    }

    /// Of something that is now more or less than it was; `None` where it is the same.
    pub(super) fn of_size(now_against_before: Ordering) -> Option<Self> {
        match now_against_before {
            Ordering::Greater => Some(Self::Widened),
            Ordering::Less => Some(Self::Narrowed),
            Ordering::Equal => None,
        }
    }

    pub(super) fn widened_if(is_wider: bool) -> Self {
        if is_wider { Self::Widened } else { Self::Narrowed }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// What became of the item.
    pub kind: ChangeKind,
    /// Where it is declared: `counts.tables`, `events.start-finished.took`, `cli.commands`.
    pub item: String,
    /// What changed, for people.
    pub detail: String,
}
