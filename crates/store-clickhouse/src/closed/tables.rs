//! The tables of closed days. Each is on every shard, for the installations of that shard.
//!
//! `day` is the day of the order that was closed, `generation` says which closing of it wrote the row. A row counts where the journal
//! names its generation: what a collector left that was killed while it closed a day, and what was closed again since, is never read.
//! Days are numbers since 1970: `toDate(event_day)`.

use crate::schema::{LOOKUPS, Place, RANGES, Table};

/// How many days of events a partition of sums holds. An insert is one partition, so that it is one part.
pub(super) const SUM_DAYS: i32 = 32;

/// The same of rows and sets: retention deletes a day of them at a time, and the engine rewrites what a partition has.
pub(super) const ROW_DAYS: i32 = 8;

/// How many days of the order a partition holds of what is parted by them.
pub(super) const ORDER_DAYS: i32 = 128;

/// What recorded something, for the select list of a question; [`context`](super::context) reads and writes it.
pub(super) const CONTEXT: &str = "component, version, naming, os, arch, marks";

/// Sums by day of the events; their generation is that of the sums.
pub(crate) const CELL: Table = Table {
    name: "closed_cell",
    columns: &[
        ("product", "String"),
        ("axis", "UInt8"),
        ("event_day", "Int32"),
        ("name", "String"),
        ("detail", "Int64"),
        ("about", "String"),
        ("component", "String"),
        ("version", "UInt64"),
        ("naming", "UInt8"),
        ("os", "String"),
        ("arch", "String"),
        ("marks", "UInt16"),
        ("number", "Int64"),
        ("day", "Int32"),
        ("generation", "UInt64"),
    ],
    partition: "intDiv(event_day, 32)",
    order: "(product, axis, event_day, name, detail, about, component, version, os, arch, marks)",
    place: Place::Shard,
    granularity: RANGES,
};

/// Events that are counted in all, by context; the generation is that of the sums.
pub(crate) const TOTAL: Table = Table {
    name: "closed_total",
    columns: &[
        ("product", "String"),
        ("component", "String"),
        ("version", "UInt64"),
        ("naming", "UInt8"),
        ("os", "String"),
        ("arch", "String"),
        ("marks", "UInt16"),
        ("number", "Int64"),
        ("day", "Int32"),
        ("generation", "UInt64"),
    ],
    partition: "intDiv(day, 128)",
    order: "(product, component, version, os, arch, marks)",
    place: Place::Shard,
    granularity: RANGES,
};

/// Members of sets. `event_day` is the day of the period, which is a day or an hour.
pub(crate) const MEMBER: Table = Table {
    name: "closed_member",
    columns: &[
        ("product", "String"),
        ("axis", "UInt8"),
        ("event_day", "Int32"),
        ("period", "Int32"),
        ("name", "String"),
        ("detail", "Int64"),
        ("component", "String"),
        ("version", "UInt64"),
        ("naming", "UInt8"),
        ("os", "String"),
        ("arch", "String"),
        ("marks", "UInt16"),
        ("who", "UInt64"),
        ("day", "Int32"),
        ("generation", "UInt64"),
    ],
    partition: "intDiv(event_day, 8)",
    order: "(product, axis, event_day, period, name, detail, component, version, os, arch, marks, who)",
    place: Place::Shard,
    granularity: RANGES,
};

/// What is tallied beside cells.
pub(crate) const TALLY: Table = Table {
    name: "closed_tally",
    columns: &[
        ("product", "String"),
        ("kind", "UInt8"),
        ("period", "Int32"),
        ("what", "String"),
        ("component", "String"),
        ("version", "UInt64"),
        ("naming", "UInt8"),
        ("os", "String"),
        ("arch", "String"),
        ("marks", "UInt16"),
        ("is_synthetic", "UInt8"),
        ("number", "Int64"),
        ("day", "Int32"),
        ("generation", "UInt64"),
    ],
    partition: "intDiv(day, 128)",
    order: "(product, kind, period, what, component, version, os, arch, marks)",
    place: Place::Shard,
    granularity: RANGES,
};

/// What counts of a batch and a day.
pub(crate) const ROW: Table = Table {
    name: "closed_row",
    columns: &[
        ("product", "String"),
        ("event_day", "Int32"),
        ("who", "UInt64"),
        ("at", "Int64"),
        ("node", "UInt64"),
        ("position", "UInt64"),
        ("component", "String"),
        ("version", "UInt64"),
        ("naming", "UInt8"),
        ("os", "String"),
        ("arch", "String"),
        ("marks", "UInt16"),
        ("sent_version", "UInt64"),
        ("events", "String"),
        ("day", "Int32"),
        ("generation", "UInt64"),
    ],
    partition: "intDiv(event_day, 8)",
    order: "(product, event_day, who, at, node, position)",
    place: Place::Shard,
    granularity: LOOKUPS,
};

/// What is known of an installation at the end of a day on which something of it came. Its last report stands beside the state too.
pub(crate) const STATE: Table = Table {
    name: "closed_state",
    columns: &[
        ("product", "String"),
        ("who", "UInt64"),
        ("day", "Int32"),
        ("state", "String"),
        ("report", "String"),
        ("generation", "UInt64"),
    ],
    partition: "intDiv(day, 128)",
    order: "(product, who, day)",
    place: Place::Shard,
    granularity: LOOKUPS,
};

/// What is kept of a batch to know it again. The key of the batch is cut into two numbers. A day is a partition, which is dropped whole.
pub(crate) const SEEN: Table = Table {
    name: "closed_seen",
    columns: &[
        ("key_high", "UInt64"),
        ("key_low", "UInt64"),
        ("events_hash", "Int64"),
        ("received", "Int32"),
        ("at", "Int64"),
        ("node", "UInt64"),
        ("position", "UInt64"),
        ("day", "Int32"),
        ("generation", "UInt64"),
    ],
    partition: "day",
    order: "(key_high, key_low)",
    place: Place::Shard,
    granularity: LOOKUPS,
};

/// How many installations were active on days whose sets retention has deleted. Of several numbers the greatest counts: what was
/// counted again after some of the sets had gone is less.
pub(crate) const RETIRED: Table = Table {
    name: "closed_retired",
    columns: &[
        ("product", "String"),
        ("event_day", "Int32"),
        ("component", "String"),
        ("version", "UInt64"),
        ("naming", "UInt8"),
        ("os", "String"),
        ("arch", "String"),
        ("marks", "UInt16"),
        ("number", "UInt64"),
        ("note", "UInt64"),
    ],
    partition: "intDiv(event_day, 128)",
    order: "(product, event_day, component, version, os, arch, marks)",
    place: Place::Shard,
    granularity: RANGES,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_insert_is_cut_as_the_partitions_are() {
        assert_eq!(CELL.partition, format!("intDiv(event_day, {SUM_DAYS})"));
        for table in [MEMBER, ROW] {
            assert_eq!(table.partition, format!("intDiv(event_day, {ROW_DAYS})"));
        }
        for table in [TOTAL, TALLY, STATE] {
            assert_eq!(table.partition, format!("intDiv(day, {ORDER_DAYS})"));
        }
        assert_eq!(SEEN.partition, "day");
        assert_eq!(RETIRED.partition, format!("intDiv(event_day, {ORDER_DAYS})"));
    }
}
