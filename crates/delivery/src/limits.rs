//! Every number that bounds a delivery, each with its reason. Tuning is one reviewed diff of this file.

use std::time::Duration;

/// Longest time to a connection, the answer of the resolver and the TLS handshake included.
///
/// A reachable collector answers in a tenth of it from the other side of the world; a black hole must not hold
/// a helper process or a server's shutdown for the minutes that the kernel would wait.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Longest time from the first packet to the last byte of the reply.
///
/// 256 KiB over a 256 kbit/s uplink take eight seconds; a slower client keeps the batch for the next round.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// How much of a reply is read, in bytes.
///
/// A receipt that rejects each of 1,000 events is about 50 KiB. Nothing else in a reply is of interest, so an
/// endless one is cut here.
pub const MAX_REPLY_BYTES: usize = 64 << 10;

/// The longest header of a reply that is read, in bytes; the longest HTTP date has 33.
pub const MAX_HEADER_BYTES: usize = 64;

/// How many requests one spool sends to one endpoint in a minute.
///
/// A full spool of 1 MiB is a handful of batches of up to 256 KiB, so an honest agent never meets this bound; a
/// fault that seals many tiny batches does.
pub const MAX_REQUESTS_PER_MINUTE: u32 = 15;

/// Longest wait that a `Retry-After` can ask for, in seconds (24 h).
///
/// A wrong or hostile value must not silence a fleet for longer than one report of a server.
pub const MAX_RETRY_AFTER: u64 = 24 * 60 * 60;

/// How long an agent rests after a believed `410`, in seconds (a week).
///
/// One request a week is no burden even from a large fleet, and a product that was closed by mistake has its agents back
/// while what they recorded is young enough to be sent.
pub const CLOSED_REST: u64 = 7 * 24 * 60 * 60;

/// The part of the period over which retries are spread, as a divisor: of 24 h, one hour.
///
/// A million clients that fail in the same second come back over an hour, 278 a second, which one collector
/// serves on a fraction of a core.
pub const SPREAD_PART: u64 = 24;

/// The part of the period that a pause reaches at most, as a divisor: of 24 h, six hours.
///
/// A client that is on for a working day then tries at least once in it.
pub const PAUSE_PART: u64 = 4;

/// Shortest pause after a failure, as a part of the spread: of an hour, one minute.
///
/// A connection that was reset is not tried again at once, whatever the dice say.
pub const MIN_PAUSE_PART: u64 = 60;

/// The period where the caller names none, in seconds (24 h).
pub const DEFAULT_INTERVAL: u64 = 24 * 60 * 60;

/// From the first showing of a server's notice until anything is recorded, where the host names no other time: long
/// enough to read a log and act on it.
pub const FIRST_DELAY: Duration = Duration::from_secs(60 * 60);

/// The time that counting may take. A server too busy to count its objects in half a minute has better things to do.
pub const MAX_COUNTING_TIME: Duration = Duration::from_secs(30);

/// How old a server's decision may be before it is made anew: an open console falls silent within this time.
pub const MAX_DECISION_AGE: Duration = Duration::from_secs(1);

/// After so many recorded events of a server a delivery is due although its time has not come, so that a busy console
/// does not outgrow the spool between two reports.
pub const MAX_UNDELIVERED_EVENTS: u64 = 500;

/// After so many bytes that waited unsealed a delivery is due too, since processes beside the agent of a server record for the
/// same installation. As much as these events; the segments of one process hold six times that.
pub const MAX_UNDELIVERED_BYTES: u64 = 64 << 10;
