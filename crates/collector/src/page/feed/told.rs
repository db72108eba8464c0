//! Which changes become entries: one that lasts is told when it begins, and again only after a day on which it was not found.

use std::collections::BTreeSet;

use aboveboard_store::figures::changes::Changes;

use super::entry::{Entry, name};

/// The changes of days that ascend, as entries. Those of the first day are told by none: whether they began on it is not known.
#[derive(Default)]
pub(super) struct Told {
    /// The names of the changes of the day before; none before the first.
    before: Option<BTreeSet<String>>,
    /// The oldest first.
    entries: Vec<Entry>,
}

impl Told {
    /// Takes in what was found up to the next day. `feed` is the id of the feed.
    pub(super) fn add(&mut self, changes: &Changes, feed: &str) {
        let mut names = BTreeSet::new();
        for change in &changes.found {
            let name = name(&change.finding);
            let begins = self.before.as_ref().is_some_and(|before| !before.contains(&name));
            let entry = Entry::of(feed, changes, change);
            // A version arrives once.
            if begins && self.entries.iter().all(|known| known.id != entry.id) {
                self.entries.push(entry);
            }
            names.insert(name);
        }
        self.before = Some(names);
    }

    /// The newest day first, on each the loudest.
    pub(super) fn entries(mut self) -> Vec<Entry> {
        self.entries.sort_by(|one, other| other.updated.cmp(&one.updated));
        self.entries
    }
}
