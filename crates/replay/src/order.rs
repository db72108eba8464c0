//! The one order of what several logs say.

use aboveboard_store::calendar::{Day, day_of};
use aboveboard_store::entry::Position;

/// A collector of a cluster: a random number that is made with its data directory, and made anew when that is restored, so that no
/// node and position ever stand for two entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u64);

/// The place of an entry among those of all logs. No two entries have the same one, and an entry keeps its own for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Order {
    /// Seconds since 1970 UTC. Within one log it never falls: it is the time of receipt, or that of the entry before, or the
    /// beginning of the first day that is not closed, whichever is latest. It says nothing of when something happened.
    pub at: i64,
    /// The collector whose log has the entry.
    pub node: NodeId,
    /// Where in that log.
    pub position: Position,
}

impl Order {
    /// The day of the order. Days are closed one after the other.
    #[must_use]
    pub fn day(self) -> Day {
        day_of(self.at)
    }
}
