//! How many posts a bridge takes: one bucket for all pages, so nothing about any of them is kept.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::limits::{MAX_POSTS_AT_ONCE, MAX_POSTS_PER_SECOND};

/// How many posts may still be taken.
pub(crate) struct Rate(Mutex<Bucket>);

/// What is left, and when it was last filled.
struct Bucket {
    left: f64,
    filled: Instant,
}

impl Rate {
    /// A full bucket.
    pub(crate) fn new(now: Instant) -> Self {
        Self(Mutex::new(Bucket { left: MAX_POSTS_AT_ONCE, filled: now }))
    }

    /// Takes one post out of the bucket, if there is one.
    pub(crate) fn take(&self, now: Instant) -> bool {
        let mut bucket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = now.saturating_duration_since(bucket.filled).as_secs_f64();
        bucket.left = (bucket.left + since * MAX_POSTS_PER_SECOND).min(MAX_POSTS_AT_ONCE);
        bucket.filled = now.max(bucket.filled);
        let taken = bucket.left >= 1.0;
        if taken {
            bucket.left -= 1.0;
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_burst_is_taken_then_the_steady_rate() {
        let start = Instant::now();
        let rate = Rate::new(start);
        let taken = (0..100).filter(|_| rate.take(start)).count();
        assert_eq!(taken, 50);
        let later = start + Duration::from_millis(500);
        assert_eq!((0..100).filter(|_| rate.take(later)).count(), 5);
    }
}
