//! The limits of a batch, each with its reason. An agent seals below them; a collector refuses what is above.

/// The version of the wire: what an agent writes, and what a collector reads.
pub const WIRE: u32 = 1;

/// Most events in a batch: a receipt that rejects each of them still fits into what a sender reads of a reply.
pub const MAX_EVENTS: usize = 1_000;

/// Largest batch in bytes, inflated. The spool's default bound is the same 1 MiB.
pub const MAX_BYTES: usize = 1 << 20;

/// Largest event in bytes. A report with all the counts and timings that a product may declare stays below it.
pub const MAX_EVENT_BYTES: usize = 64 * 1024;

/// The largest number in a batch, 2^53 − 1: what every reader of JSON and every store holds exactly.
pub const MAX_NUMBER: u64 = (1 << 53) - 1;

/// The largest number of a count. A larger one is recorded as this: no server has more objects of one kind, and one that
/// says so must not make up most of a total.
pub const MAX_COUNT: u64 = 1_000_000_000;

/// Most entries in one map of counts, cells or fields, and most cells of one timing: the most cells a product may
/// declare.
pub const MAX_ENTRIES: usize = 200;

/// The latest moment in a batch or its headers, in seconds since 1970 UTC: the end of the year 9999, which no clock
/// means.
pub const MAX_TIME: u64 = 253_402_300_799;
