//! The tables of what collectors sent, and of what they tell each other.

use super::table::{Place, RANGES, Table};
use crate::closed::tables::{CELL, MEMBER, RETIRED, ROW, SEEN, STATE, TALLY, TOTAL};

/// Every table of a cluster.
pub(crate) const TABLES: &[Table] =
    &[JOURNAL, ARRIVAL, CELL, TOTAL, MEMBER, TALLY, ROW, STATE, SEEN, RETIRED];

/// What every collector sent of its log: a row a batch. Those of one collector and position are the same batch, however many there are.
pub(crate) const ARRIVAL: Table = Table {
    name: "arrival",
    columns: &[
        ("day", "Date"),
        ("at", "Int64"),
        ("node", "UInt64"),
        ("position", "UInt64"),
        ("block", "UInt64"),
        ("product", "String"),
        ("who", "UInt64"),
        ("key", "FixedString(16)"),
        ("hash", "Int64"),
        ("received", "Int64"),
        ("sequence", "UInt64"),
        ("component", "String"),
        ("version", "String"),
        ("os", "String"),
        ("arch", "String"),
        ("marks", "String"),
        ("sent", "UInt64"),
        ("refused", "UInt64"),
        ("body", "String"),
    ],
    partition: "day",
    order: "(node, block, position)",
    place: Place::Shard,
    granularity: RANGES,
};

/// On so many servers an entry of the journal must be seen.
pub(crate) const JOURNAL_SERVERS: usize = 2;

/// What every collector must know besides: a row an entry.
pub(crate) const JOURNAL: Table = Table {
    name: "journal",
    columns: &[
        ("day", "Date"),
        ("at", "Int64"),
        ("node", "UInt64"),
        ("position", "UInt64"),
        ("number", "UInt64"),
        ("kind", "String"),
        ("product", "String"),
        ("body", "String"),
    ],
    partition: "toYYYYMM(day)",
    order: "(day, node, position, number)",
    place: Place::Cluster,
    granularity: RANGES,
};
