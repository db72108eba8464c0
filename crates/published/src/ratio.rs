//! Exact ratios: what privacy loss is counted in, and variances.

use std::cmp::Ordering;
use std::fmt;

/// A ratio of whole numbers, in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    numerator: u64,
    denominator: u64,
}

impl Ratio {
    /// Nothing.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };

    /// The ratio in lowest terms; none over zero.
    #[must_use]
    pub const fn new(numerator: u64, denominator: u64) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        let divisor = common_divisor(numerator as u128, denominator as u128) as u64;
        Some(Self { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// A whole number.
    #[must_use]
    pub const fn whole(number: u64) -> Self {
        Self { numerator: number, denominator: 1 }
    }

    /// Above the line.
    #[must_use]
    pub const fn numerator(self) -> u64 {
        self.numerator
    }

    /// Below the line; never 0.
    #[must_use]
    pub const fn denominator(self) -> u64 {
        self.denominator
    }

    /// The exact sum; none where it has no room in 64 bits.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let ours = u128::from(self.numerator) * u128::from(other.denominator);
        let theirs = u128::from(other.numerator) * u128::from(self.denominator);
        Self::fitting(ours.checked_add(theirs)?, u128::from(self.denominator) * u128::from(other.denominator))
    }

    /// The exact product; none where it has no room in 64 bits.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        let numerator = u128::from(self.numerator) * u128::from(other.numerator);
        Self::fitting(numerator, u128::from(self.denominator) * u128::from(other.denominator))
    }

    fn fitting(numerator: u128, denominator: u128) -> Option<Self> {
        let divisor = common_divisor(numerator, denominator);
        Some(Self {
            numerator: u64::try_from(numerator / divisor).ok()?,
            denominator: u64::try_from(denominator / divisor).ok()?,
        })
    }

    /// Reads what is written: `1/10`, `2`, in lowest terms and without leading zeros.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
        let ratio = Self::new(numerator.parse().ok()?, denominator.parse().ok()?)?;
        (ratio.to_string() == text).then_some(ratio)
    }
}

const fn common_divisor(a: u128, b: u128) -> u128 {
    let mut divisor = a;
    let mut rest = b;
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    divisor
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = u128::from(self.numerator) * u128::from(other.denominator);
        left.cmp(&(u128::from(other.numerator) * u128::from(self.denominator)))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            denominator => write!(f, "{}/{denominator}", self.numerator),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_exact_and_have_one_spelling() {
        let tenth = Ratio::new(1, 10).unwrap();
        let five_tenths = (0..5).fold(Ratio::ZERO, |sum, _| sum.plus(tenth).unwrap());
        assert_eq!(five_tenths.to_string(), "1/2");
        assert_eq!(tenth.times(Ratio::whole(20)).unwrap().to_string(), "2");
        assert!(tenth < Ratio::new(101, 1000).unwrap());
        assert_eq!(Ratio::parse("1/10"), Some(tenth));
        assert_eq!(Ratio::new(1, 0), None);
        for wrong in
            ["", "2/20", "1/0", "01/10", "+1/10", "1/10/1", "1 / 10", "3/1", "-1/10", "99999999999999999999"]
        {
            assert_eq!(Ratio::parse(wrong), None, "{wrong}");
        }
        let crowded = Ratio::new(1, u64::MAX).unwrap();
        assert_eq!(crowded.plus(Ratio::new(1, u64::MAX - 1).unwrap()), None);
    }
}
