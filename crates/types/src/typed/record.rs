//! What the typed counts and events of a product implement.

use crate::event::{Event, Report, Seconds};

/// The typed counts of a product: every declared count is a field, so none can be forgotten.
pub trait Counts {
    /// The counts as a report, in the order of the declaration.
    fn report(self) -> Report<'static>;
}

/// A typed event of a product.
pub trait Record {
    /// The event as it is recorded: numbers become the edges at or below them, sets stand in declared order.
    fn event(self, time: Seconds) -> Event<'static>;
}

/// The edge at or below a time: what a duration field records of it, in milliseconds.
#[must_use]
pub fn edge_of(edges: &[u64], time: std::time::Duration) -> u64 {
    crate::declaration::edge_below(edges, u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_known_by_the_edge_below() {
        let edges = [1_000, 5_000];
        for (millis, edge) in [(0, 0), (999, 0), (1_000, 1_000), (4_999, 1_000), (u64::MAX, 5_000)] {
            assert_eq!(edge_of(&edges, std::time::Duration::from_millis(millis)), edge);
        }
    }
}
