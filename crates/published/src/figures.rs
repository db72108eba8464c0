//! What the noise leaves open: intervals of figures, of shares and of differences, which hold in at least 95 of 100 cases.

use crate::epsilon::root_up;
use crate::publication::{Figure, Share};
use crate::ratio::Ratio;

/// 1.96², in ten-thousandths: within 1.96 standard deviations lie 95 of 100 draws.
const WIDTH_SQUARED: u128 = 38_416;

/// A figure with its interval, of a drawn number under noise of a variance.
#[must_use]
pub fn figure(value: i64, variance: Ratio) -> Figure {
    let numerator = u128::from(variance.numerator());
    let denominator = u128::from(variance.denominator());
    let hundredths = root_up((10_000 * numerator).div_ceil(denominator));
    let half = half_width(numerator, denominator);
    Figure {
        value,
        low: value.saturating_sub(half).max(0),
        high: value.saturating_add(half).max(0),
        sd: hundredths_text(hundredths),
    }
}

/// Half of the interval under a variance: 1.96 standard deviations to the nearest whole number. Noise is whole numbers, of which
/// those up to `h` are as likely as all below `h` and ½ of the continuous distribution, so no interval holds less often than it
/// says.
pub(crate) fn half_width(numerator: u128, denominator: u128) -> i64 {
    let square = (4 * WIDTH_SQUARED).saturating_mul(numerator) / denominator.saturating_mul(10_000);
    i64::try_from(square.isqrt().div_ceil(2)).unwrap_or(i64::MAX)
}

/// Whether a figure is shown: not below the threshold, nor below three standard deviations of its own.
#[must_use]
pub fn is_shown(figure: &Figure, threshold: u32) -> bool {
    let at_least = u128::from(threshold) * 100;
    let value = u128::try_from(figure.value).unwrap_or(0).saturating_mul(100);
    hundredths(&figure.sd).is_some_and(|sd| value >= at_least.max(sd.saturating_mul(3)))
}

/// The share of a part, conservative: the low end of the part over the high end of the whole, and the other way round. None
/// where the whole may be nothing.
#[must_use]
pub fn share(part: &Figure, whole: &Figure) -> Option<Share> {
    let quotient = |numerator: i64, denominator: i64| {
        let denominator = u128::try_from(denominator).ok().filter(|denominator| *denominator > 0)?;
        Some((1000 * u128::try_from(numerator.max(0)).ok()?, denominator))
    };
    let (value, of) = quotient(part.value, whole.value)?;
    let (low, of_high) = quotient(part.low, whole.high)?;
    let (high, of_low) = quotient(part.high, whole.low)?;
    Some(Share {
        value: percent((2 * value + of) / (2 * of)),
        low: percent(low / of_high),
        high: percent(high.div_ceil(of_low)),
    })
}

/// How one figure differs from another whose noise is its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The newer less the older.
    pub value: i64,
    /// The true difference is at least this, in 95 of 100 cases.
    pub low: i64,
    /// And at most this.
    pub high: i64,
    /// The standard deviation, rounded up to two decimals.
    pub sd: String,
}

impl Difference {
    /// Whether it says which way the number went: 0 is outside its interval.
    #[must_use]
    pub const fn is_visible(&self) -> bool {
        self.low > 0 || self.high < 0
    }
}

/// The difference of two figures of different publications. None where a standard deviation is no number.
#[must_use]
pub fn difference(newer: &Figure, older: &Figure) -> Option<Difference> {
    let square = |figure: &Figure| hundredths(&figure.sd)?.checked_pow(2);
    // In ten-thousandths.
    let variance = square(newer)?.checked_add(square(older)?)?;
    let half = half_width(variance, 10_000);
    let value = newer.value.saturating_sub(older.value);
    Some(Difference {
        value,
        low: value.saturating_sub(half),
        high: value.saturating_add(half),
        sd: hundredths_text(root_up(variance)),
    })
}

/// A number of two decimals, such as `7.08`, in hundredths.
#[must_use]
pub fn hundredths(text: &str) -> Option<u128> {
    let (whole, decimals) = text.split_once('.')?;
    let number = u128::from(whole.parse::<u64>().ok()?) * 100 + u128::from(decimals.parse::<u8>().ok()?);
    (hundredths_text(number) == text).then_some(number)
}

fn hundredths_text(number: u128) -> String {
    format!("{}.{:02}", number / 100, number % 100)
}

/// Thousandths as a percentage of one decimal, at most all.
fn percent(thousandths: u128) -> String {
    let thousandths = thousandths.min(1000);
    format!("{}.{}", thousandths / 10, thousandths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: i64, variance: u64) -> Figure {
        figure(value, Ratio::whole(variance))
    }

    #[test]
    fn intervals_reach_to_the_nearest_whole_number() {
        // 1.96 · √50 = 13.86, √50 = 7.0711
        let known = Figure { value: 1240, low: 1226, high: 1254, sd: "7.08".into() };
        assert_eq!(of(1240, 50), known);
        assert_eq!(of(5, 50), Figure { value: 5, low: 0, high: 19, sd: "7.08".into() });
        assert_eq!(of(-30, 50), Figure { value: -30, low: 0, high: 0, sd: "7.08".into() });
        // 50/(1 + 1/3) = 37.5: a total made consistent with one partition of three cells.
        let settled = figure(1240, Ratio::new(75, 2).unwrap());
        assert_eq!((settled.low, settled.high, settled.sd.as_str()), (1228, 1252, "6.13"));
        assert_eq!(of(10, 100).sd, "10.00");
        assert_eq!(of(0, u64::MAX).low, 0);
        assert_eq!(figure(i64::MAX, Ratio::whole(u64::MAX)).high, i64::MAX);
    }

    #[test]
    fn a_figure_is_shown_from_the_threshold_and_from_three_deviations_on() {
        assert!(!is_shown(&of(21, 50), 20));
        assert!(is_shown(&of(22, 50), 20));
        assert!(!is_shown(&of(19, 1), 20));
        assert!(is_shown(&of(20, 1), 20));
        assert!(!is_shown(&of(-40, 1), 20));
        assert!(!is_shown(&Figure { sd: "7".into(), ..of(99, 50) }, 20));
    }

    #[test]
    fn shares_are_conservative() {
        let share_of = |part, whole| share(&of(part, 50), &of(whole, 50)).unwrap();
        // 506/1254 = 40.35 %, 520/1240 = 41.94 %, 534/1226 = 43.56 %
        assert_eq!(
            share_of(520, 1240),
            Share { value: "41.9".into(), low: "40.3".into(), high: "43.6".into() }
        );
        assert_eq!(
            share_of(1250, 1240),
            Share { value: "100.0".into(), low: "98.5".into(), high: "100.0".into() }
        );
        assert_eq!(share_of(-5, 1240), Share { value: "0.0".into(), low: "0.0".into(), high: "0.8".into() });
        assert_eq!(share(&of(5, 50), &of(14, 50)), None);
        assert!(share(&of(5, 50), &of(15, 50)).is_some());
    }

    #[test]
    fn a_difference_is_visible_when_the_noise_of_both_cannot_hide_it() {
        let known = difference(&of(1240, 50), &of(1220, 50)).unwrap();
        // √(7.08² + 7.08²) = 10.013, 1.96 times that 19.6
        assert_eq!(known, Difference { value: 20, low: 0, high: 40, sd: "10.02".into() });
        assert!(!known.is_visible());
        assert!(difference(&of(1241, 50), &of(1220, 50)).unwrap().is_visible());
        assert!(difference(&of(1220, 50), &of(1241, 50)).unwrap().is_visible());
        assert_eq!(difference(&Figure { sd: "x".into(), ..of(1, 50) }, &of(1, 50)), None);
        for wrong in ["7", "7.1", "7.081", "07.08", "-7.08", "7.+8", ""] {
            assert_eq!(hundredths(wrong), None, "{wrong}");
        }
    }
}
