//! What the ingest log carries from ingest to the store.

use aboveboard_published::counted;
use aboveboard_types::id::Id;

use super::amendment::Amendment;

/// A place in the ingest log: bytes since the first segment, rising across segments and restarts.
///
/// The position of an entry is where its frame begins; entries *end* where the next frame would begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

/// What one frame of the log holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEntry {
    /// A batch of events.
    Batch(Arrival),
    /// A request to erase the data of an installation.
    Erasure(Erasure),
    /// A request to delete the synthetic data of a product.
    Clearing(Clearing),
    /// A change that an operator asked for.
    Amendment(Amendment),
}

/// A batch as it arrived, without the address it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When it was received: seconds since 1970 UTC by the collector's clock.
    pub received: i64,
    /// Seconds by which the collector's clock was ahead of the sender's at that moment; 0 where the sender did not
    /// state its clock.
    pub skew: i64,
    /// How many of its events ingest refused; they are not in `body`.
    pub refused: u32,
    /// What the *send* value of its installation gives for the list of counted installations; none of a product that publishes
    /// no figures, and of what no installation sent.
    pub counted_value: Option<counted::Value>,
    /// The body of the request, inflated and checked: it reads as a `wire::Batch`, its product and revision were
    /// known, and every event in it is declared. Where events were refused it is the batch without them, and where much
    /// of it was white space between values, without that.
    pub body: Vec<u8>,
}

/// An erasure, by proof of possession or by an operator. It is logged like a batch, so that it takes its place in
/// the order of things and is applied again after a restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Product id.
    pub product: String,
    /// The installation whose data is erased.
    pub installation: Id,
    /// When it was received: seconds since 1970 UTC.
    pub received: i64,
    /// True where an operator asked, false where the installation proved itself by its secret.
    pub by_operator: bool,
}

/// A request to delete what is made up: every installation of a product that only ever sent batches marked synthetic.
/// It leaves no tombstone, so that a history can be made up again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clearing {
    /// Product id.
    pub product: String,
    /// When it was received: seconds since 1970 UTC.
    pub received: i64,
}
