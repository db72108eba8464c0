//! The limits of the route for batches that no configuration sets.

use std::time::Duration;

/// Largest body of a batch as sent: gzip never makes one larger than it may be inflated.
pub(crate) const MAX_BATCH_BODY: usize = aboveboard_types::limits::MAX_BYTES;

/// Time that a slow start is forgiven before the minimum rate of a body counts.
pub(super) const SLOW_START: Duration = Duration::from_secs(2);

/// Inflated bytes for each one sent, beyond which a body is a bomb.
pub(super) const MAX_INFLATION: usize = 100;

/// Inflated bytes up to which the inflation is not looked at: agents seal no larger batch, and one event a thousand times
/// over is small when packed.
pub(super) const MIN_CHECKED_INFLATION: usize = 256 * 1024;

/// White space is taken out of a body where it is more than one byte in so many. Agents write none, so that less costs
/// the log next to nothing.
pub(super) const MAX_PADDING_DIVISOR: usize = 8;

/// Life of the rate limiter's secret, and of all that is known under it: the longest that anything about an address is
/// held.
pub(super) const MAX_PREFIX_AGE: Duration = Duration::from_secs(3_600);

/// Most address prefixes distinguished; above it, new ones share the bucket of all. About 10 MB.
pub(super) const MAX_PREFIXES: usize = 100_000;

/// Least time between two looks at all prefixes for those that need not be remembered.
pub(super) const PREFIX_SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// Bytes below which a prefix may be forgotten before its hour is over, where others need the room: a hundredth of what it may
/// send by default.
pub(super) const MAX_FORGOTTEN_BYTES: u64 = 128 * 1024;

/// What a request costs that takes one token of its prefix, in bytes inflated and checked. Agents rarely send more, so they pay one token a batch; a batch that costs more pays for it.
pub(super) const COST_OF_A_TOKEN: u64 = 16 * 1024;

/// The part of the memory for bodies that one address prefix may hold: half of the connections of a proxy that forwards for
/// everybody find room in it, and three greedy prefixes leave some for others.
pub(super) const MAX_SHARE_DIVISOR: u64 = 4;

/// Largest body, inflated, that is checked on the listener's thread: to wake another thread and be woken by it costs as much
/// as checking some twenty events. Larger ones are checked by the workers.
pub(super) const MAX_INLINE_BYTES: usize = 16 * 1024;

/// Most threads that check: more would only wait for the one that writes the log.
pub(super) const MAX_WORKERS: usize = 8;

/// Most batches that wait for a worker, a second's work for one.
pub(super) const MAX_WAITING: usize = 256;

/// Most batches of one prefix that wait for a worker. Their senders come again.
pub(super) const MAX_WAITING_OF_A_PREFIX: usize = 16;

/// Bytes that may be kept for each one that counts as sent. Gzip makes a batch short that says a little about many things on
/// many days, and each of them may have a line of its own in the store: such a batch counts for more than its length.
pub(super) const MAX_KEPT: u64 = 10;

/// How many times the median of the days before a product may receive in a day.
pub(super) const MAX_GROWTH: u64 = 4;

/// The days of that median: two weeks, so that each weekday counts twice.
pub(super) const MEDIAN_DAYS: usize = 14;

/// The part of what a product may still receive today that a prefix may have sent in this hour: with 2 GiB a day it begins to
/// matter when half of them is gone, and then for those that have sent 16 MiB.
pub(super) const SHARE_OF_THE_REST: u64 = 64;

/// Largest file of received bytes that is read: a thousand products.
pub(super) const MAX_RECEIVED_FILE: usize = 1 << 20;
