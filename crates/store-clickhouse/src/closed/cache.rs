//! What was read of closed days, kept in memory up to a bound, so that a page that is looked at again asks the cluster for what
//! changed alone.
//!
//! Everything is kept with a fingerprint of the generations that can hold it. Where a day was closed since, or closed again, the
//! fingerprint is another one and what was kept is read anew: nothing has to be told to the cache.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use aboveboard_replay::{CellKey, LatestReport, MemberKey, SentContext, TallyKey};
use aboveboard_store::calendar::Day;
use aboveboard_store::packed_set::PackedSet;
use aboveboard_store::read::InstallationKey;

/// What is kept besides its content: the key, its place in the order of use.
const ENTRY_BYTES: usize = 256;

/// What something is known by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub(super) product: Arc<str>,
    pub(super) about: About,
    /// The day of the events or of receipt; 0 where it is about all days.
    pub(super) day: Day,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum About {
    Cells(u8),
    Members(u8, Option<Arc<str>>),
    /// Of all days from one on up to that of the question.
    MembersFrom(u8, Option<Arc<str>>, Day),
    Totals,
    Contexts,
    /// Of the sets of who was active, by part of the days.
    ActiveContexts,
    Tallies(i32, i32),
    Latest,
    Known,
    HasRows,
    Products,
}

/// Sums, each with the day of the order.
pub(super) type Cells = Vec<(CellKey, Day, i64)>;

/// The answer.
#[derive(Clone, Debug)]
pub(super) enum Kept {
    Cells(Arc<Cells>),
    Members(Arc<Vec<Group>>),
    Totals(Arc<Vec<(Arc<SentContext>, Day, i64)>>),
    Tallies(Arc<Vec<(TallyKey, Day, i64)>>),
    Latest(Arc<Vec<(InstallationKey, Day, LatestReport)>>),
    HasRows(bool),
    Number(u64),
    Contexts(Arc<Vec<Arc<SentContext>>>),
    Products(Arc<Vec<String>>),
}

/// Installations that one day of the order put into one set.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) key: MemberKey,
    pub(super) day: Day,
    pub(super) members: PackedSet,
}

impl Kept {
    /// About how much memory it takes. A name that several share is counted for each.
    fn bytes(&self) -> usize {
        let content = match self {
            Self::Cells(cells) => {
                let names = cells.iter().map(|(key, ..)| key.name.len() + key.about.len()).sum::<usize>();
                names + size_of::<(CellKey, Day, i64)>() * cells.capacity()
            }
            Self::Members(groups) => {
                let content = |group: &Group| group.key.name.len() + group.members.bytes();
                groups.iter().map(content).sum::<usize>() + size_of::<Group>() * groups.capacity()
            }
            Self::Totals(totals) => size_of::<(Arc<SentContext>, Day, i64)>() * totals.capacity(),
            Self::Tallies(tallies) => size_of::<(TallyKey, Day, i64)>() * tallies.capacity(),
            Self::Latest(reports) => {
                let report = |(_, _, report): &(InstallationKey, Day, LatestReport)| {
                    size_of_val(report) + 64 * report.counts.len()
                };
                reports.iter().map(report).sum()
            }
            Self::HasRows(_) | Self::Number(_) => 0,
            Self::Contexts(contexts) => size_of::<Arc<SentContext>>() * contexts.capacity(),
            Self::Products(products) => {
                products.iter().map(|product| product.len() + size_of::<String>()).sum()
            }
        };
        content + ENTRY_BYTES
    }
}

#[derive(Debug)]
struct Entry {
    fingerprint: u64,
    kept: Kept,
    bytes: usize,
    used: u64,
}

#[derive(Debug, Default)]
struct Entries {
    by_question: HashMap<Question, Entry>,
    /// By when they were used last.
    by_use: BTreeMap<u64, Question>,
    bytes: usize,
    uses: u64,
}

/// The cache of one collector.
#[derive(Debug)]
pub(super) struct Cache {
    max_bytes: usize,
    entries: Mutex<Entries>,
}

impl Cache {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, entries: Mutex::default() }
    }

    /// What is kept, unless it can have changed since.
    pub(super) fn find(&self, question: &Question, fingerprint: u64) -> Option<Kept> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = &mut *entries;
        let entry = entries.by_question.get_mut(question).filter(|entry| entry.fingerprint == fingerprint)?;
        entries.uses += 1;
        if let Some(question) = entries.by_use.remove(&entry.used) {
            entries.by_use.insert(entries.uses, question);
        }
        entry.used = entries.uses;
        Some(entry.kept.clone())
    }

    /// Keeps an answer, and lets go of those that were not used for longest where there is no room.
    pub(super) fn keep(&self, question: Question, fingerprint: u64, kept: Kept) {
        let bytes = kept.bytes();
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.forget(&question);
        if bytes > self.max_bytes {
            return;
        }
        entries.uses += 1;
        entries.bytes += bytes;
        let used = entries.uses;
        entries.by_use.insert(used, question.clone());
        entries.by_question.insert(question, Entry { fingerprint, kept, bytes, used });
        while entries.bytes > self.max_bytes {
            let Some((_, oldest)) = entries.by_use.pop_first() else { break };
            entries.forget(&oldest);
        }
    }

    /// How much memory is taken.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).bytes
    }
}

impl Entries {
    fn forget(&mut self, question: &Question) {
        if let Some(entry) = self.by_question.remove(question) {
            self.by_use.remove(&entry.used);
            self.bytes -= entry.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(day: Day) -> Question {
        Question { product: "quarry".into(), about: About::Totals, day }
    }

    fn kept(number: usize) -> Kept {
        Kept::Products(Arc::new(vec!["p".repeat(number)]))
    }

    #[test]
    fn what_can_have_changed_is_not_given_out() {
        let cache = Cache::new(10_000);
        cache.keep(question(1), 7, kept(10));
        assert!(cache.find(&question(1), 7).is_some());
        assert!(cache.find(&question(1), 8).is_none() && cache.find(&question(2), 7).is_none());
        cache.keep(question(1), 8, kept(10));
        assert!(cache.find(&question(1), 8).is_some() && cache.find(&question(1), 7).is_none());
    }

    #[test]
    fn memory_is_bounded_and_what_was_used_last_stays() {
        let cache = Cache::new(10_000);
        for day in 0..1_000 {
            cache.keep(question(day), 1, kept(1_000));
            assert!(cache.bytes() <= 10_000);
            assert!(cache.find(&question(0), 1).is_some(), "it is used all the time");
        }
        assert!(cache.find(&question(999), 1).is_some() && cache.find(&question(500), 1).is_none());
        cache.keep(question(999), 1, kept(20_000));
        assert!(cache.find(&question(999), 1).is_none(), "what does not fit is not kept");
        assert!(cache.find(&question(0), 1).is_some(), "and makes no room for itself");
        for _ in 0..100 {
            cache.keep(question(0), 1, kept(1_000));
        }
        assert!(cache.bytes() <= 10_000);
    }
}
