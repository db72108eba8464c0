//! Which changes become entries: one that lasts is told when it begins, and again only after a day on which it was not found.

use std::collections::BTreeSet;

use aboveboard_store::figures::changes::Changes;

use super::entry::{Entry, name};

/// The changes of days that ascend, as entries. Those of the first day are told by none: whether they began on it is not known.
#[derive(Default)]
pub(super) struct Beginnings {
    /// The names of the changes of the day before; none before the first.
    before: Option<BTreeSet<String>>,
    /// The oldest first.
    entries: Vec<Entry>,
}

impl Beginnings {
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

#[cfg(test)]
mod tests {
    use aboveboard_store::calendar::Day;
    use aboveboard_store::figures::changes::{Change, Finding, Since, Tone};
    use aboveboard_types::value::Version;

    use super::*;

    fn changes(last: Day, found: Vec<Finding>) -> Changes {
        let change = |finding| Change { tone: Tone::Plain, since: Since::LastWeek, finding };
        let found = found.into_iter().map(change).collect();
        Changes { last, weeks: 4, ready: Some(0), active: 100, found }
    }

    #[test]
    fn what_lasts_is_told_when_it_begins_and_a_version_arrives_once() {
        let fewer = || Finding::Active { now: 20, before: 100 };
        let more = || Finding::Active { now: 100, before: 20 };
        let arrived = |hits| Finding::VersionArrived {
            version: Version::parse("1.2.0").unwrap(),
            day: 2,
            now: aboveboard_store::figures::Share { hits, of: 100 },
        };
        let days = [
            vec![fewer()],
            vec![fewer(), arrived(20)],
            vec![arrived(30)],
            vec![more()],
            vec![more(), arrived(40)],
        ];
        let mut beginnings = Beginnings::default();
        for (last, found) in (0..).zip(days) {
            beginnings.add(&changes(last, found), "feed");
        }
        let ids: Vec<_> = beginnings.entries().into_iter().map(|entry| entry.id).collect();
        assert_eq!(ids, ["feed/1970-01-04/week/active/more", "feed/version/1.2.0"]);
    }
}
