//! The limits of the log that no configuration sets.

use std::time::Duration;

/// Bytes that wait for a disk. A request that waits may be gone, and with it its reservation of the memory for bodies, so
/// that on a disk that hangs these bytes need a bound of their own.
pub(super) const MAX_QUEUED: u64 = 64 << 20;

/// Bytes of the writer's buffer that are kept between groups: enough for common groups, so that a rare large one does
/// not hold its memory for ever.
pub(super) const MAX_KEPT: usize = 4 << 20;

/// Bytes of entries after which a chunk ends, so that the memory of a reader does not grow with the backlog.
pub(super) const MAX_CHUNK: usize = 4 << 20;

/// How long an answer of the file system about its free space is good: the question is a system call, and is asked for
/// each request.
pub(super) const MAX_SPACE_AGE: Duration = Duration::from_millis(250);

/// Inodes below which there may be none for the next segment and the store's own files.
pub(super) const MIN_INODES: u64 = 16;

/// How often a log that could not write or sync tries whether it can again, while nobody sends anything.
pub(super) const PROBE_INTERVAL: Duration = Duration::from_secs(1);

/// How long a disk may take for one group before the collector says that it is not ready.
pub(super) const MAX_WRITE: Duration = Duration::from_secs(10);
