//! How much noise there is. These are constants of the program: a maker makes figures sharper by publishing fewer tables.

use aboveboard_store::contributions::{Layout, LayoutGroup};

/// One over the most that an installation loses by a publication, in ρ; the headline has half of it, the details the other.
pub const RHO_DENOMINATOR: u64 = 10;

/// The variance in the headline, of which an installation is in five tables: 5 ÷ (2 · 50) is 1/20.
pub const HEADLINE_VARIANCE: u64 = 50;

/// Below this drawn number of active installations nothing but that is said, and nothing but it was drawn.
pub const SMALL: i64 = 100;

/// No figure below this is shown, nor below three standard deviations.
pub const THRESHOLD: i64 = 20;

/// The name of the group that every publication has.
const HEADLINE: &str = "headline";

/// The variance of the noise in a group of a layout.
///
/// Each component has the loss of the details to itself, since an installation is published under one. What it can add to all
/// the groups that it feeds, Σ c, is drawn with Σ c ÷ (2 v) ≤ 1/20. A group that several components feed has the noise that
/// the widest of them needs.
#[must_use]
pub fn group_variance(layout: &Layout, group: &LayoutGroup) -> u64 {
    if group.name == HEADLINE {
        return HEADLINE_VARIANCE;
    }
    let details = || layout.groups.iter().filter(|other| other.name != HEADLINE);
    let fed = |component| details().filter(move |other| other.components.contains(component));
    let widest =
        group.components.iter().map(|component| fed(component).map(|other| u64::from(other.at_most)).sum());
    widest.max().unwrap_or(0).max(1) * RHO_DENOMINATOR
}

/// No figure of this variance, a ratio, is shown below this.
#[must_use]
pub fn threshold(numerator: u128, denominator: u128) -> i64 {
    // Three standard deviations, rounded up: the least n with n² · denominator ≥ 9 · numerator.
    let square = numerator.saturating_mul(9).div_ceil(denominator.max(1));
    let root = square.isqrt();
    let root = if root * root < square { root + 1 } else { root };
    i64::try_from(root).unwrap_or(i64::MAX).max(THRESHOLD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_is_twenty_or_three_standard_deviations() {
        assert_eq!(threshold(50, 1), 22);
        assert_eq!(threshold(1, 1), 20);
        assert_eq!(threshold(100, 1), 30);
        assert_eq!(threshold(101, 1), 31);
        assert_eq!(threshold(100, 2), 22);
        assert_eq!(threshold(u128::MAX, 1), i64::MAX);
    }
}
