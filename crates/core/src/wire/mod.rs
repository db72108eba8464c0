//! The batch on the wire, apart from the domain types: how it is written, read and checked.
//!
//! A batch is one JSON object: the envelope, `events`, `outcomes`. Its bytes are fixed when it is sealed; what
//! `preview` shows, the sent log keeps and the request carries are the same bytes. The time of sending is a
//! header outside the body ([`SENT_AT`]).

mod encode;
pub use encode::{push_event, push_header, push_outcomes, seal};
pub(crate) use encode::{push_fields, repeats};

#[cfg(feature = "delivery")]
mod batch;
#[cfg(feature = "delivery")]
mod check;
#[cfg(feature = "delivery")]
mod problem;
#[cfg(feature = "delivery")]
mod receipt;
#[cfg(feature = "delivery")]
mod timing;
#[cfg(feature = "delivery")]
pub use self::{
    batch::{Batch, Cells, Entries, Event, Rows, SegmentHeader, Text, Value},
    check::{Malformed, Violation},
    problem::{PROBLEM_TYPE, Problem},
    receipt::{Receipt, Rejection},
};

/// The version of the wire that this crate writes and reads.
pub const WIRE: u32 = 1;

/// Path below the endpoint to which a batch is posted.
pub const BATCH_PATH: &str = "/v1/batch";

/// Path below the endpoint to which an erasure is posted.
pub const ERASE_PATH: &str = "/v1/erase";

/// The header that carries the sender's clock when it sends: whole seconds since 1970 UTC.
pub const SENT_AT: &str = "aboveboard-sent-at";

/// The header that carries the public ingest key.
pub const INGEST_KEY: &str = "aboveboard-key";

/// Most events in a batch. An agent seals below it; the collector refuses above it.
pub const MAX_EVENTS: usize = 1_000;

/// Largest batch in bytes, inflated. The spool's default bound is the same 1 MiB.
pub const MAX_BYTES: usize = 1 << 20;

/// Longest text in a batch in bytes; every declared name is shorter.
pub const MAX_TEXT: usize = 128;

/// The largest number in a batch, 2^53 − 1: what every reader of JSON and every store holds exactly.
pub const MAX_NUMBER: u64 = (1 << 53) - 1;

/// Most entries in one map of counts, cells or fields, and most cells of one timing: the most cells a product may
/// declare.
pub const MAX_ENTRIES: usize = 200;

#[cfg(feature = "delivery")]
#[cfg(test)]
mod tests;
