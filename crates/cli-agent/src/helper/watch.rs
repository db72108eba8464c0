//! When a process that stays looks whether a delivery is due: with what it records, and no more often than this.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use aboveboard_types::event::Seconds;

/// The time between two looks, or the interval of deliveries where that is less. A look costs a `stat`. A command that is
/// over sooner delivers at its end.
const MAX_PAUSE: Seconds = 60;

/// When to look next.
#[derive(Debug)]
pub(crate) struct Watch {
    next: AtomicU64,
    pause: Seconds,
}

impl Watch {
    /// The looks of a process that begins now and delivers once in `interval`.
    pub(crate) fn begin(now: Seconds, interval: Duration) -> Self {
        let pause = interval.as_secs().clamp(1, MAX_PAUSE);
        Self { next: AtomicU64::new(now + pause), pause }
    }

    /// Whether it is time for a look: of many threads that ask at once, one is told so.
    pub(crate) fn is_time(&self, now: Seconds) -> bool {
        let next = self.next.load(Relaxed);
        // What is further ahead than a pause was set before the clock was.
        let has_come = next <= now || next > now + self.pause;
        has_come && self.next.compare_exchange(next, now + self.pause, Relaxed, Relaxed).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_once_a_pause_whatever_becomes_of_the_clock() {
        let watch = Watch::begin(1_000, Duration::from_secs(86_400));
        assert!(![1_000, 1_059].into_iter().any(|now| watch.is_time(now)));
        assert!(watch.is_time(1_060));
        assert!(![1_060, 1_119].into_iter().any(|now| watch.is_time(now)));
        assert!(watch.is_time(50_000));
        assert!(watch.is_time(7), "the clock was set back");
        assert!(!watch.is_time(8));
        for interval in [0, 1] {
            let watch = Watch::begin(1_000, Duration::from_secs(interval));
            assert!(!watch.is_time(1_000) && watch.is_time(1_001));
        }
    }
}
