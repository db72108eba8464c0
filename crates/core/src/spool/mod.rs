//! The spool: where events wait, in files that a person can read.
#![doc = ""]

mod append;
mod frame;
mod outcomes;
mod room;
mod running;

#[cfg(feature = "delivery")]
mod claim;
#[cfg(feature = "delivery")]
mod next;
#[cfg(feature = "delivery")]
mod seal;
#[cfg(feature = "delivery")]
mod segment;

#[cfg(feature = "delivery")]
pub(crate) use self::claim::{Entry, Log, SENT};
pub(crate) use self::{append::Writer, running::Running};
#[cfg(feature = "delivery")]
pub use self::{
    claim::Claimed,
    seal::{Spool, Usage},
};

/// A segment of this many bytes takes no more lines. With the shortest event at 53 bytes a line, and what
/// concurrent writers may add beyond, a sealed batch stays below the 1,000 events and 1 MiB that the wire allows.
pub const SEGMENT_BYTES: u64 = 48 * 1024;

/// How many segments of one header may be open at once: who would have to wait for one takes the next.
pub const SEGMENTS: u32 = 8;

/// The largest event in bytes. A report with all the 200 cells that a product may declare stays below it.
pub const EVENT_BYTES: usize = 32 * 1024;

/// All of the spool together, in bytes; the oldest goes first.
pub const SPOOL_BYTES: u64 = 1 << 20;

/// How long anything waits, in seconds; the collector places nothing that is older.
pub const AGE: u64 = 14 * 86_400;

#[cfg(all(test, feature = "delivery"))]
mod tests;
