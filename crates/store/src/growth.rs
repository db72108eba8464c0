//! By how much the sums of a server may grow.
//!
//! A report holds sums since the start of its process, and anybody can send any sum. What bounds it is time: a server
//! cannot have served more than its manifest says that one can, in the time since the reports before it. The collector's own
//! clock tells that time. It is kept as one number for each installation, the time up to which its growth is used up: as
//! much as it grows, so much of the time is spent.

use super::limits::{FIRST_GROWTH, MAX_GROWTH};

/// The time whose growth an installation has not used up at a time of receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrowthAllowance {
    /// Up to when it is used up: seconds since 1970.
    spent_until: i64,
    received: i64,
}

impl GrowthAllowance {
    /// Of an installation whose growth was used up to `spent_until`; none before its first report.
    #[must_use]
    pub fn at(received: i64, spent_until: Option<i64>) -> Self {
        let first = received.saturating_sub(FIRST_GROWTH);
        let oldest = received.saturating_sub(MAX_GROWTH);
        Self { spent_until: spent_until.map_or(first, |until| until.clamp(oldest, received)), received }
    }

    /// The seconds that are left.
    #[must_use]
    pub fn seconds(&self) -> u64 {
        u64::try_from(self.received.saturating_sub(self.spent_until)).unwrap_or(0)
    }

    /// Uses up some of them.
    pub fn spend(&mut self, seconds: u64) {
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        self.spent_until = self.spent_until.saturating_add(seconds);
    }

    /// Up to when growth is used up now.
    #[must_use]
    pub fn spent_until(&self) -> i64 {
        self.spent_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_used_up_once_and_no_more_than_two_weeks_of_it_gather() {
        let mut first = GrowthAllowance::at(1_000_000, None);
        assert_eq!(first.seconds(), 3_600);
        first.spend(600);
        let again = GrowthAllowance::at(1_000_000, Some(first.spent_until()));
        assert_eq!(again.seconds(), 3_000);
        let later = GrowthAllowance::at(1_000_100, Some(first.spent_until()));
        assert_eq!(later.seconds(), 3_100);
        let away = GrowthAllowance::at(9_000_000, Some(first.spent_until()));
        assert_eq!(i64::try_from(away.seconds()), Ok(MAX_GROWTH));
        // A clock that was set back gives nothing, and takes nothing for longer than it was wrong.
        let back = GrowthAllowance::at(500_000, Some(first.spent_until()));
        assert_eq!((back.seconds(), back.spent_until()), (0, 500_000));
        for (received, spent) in [(i64::MIN, Some(i64::MAX)), (i64::MAX, Some(i64::MIN)), (i64::MIN, None)] {
            let mut odd = GrowthAllowance::at(received, spent);
            odd.spend(u64::MAX);
            assert!(odd.spent_until() >= spent.unwrap_or(i64::MIN).min(received));
        }
    }
}
