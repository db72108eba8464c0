//! What all who are not verified may add together.
//!
//! Anybody can make installations up, so a bound of each bounds nothing. Of a sum that a few could swell, those that are not
//! verified add no more in a day than the verified ones did on their fullest day of late: whatever strangers send, they do not
//! outweigh who is known.

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

    /// The same, with a least number only where no verified installation adds anything.
    #[must_use]
    pub fn left_or(&self, alone: u64) -> u64 {
        self.left(if self.verified == 0 { alone } else { 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_add_no_more_than_who_is_verified_and_a_least_number_where_nobody_is() {
        let of = |verified, others| Weight { verified, others };
        assert_eq!([of(0, 0), of(0, 40), of(0, 200)].map(|weight| weight.left_or(100)), [100, 60, 0]);
        assert_eq!([of(5, 0), of(5, 5), of(1_000, 40)].map(|weight| weight.left_or(100)), [5, 0, 960]);
        assert_eq!([of(5, 0), of(5, 5), of(1_000, 40)].map(|weight| weight.left(100)), [100, 95, 960]);
    }
}
