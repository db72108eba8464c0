//! What all who are not verified may add together.
//!
//! Anybody can make installations up, so a bound of each bounds nothing. Unverified installations together may add no more
//! in a day than verified ones did on their busiest day of the last 14. A least number is always left to them: what one
//! honest installation sends must count on the day of a launch, when hardly anybody is verified yet.

use super::calendar::Day;

/// How many days count as late, before the day of receipt.
pub const WEIGHT_DAYS: Day = 14;

/// Sums of one kind, of a product and a day of receipt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// The most that verified installations added on one of the last days.
    pub verified: u64,
    /// What all others have added on this day.
    pub others: u64,
}

impl Weight {
    /// What all others may still add on this day: together as much as the verified ones, or this least number.
    #[must_use]
    pub fn left(&self, least: u64) -> u64 {
        self.verified.max(least).saturating_sub(self.others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_add_no_more_than_who_is_verified_and_always_a_least_number() {
        let of = |verified, others| Weight { verified, others };
        assert_eq!([of(0, 0), of(0, 40), of(0, 200)].map(|weight| weight.left(100)), [100, 60, 0]);
        assert_eq!([of(5, 0), of(5, 5), of(1_000, 40)].map(|weight| weight.left(100)), [100, 95, 960]);
    }
}
