//! What bounds the privacy loss of a publication. None of it is a setting: a maker can only leave tables of details out, which
//! makes the other details sharper.

use crate::publication::Parameters;
use crate::ratio::Ratio;

/// The most that one installation loses by one publication, in ρ of zero-concentrated differential privacy.
pub const RHO: Ratio = ratio(1, 10);

/// The half of it that the headline has.
pub const RHO_HEADLINE: Ratio = ratio(1, 20);

/// How many ones an installation adds to the headline: one in each of its five tables.
pub const MAX_HEADLINE: u32 = 5;

/// The variance of every cell of the headline, so that 5 ones lose 1/20: 5 ÷ (2 · 50).
pub const HEADLINE_VARIANCE: u64 = 50;

/// What a small publication costs: one drawn number of the variance of the headline.
pub const RHO_SMALL: Ratio = ratio(1, 2 * HEADLINE_VARIANCE);

/// A drawn number of active installations below this is all that is said, and is not told.
pub const SMALL: u32 = 100;

/// No figure below this is shown.
pub const THRESHOLD: u32 = 20;

const fn ratio(numerator: u64, denominator: u64) -> Ratio {
    match Ratio::new(numerator, denominator) {
        Some(ratio) => ratio,
        None => Ratio::ZERO,
    }
}

/// As they stand in a publication.
#[must_use]
pub fn parameters() -> Parameters {
    Parameters {
        rho: RHO.to_string(),
        rho_headline: RHO_HEADLINE.to_string(),
        small: SMALL,
        threshold: THRESHOLD,
    }
}

/// What an installation loses by a group: a number of ones under noise of a variance, `at_most ÷ (2 · variance)`.
#[must_use]
pub fn loss(at_most: u32, variance: u64) -> Option<Ratio> {
    Ratio::new(at_most.into(), variance.checked_mul(2)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headline_loses_its_half_and_a_small_publication_a_fifth_of_that() {
        assert_eq!(loss(MAX_HEADLINE, HEADLINE_VARIANCE), Some(RHO_HEADLINE));
        assert_eq!(RHO_HEADLINE.plus(RHO_HEADLINE), Some(RHO));
        assert_eq!(loss(1, HEADLINE_VARIANCE), Some(RHO_SMALL));
        assert_eq!(loss(1, 0), None);
        assert_eq!(loss(1, u64::MAX), None);
    }
}
