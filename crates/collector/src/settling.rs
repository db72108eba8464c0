//! How far what is safe in the store stands behind what the log holds.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::lock::lock;

/// Most ends of the log that are remembered: eight hours of them. What comes then belongs to the last one, so that the time since
/// the first is never too short.
const MAX_ENDS: usize = 1_000;

/// Where the log ended when, as far as the store was not seen to have all of it.
#[derive(Debug, Default)]
pub(crate) struct Settling(Mutex<Ends>);

#[derive(Debug, Default)]
struct Ends {
    settled: u64,
    ends: VecDeque<(Instant, u64)>,
}

impl Settling {
    /// Notes where the log ends now.
    pub(crate) fn note_end(&self, now: Instant, end: u64) {
        let mut known = lock(&self.0);
        let is_new = known.ends.back().map_or(known.settled, |(_, last)| *last) < end;
        if is_new && known.ends.len() < MAX_ENDS {
            known.ends.push_back((now, end));
        }
    }

    /// Notes up to where the store has the log for good.
    pub(crate) fn note_settled(&self, settled: u64) {
        let mut known = lock(&self.0);
        known.settled = settled.max(known.settled);
        let settled = known.settled;
        known.ends.retain(|(_, end)| *end > settled);
    }

    /// Bytes of a log that ends there which the store was not seen to have for good, and for how long the first of them have waited.
    pub(crate) fn lag(&self, now: Instant, end: u64) -> (u64, Duration) {
        let known = lock(&self.0);
        let since = known.ends.front().map(|(since, _)| now.saturating_duration_since(*since));
        (end.saturating_sub(known.settled), since.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lag_is_as_old_as_the_first_byte_that_waits() {
        let settling = Settling::default();
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        settling.note_settled(100);
        assert_eq!(settling.lag(at(0), 100), (0, Duration::ZERO));
        settling.note_end(at(0), 100);
        settling.note_end(at(1), 250);
        settling.note_end(at(2), 250);
        settling.note_end(at(3), 400);
        assert_eq!(settling.lag(at(11), 500), (400, Duration::from_secs(10)));
        settling.note_settled(249);
        assert_eq!(settling.lag(at(11), 500), (251, Duration::from_secs(10)));
        settling.note_settled(250);
        assert_eq!(settling.lag(at(11), 500), (250, Duration::from_secs(8)));
        settling.note_settled(400);
        assert_eq!(settling.lag(at(11), 400), (0, Duration::ZERO));
        settling.note_settled(20);
        assert_eq!(settling.lag(at(11), 400), (0, Duration::ZERO), "it never goes back");
        for more in 0..2 * MAX_ENDS as u64 {
            settling.note_end(at(20 + more), 401 + more);
        }
        let (bytes, since) = settling.lag(at(5_020), 5_000);
        assert_eq!((bytes, since), (4_600, Duration::from_secs(5_000)));
    }
}
