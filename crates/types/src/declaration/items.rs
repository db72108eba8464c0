//! Counts, actions and events.

use super::component::Component;
use super::field::{FieldDeclaration, edge_below};
use super::limits::Limits;
use super::made::made_by_manifest;
use super::text::{List, Text};
use crate::limits::MAX_COUNT;

made_by_manifest! {
    /// A declared count.
    pub struct CountDeclaration {
        /// Its name.
        pub name: Text,
        /// The closed list that splits it; empty for a single number.
        pub by: List<Text>,
        /// The edges that it travels as; empty for exact numbers.
        pub edges: List<u64>,
        /// Why the exact number is recorded although there are edges, in the words that its user can read.
        pub exact_why: Text,
        /// Day (since 1970-01-01) from which it is no longer recorded; `u32::MAX` for never.
        pub until: u32,
        /// What it is and why it is collected, in the words that its user can read.
        pub words: Text,
    }
}

impl CountDeclaration {
    /// What is recorded of a number: the edge at or below it, or the number itself where the manifest says exact, at most
    /// [`MAX_COUNT`].
    #[must_use]
    pub fn recorded(&self, number: u64) -> u64 {
        let number = number.min(MAX_COUNT);
        if self.edges.is_empty() { number } else { edge_below(&self.edges, number) }
    }
}

made_by_manifest! {
    /// A declared action of the console.
    pub struct ActionDeclaration {
        /// Its name on the wire.
        pub name: Text,
        /// The Redux action type it stands for; never leaves the page.
        pub action_type: Text,
    }
}

made_by_manifest! {
    /// A declared event.
    pub struct EventDeclaration {
        /// Its name.
        pub name: Text,
        /// The component that may record it.
        pub component: Component,
        /// Its fields; each may be left out of an event.
        pub fields: List<FieldDeclaration>,
        /// How often, and by how many installations, it is recorded.
        pub limits: Limits,
        /// Day (since 1970-01-01) from which it is no longer recorded; `u32::MAX` for never.
        pub until: u32,
        /// What it is and why it is collected, in the words that its user can read.
        pub words: Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_count_is_recorded_above_the_largest_whatever_edges_it_has() {
        let count = |edges: Vec<u64>| CountDeclaration {
            name: "tables".into(),
            by: vec![].into(),
            edges: edges.into(),
            exact_why: "".into(),
            until: u32::MAX,
            words: "".into(),
        };
        for edges in [vec![], vec![10], vec![10, MAX_COUNT, 2 * MAX_COUNT], vec![2 * MAX_COUNT]] {
            let count = count(edges);
            assert!(count.recorded(u64::MAX) <= MAX_COUNT, "{:?}", count.edges);
            assert_eq!(count.recorded(count.recorded(u64::MAX)), count.recorded(u64::MAX));
        }
        assert_eq!(count(vec![10, 2 * MAX_COUNT]).recorded(2 * MAX_COUNT), 10);
    }
}
