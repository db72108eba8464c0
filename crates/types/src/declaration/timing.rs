//! What a server measures of the requests that it serves.

use super::made::made_by_manifest;
use super::text::{List, Text};

made_by_manifest! {
    /// A declared timing: how many requests of which kind took how long.
    ///
    /// A server counts and sums from its start on; each report holds the sums since then.
    pub struct TimingDeclaration {
        /// Its name.
        pub name: Text,
        /// The closed lists that classify requests; at least one.
        pub by: List<SplitDeclaration>,
        /// Ascending times in milliseconds; a request is known by the edge at or below its own, and 0 is always one.
        pub edges: List<u64>,
        /// Further times that are summed in addition to the whole: the part spent in the database, for instance.
        pub parts: List<Text>,
        /// Day (since 1970-01-01) from which it is no longer recorded; `u32::MAX` for never.
        pub until: u32,
        /// What it is and why it is collected, in the words that its user can read.
        pub words: Text,
    }
}

made_by_manifest! {
    /// One closed list that classifies requests.
    pub struct SplitDeclaration {
        /// What it classifies by: `transport`.
        pub name: Text,
        /// Its entries.
        pub of: List<Text>,
    }
}

impl TimingDeclaration {
    /// How many kinds of request there are.
    #[must_use]
    pub fn kinds(&self) -> usize {
        self.by.iter().map(|split| split.of.len()).product()
    }

    /// How many cells a report holds at most: one for each kind and edge.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.kinds().saturating_mul(self.edges.len() + 1)
    }

    /// The entries that make up a kind, by its number. The last list counts fastest.
    #[must_use]
    pub fn kind(&self, number: usize) -> Vec<&str> {
        let mut rest = number;
        let mut kind: Vec<_> = self
            .by
            .iter()
            .rev()
            .map(|split| {
                let entry = split.of.get(rest % split.of.len().max(1)).map_or("", |entry| &**entry);
                rest /= split.of.len().max(1);
                entry
            })
            .collect();
        kind.reverse();
        kind
    }

    /// The number of a kind, by its entries; `None` where one of them is not declared.
    #[must_use]
    pub fn number(&self, kind: &[&str]) -> Option<usize> {
        if kind.len() != self.by.len() {
            return None;
        }
        self.by.iter().zip(kind).try_fold(0, |number, (split, entry)| {
            let place = split.of.iter().position(|known| known == entry)?;
            Some(number * split.of.len() + place)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_number_and_every_number_its_kind() {
        let split = |name: &'static str, of: &[&'static str]| SplitDeclaration {
            name: name.into(),
            of: of.iter().map(|entry| Text::Borrowed(entry)).collect(),
        };
        let timing = TimingDeclaration {
            name: "requests".into(),
            by: vec![split("operation", &["query", "mutation"]), split("transport", &["a", "b", "c"])].into(),
            edges: vec![5, 10].into(),
            parts: vec![].into(),
            until: u32::MAX,
            words: "".into(),
        };
        assert_eq!((timing.kinds(), timing.cells()), (6, 18));
        for number in 0..6 {
            assert_eq!(timing.number(&timing.kind(number)), Some(number));
        }
        assert_eq!(timing.kind(4), ["mutation", "b"]);
        assert_eq!((timing.number(&["query"]), timing.number(&["query", "d"])), (None, None));
    }
}
