//! The bounds of a spool, each with its reason.

/// A segment of this many bytes takes no more lines. With the shortest event at 53 bytes a line, and what
/// concurrent writers may add beyond, a sealed batch stays below the 1,000 events and 1 MiB that the wire allows.
pub(super) const MAX_SEGMENT_BYTES: u64 = 48 * 1024;

/// How many segments of one header may be open at once: a writer that finds one locked takes the next.
pub(super) const MAX_SEGMENTS: u32 = 8;

/// All of the spool together, in bytes; the oldest goes first.
pub(super) const MAX_SPOOL_BYTES: u64 = 1 << 20;

/// How long anything waits, in seconds; the collector places nothing that is older.
pub(super) const MAX_AGE: u64 = 14 * 86_400;

/// The largest file that is read, in bytes. Nothing that this crate writes comes near; a foreign file must not fill
/// the memory of a host.
pub(super) const MAX_READ_BYTES: usize = 4 << 20;

/// The file of counted drops takes no more lines beyond this many bytes: some 500 drops that no batch has reported.
pub(super) const MAX_OUTCOMES_BYTES: u64 = 16 * 1024;

/// The largest slot of a running command that is written to again, in bytes; no opening line comes near.
pub(super) const MAX_SLOT_BYTES: usize = 1024;

/// How many orphaned runs are held open at once: each takes a file descriptor of the host.
pub(super) const MAX_ORPHANS_AT_ONCE: usize = 64;

/// How many acknowledged batches are kept for their user to read.
pub(super) const MAX_SENT: usize = 20;

/// How many bytes of acknowledged batches are kept.
pub(super) const MAX_SENT_BYTES: u64 = 1 << 20;

/// How many rejected batches are kept for their user to read.
pub(super) const MAX_REJECTED: usize = 4;

/// What the envelope and the closing of a batch take at most, beside its events, in bytes.
pub(super) const MAX_ENVELOPE_BYTES: usize = 4096;

/// A claim that is older than this, in seconds, belongs to a process that is gone: a delivery ends within ten.
pub(super) const STALE_CLAIM: u64 = 60;

/// How long a passing file is left to a process that may still be writing it, in seconds.
pub(super) const ABANDONED: u64 = 3600;

/// How often a segment is looked for again after it was sealed between opening and locking it.
pub(super) const MAX_APPEND_ATTEMPTS: u32 = 4;

/// How often another run id is tried where a sealer took the file for an orphan while it was being made.
pub(super) const MAX_RUN_ATTEMPTS: u32 = 3;
