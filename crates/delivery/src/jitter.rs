//! Randomness for pauses. It protects a collector from a fleet in step; nothing secret hangs on it.

use std::hash::{BuildHasher, RandomState};

/// A small generator (SplitMix64), seeded by the caller so that simulations repeat.
#[derive(Clone, Debug)]
pub struct Jitter(u64);

impl Jitter {
    /// A generator with this seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator that differs from run to run, by the random keys that std takes from the system.
    #[must_use]
    pub fn of_this_run() -> Self {
        Self(RandomState::new().hash_one(std::process::id()))
    }

    /// A number from `least` to `most`, both included and equally likely; `least` if the range is empty.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        let span = u128::from(most.saturating_sub(least)) + 1;
        let drawn = (u128::from(self.draw()) * span) >> 64;
        least.saturating_add(u64::try_from(drawn).unwrap_or(0))
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_in_its_range_and_reaches_both_ends() {
        let mut jitter = Jitter::seeded(7);
        let drawn: Vec<_> = (0..200).map(|_| jitter.between(3, 6)).collect();
        assert!((3..=6).all(|number| drawn.contains(&number)) && drawn.iter().all(|n| (3..=6).contains(n)));
        assert_eq!(jitter.between(9, 2), 9);
        assert!(jitter.between(0, u64::MAX) != jitter.between(0, u64::MAX));
    }
}
