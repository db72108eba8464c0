//! The clock of the collector.

/// Seconds since 1970 UTC by the system's clock; 0 for a clock set before that.
pub(crate) fn now() -> i64 {
    i64::try_from(aboveboard_types::clock::now()).unwrap_or(i64::MAX)
}
