//! Arithmetic on published figures: what follows from several of them, and how words round.

use aboveboard_published::figures;
use aboveboard_published::publication::Figure;
use aboveboard_published::ratio::Ratio;

/// A number of installations that follows from published ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Derived {
    pub(super) value: i64,
    /// In 95 of 100 cases the true number is at least this. It may be below 0.
    pub(super) low: i64,
    /// And at most this.
    pub(super) high: i64,
}

impl Derived {
    /// The number and how far it is off, without the sign.
    pub(super) fn size(self) -> Self {
        if self.value < 0 { Self { value: -self.value, low: -self.high, high: -self.low } } else { self }
    }
}

/// `first` less all of `others`, each with noise of its own.
pub(super) fn less(first: &Figure, others: &[&Figure]) -> Derived {
    let square = |figure: &Figure| figures::hundredths(&figure.sd).unwrap_or(0).pow(2);
    let variance: u128 = square(first) + others.iter().map(|figure| square(figure)).sum::<u128>();
    let value = others.iter().fold(first.value, |rest, figure| rest.saturating_sub(figure.value));
    let half = half_width(variance.div_ceil(10_000));
    Derived { value, low: value.saturating_sub(half), high: value.saturating_add(half) }
}

fn half_width(variance: u128) -> i64 {
    let variance = Ratio::whole(u64::try_from(variance).unwrap_or(u64::MAX));
    figures::figure(0, variance).high
}

/// How far the noise of a variance may take a figure in 95 of 100 cases.
pub(super) fn half_width_of(variance: u64) -> i64 {
    half_width(u128::from(variance))
}

/// What a cell with noise of this variance is at least, if it is shown.
pub(super) fn threshold(variance: u64, least: u32) -> i64 {
    let sd = figures::hundredths(&figures::figure(0, Ratio::whole(variance)).sd).unwrap_or(0);
    i64::try_from((3 * sd).div_ceil(100)).unwrap_or(i64::MAX).max(i64::from(least))
}

/// How far a figure may be off.
pub(super) fn half_width_of_figure(figure: &Figure) -> i64 {
    figure.high.saturating_sub(figure.value).max(0)
}

/// Rounded to what the noise lets be seen: to the largest power of ten that is not above the half-width.
pub(super) fn rounded(value: i64, half_width: i64) -> i64 {
    let mut unit = 1_i64;
    while unit.saturating_mul(10) <= half_width {
        unit *= 10;
    }
    value.max(0).saturating_add(unit / 2) / unit * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(value: i64) -> Figure {
        figures::figure(value, Ratio::whole(50))
    }

    #[test]
    fn what_follows_from_several_figures_has_the_noise_of_all() {
        let gone = less(&figure(1_000), &[&figure(200), &figure(700)]);
        // 1.96 · √150 = 24.01
        assert_eq!(gone, Derived { value: 100, low: 76, high: 124 });
        let fewer = Derived { value: -30, low: -50, high: -10 };
        assert_eq!(fewer.size(), Derived { value: 30, low: 10, high: 50 });
    }

    #[test]
    fn numbers_are_rounded_to_the_noise() {
        assert_eq!([rounded(1_238, 14), rounded(1_238, 9), rounded(1_238, 134)], [1_240, 1_238, 1_200]);
        assert_eq!([rounded(-3, 14), rounded(4, 14), rounded(5, 14)], [0, 0, 10]);
        assert_eq!([half_width_of(50), half_width_of(100)], [14, 20]);
        assert_eq!([threshold(25, 20), threshold(50, 20), threshold(190, 20)], [20, 22, 42]);
    }
}
