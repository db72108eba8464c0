//! The pace of a delivery, and the pause after a failure.

use super::jitter::Jitter;
use super::limits::{DEFAULT_INTERVAL, MIN_PAUSE_PART, PAUSE_PART, SPREAD_PART};

/// How far apart the attempts of a delivery are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pace {
    /// Seconds between two regular rounds; pauses and their spread are parts of it.
    pub every: u64,
    /// True when a person asked for this round. It then skips a pause that an earlier round left, but neither one that
    /// the collector asked for nor one that follows a failure of its own.
    pub on_demand: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self { every: DEFAULT_INTERVAL, on_demand: false }
    }
}

impl Pace {
    /// Rounds every `seconds` seconds.
    #[must_use]
    pub fn every(seconds: u64) -> Self {
        Self { every: seconds, ..Self::default() }
    }

    /// A round that a person asked for.
    #[must_use]
    pub fn on_demand(self) -> Self {
        Self { on_demand: true, ..self }
    }

    /// Over how many seconds the retries of a fleet are spread at least.
    #[must_use]
    pub fn spread(self) -> u64 {
        self.every / SPREAD_PART
    }

    /// The pause after a failure in an outage that has lasted for `lasted` seconds.
    ///
    /// It is drawn from nearly nothing to as long as the outage has lasted, so pauses grow exponentially, the
    /// retries of a fleet spread over the length of the outage, and whatever the dice say, a client is back
    /// after no more than twice the outage (or after one spread, where the outage was shorter).
    pub(crate) fn pause(self, lasted: u64, jitter: &mut Jitter) -> u64 {
        let most = lasted.min(self.every / PAUSE_PART).max(self.least() + self.window());
        jitter.between(self.least(), most)
    }

    fn least(self) -> u64 {
        (self.spread() / MIN_PAUSE_PART).max(1)
    }

    /// The range that retries are drawn from: a little more than the spread, so that even between the first and the
    /// last hundredth of a fleet there is a whole spread.
    pub(crate) fn window(self) -> u64 {
        self.spread() + self.least()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_no_longer_than_the_outage_or_one_spread() {
        let mut jitter = Jitter::seeded(4);
        for lasted in [0, 1, 1_800, 3_600, 10_000, 21_600, 1_000_000, u64::MAX] {
            for _ in 0..500 {
                let pause = Pace::default().pause(lasted, &mut jitter);
                assert!((60..=lasted.clamp(3_720, 21_600)).contains(&pause), "{lasted}: {pause}");
            }
        }
        assert!((1..=2).contains(&Pace::every(0).pause(0, &mut jitter)), "even the fastest period pauses");
    }
}
