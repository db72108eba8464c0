//! All limits of this crate, each with its reason.

use std::time::Duration;

/// The time that [`Handle::shutdown`](crate::Handle::shutdown) waits in all: hosts are promised a second.
pub(crate) const MAX_SHUTDOWN_TIME: Duration = Duration::from_secs(1);

/// How much of it a request that is under way gets to finish; the rest is for writing down what became of it.
pub(crate) const MAX_LAST_REQUEST_TIME: Duration = Duration::from_millis(700);

/// The time that the host's state store may take for one answer. What it has not done by then is tried again later.
pub(crate) const MAX_STATE_STORE_TIME: Duration = Duration::from_secs(5);

/// How often a change in the state store is tried where other servers change the same text at the same moment. Each
/// failed attempt is another server's success, and few servers start at once.
pub(crate) const MAX_STATE_STORE_ATTEMPTS: usize = 4;

/// Seconds after which a state store that did not answer is asked again.
pub(crate) const STATE_STORE_RETRY: u64 = 60;

/// Addresses of one name that are tried: more than any host of a collector has.
pub(crate) const MAX_ADDRESSES: usize = 16;
