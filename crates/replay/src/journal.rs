//! What every collector of a cluster must know besides batches.

use aboveboard_store::calendar::Day;
use aboveboard_store::read::InstallationKey;
use aboveboard_store::versions::{AdmittedVersion, ReleaseLine};
use aboveboard_types::value::Version;

use crate::order::NodeId;

/// Why an installation goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RemovalKind {
    /// It asked for it: nothing that it sends later is taken in while a retry can come.
    Erasure,
    /// An operator took it out. One that comes again is new.
    Amendment,
    /// It was made up, and is cleared away.
    Clearing,
    /// Retention has passed over its last day. Its counts stay.
    Retirement,
}

/// An entry of the journal of a cluster. Each has its place in the [`Order`](crate::Order); a batch before it feels it, one behind it does not,
/// or the other way round, as each says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalEntry {
    /// What an installation sent before goes.
    Removal {
        /// Product id.
        product: String,
        /// The installation.
        installation: InstallationKey,
        /// Why.
        kind: RemovalKind,
        /// The day of receipt of what asked for it.
        received: Day,
    },
    /// What was noted before of synthetic batches goes.
    Clearing {
        /// Product id.
        product: String,
    },
    /// A version has a name from here on.
    Named {
        /// Product id.
        product: String,
        /// The field it is a value of, `event.field`; none for a version of the product itself.
        field: Option<String>,
        /// The version.
        version: Version,
        /// Since when and why. What an operator named has its name also in what came before.
        admitted: AdmittedVersion,
    },
    /// A version of the product has no name any more, until it gets one again; what came before with it counts as `other`
    /// where `is_erased`, and is not there any more otherwise.
    Unnamed {
        /// Product id.
        product: String,
        /// The version.
        version: Version,
        /// Whether an operator erased the version.
        is_erased: bool,
    },
    /// A release line is named.
    Line {
        /// Product id.
        product: String,
        /// The line.
        line: ReleaseLine,
    },
    /// What goes by a name went from what came before.
    ItemErased {
        /// Product id.
        product: String,
        /// A command, an action, an event, `event.field`, a count, a timing.
        name: String,
    },
    /// How many days data of a product may stay.
    Retention {
        /// Product id.
        product: String,
        /// The days.
        days: Day,
    },
    /// The day of a round of retention.
    RetentionDay(Day),
    /// Retention passed over the days of a product before this one: no event is placed on them any more.
    Retired {
        /// Product id.
        product: String,
        /// The first day that is kept.
        before: Day,
    },
    /// The ids of batches and the tombstones of days of receipt before this one are forgotten.
    IdsForgotten(Day),
    /// What was received is told of on this day.
    ReceiptsForgotten(Day),
    /// A day of the order is closed on a shard: its outcomes are under these generations.
    Closed {
        /// The shard, from 0.
        shard: u32,
        /// The day of the order.
        day: Day,
        /// Of its rows, sets, states and ids.
        generation: u64,
        /// Of its cells and notes; changes when removals are taken out of them.
        sums: u64,
        /// The earliest day of its events.
        first_day: Day,
        /// The removals that its sums already lack, of those that came after the day.
        without: Vec<InstallationKey>,
    },
    /// Closed days up to one hold nothing any more of what was removed, erased by name or cleared away before a time of the order.
    TakenOut {
        /// Seconds since 1970.
        before: i64,
        /// The last of these days.
        days: Day,
        /// The greatest generation that any of them had: of one that is closed anew, this does not hold.
        generation: u64,
    },
    /// How far a collector is. Of several, the latest of each part holds. Both are times in seconds since 1970.
    Mark {
        /// It sends nothing more that stands in the order before this time.
        until: i64,
        /// Every replica that must holds all that it acknowledged before this time; none where it has not said so.
        settled: Option<i64>,
    },
    /// A collector that is gone for good: its mark is not waited for.
    NodeRetired(NodeId),
    /// A document that all collectors keep: a manifest, the operators' tokens.
    Document {
        /// Which: `manifest/PRODUCT/REVISION`.
        name: String,
        /// Its text.
        text: String,
    },
}
