//! The limits of connections that no configuration sets.

use std::time::Duration;

/// Connections that wait in the kernel to be accepted.
pub(super) const BACKLOG: u32 = 4_096;

/// Most bytes of a request's header. A browser with many filters in the address of the page
/// stays far below.
pub(super) const MAX_HEADER_BYTES: usize = 16 * 1024;

/// Most fields of a request's header. A browser behind proxies stays below.
pub(super) const MAX_HEADER_FIELDS: usize = 64;

/// Most bytes that are read ahead on one connection, which bounds the memory of all of them.
pub(super) const MAX_BUFFER: usize = 32 * 1024;

/// Largest body at any route but that of batches: a manifest.
pub(super) const MAX_BODY: usize = aboveboard_manifest::MAX_MANIFEST_BYTES;

/// Largest body at any route but that of batches that does not count for what its prefix may send in an hour: far more than
/// an erasure, or what an operator asks of the collector, has. The rate of requests bounds how many there are.
pub(super) const MAX_UNCOUNTED_BODY: u64 = 4 * 1024;

/// File descriptors that are kept from connections, for the log, the store and the page.
pub(super) const RESERVED_DESCRIPTORS: u64 = 128;

/// Pause after the system refused a descriptor, in which evicted connections give theirs back.
pub(super) const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// How many connections that have sent no body are evicted at once when there is no permit left: finding them costs a look
/// at all. Of those that have sent a part of one, a quarter as many.
pub(super) const EVICTIONS: usize = 32;

/// Bounds of the time between two sweeps: often enough to keep short deadlines, seldom enough to cost nothing.
pub(super) const MIN_SWEEP_INTERVAL: Duration = Duration::from_millis(10);
pub(super) const MAX_SWEEP_INTERVAL: Duration = Duration::from_millis(250);
