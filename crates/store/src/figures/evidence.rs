//! What chance explains: tests of shares and of numbers of installations against those of earlier days.
//!
//! Both are score tests of generalized linear models in which the variance is that of chance times a dispersion (Wedderburn 1974;
//! McCullagh and Nelder 1989, chapters 4, 6 and 9). The dispersion is estimated from earlier days alone, each beside the same
//! weekdays, and never taken for less than one. What it costs to estimate it is paid for by Student's distribution.

use super::interval::{Share, ratio};

/// Degrees of freedom where versions are compared and there are no earlier days: those of four weeks.
const FREEDOM_OF_VERSIONS: f64 = 21.0;

/// By how much days differ beyond chance.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Dispersion {
    /// Pearson's statistic.
    pearson: f64,
    /// Its degrees of freedom.
    freedom: f64,
}

impl Dispersion {
    /// Takes in the shares of days that are alike, such as the Mondays of some weeks.
    pub(super) fn add_shares(&mut self, alike: impl Iterator<Item = Share> + Clone) {
        let alike = alike.filter(|share| share.of > 0);
        let mean = pooled(alike.clone());
        let p = ratio(mean.hits, mean.of);
        let days = alike.clone().count();
        if days < 2 {
            return;
        }
        self.freedom += as_number(days as u64) - 1.0;
        let variance = p * (1.0 - p);
        if variance > 0.0 {
            let deviation = |share: Share| as_number(share.of) * (ratio(share.hits, share.of) - p).powi(2);
            self.pearson += alike.map(deviation).sum::<f64>() / variance;
        }
    }

    /// Takes in the numbers of days that are alike.
    pub(super) fn add_counts(&mut self, alike: impl Iterator<Item = u64> + Clone) {
        let days = as_number(alike.clone().count() as u64);
        let mean = as_number(alike.clone().sum()) / days;
        if days < 2.0 {
            return;
        }
        self.freedom += days - 1.0;
        if mean > 0.0 {
            self.pearson += alike.map(|n| (as_number(n) - mean).powi(2)).sum::<f64>() / mean;
        }
    }

    /// By what the variance of chance is to be multiplied.
    fn factor(self) -> f64 {
        if self.freedom > 0.0 { (self.pearson / self.freedom).max(1.0) } else { 1.0 }
    }

    /// The larger of two, at the degrees of freedom of the first.
    pub(super) fn or_larger(self, other: Self) -> Self {
        Self { pearson: self.factor().max(other.factor()) * self.freedom, ..self }
    }

    /// How likely chance alone brings a share as far above the earlier one as it is, or below it: small where it is no chance.
    pub(super) fn of_shares(self, now: Share, before: Share) -> f64 {
        let p = ratio(now.hits + before.hits, now.of + before.of);
        let weights = 1.0 / as_number(now.of) + 1.0 / as_number(before.of);
        let difference = ratio(now.hits, now.of) - ratio(before.hits, before.of);
        self.tail(difference, p * (1.0 - p) * weights)
    }

    /// The same of two versions, also where it is not known how days differ.
    pub(super) fn of_versions(self, newest: Share, before: Share) -> f64 {
        let known =
            if self.freedom > 0.0 { self } else { Self { pearson: 0.0, freedom: FREEDOM_OF_VERSIONS } };
        known.of_shares(newest, before)
    }

    /// The same of a number beside the mean of `earlier`, so many in all on `days` days or weeks.
    pub(super) fn of_counts(self, now: u64, earlier: u64, days: u64) -> f64 {
        let days = as_number(days);
        let mean = as_number(now + earlier) / (days + 1.0);
        self.tail(as_number(now) - as_number(earlier) / days, mean * (1.0 + 1.0 / days))
    }

    fn tail(self, difference: f64, variance: f64) -> f64 {
        if variance > 0.0 && self.freedom > 0.0 {
            student(difference.abs() / (self.factor() * variance).sqrt(), self.freedom)
        } else {
            1.0
        }
    }
}

/// The means of some days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Means {
    /// How many days.
    pub days: u64,
    /// Their mean.
    pub mean: f64,
    /// The ends of its interval at 95 %; none of fewer than two days.
    pub interval: Option<(f64, f64)>,
    /// The variance of the mean.
    variance: f64,
}

/// Student's deviate that is exceeded in either direction with 5 %, by degrees of freedom from 1 on.
const STUDENT_95: [f64; 27] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052,
];

impl Means {
    pub(super) fn of(days: &[f64]) -> Self {
        let n = as_number(days.len() as u64);
        let mean = days.iter().sum::<f64>() / n.max(1.0);
        let squares: f64 = days.iter().map(|day| (day - mean).powi(2)).sum();
        let variance = squares / (n - 1.0).max(1.0) / n.max(1.0);
        let half = days.len().checked_sub(2).map(|at| STUDENT_95[at.min(26)] * variance.sqrt());
        let interval = half.map(|half| ((mean - half).max(0.0), mean + half));
        Self { days: days.len() as u64, mean, interval, variance }
    }

    /// How likely chance alone makes the means of two lots of days differ so, in the direction they do (Welch 1947).
    pub(super) fn probability(self, other: Self) -> f64 {
        let variance = self.variance + other.variance;
        if self.days < 2 || other.days < 2 || variance <= 0.0 {
            return 1.0;
        }
        let part = |means: Self| means.variance.powi(2) / (as_number(means.days) - 1.0);
        let freedom = variance.powi(2) / (part(self) + part(other));
        student((self.mean - other.mean).abs() / variance.sqrt(), freedom)
    }
}

/// All of them together.
pub(super) fn pooled(shares: impl Iterator<Item = Share>) -> Share {
    shares.fold(Share::default(), |sum, share| Share { hits: sum.hits + share.hits, of: sum.of + share.of })
}

/// The probability beyond `t` of Student's distribution, through the normal deviate of Wallace (1959), which is off by less than
/// a twentieth of it where it matters here.
fn student(t: f64, freedom: f64) -> f64 {
    let scale = (8.0 * freedom + 1.0) / (8.0 * freedom + 3.0);
    normal(scale * (freedom * (t * t / freedom).ln_1p()).sqrt())
}

/// The probability beyond `z` ≥ 0 of the normal distribution: Abramowitz and Stegun 26.2.17 below 3, the continued fraction 26.2.14
/// from there on.
fn normal(z: f64) -> f64 {
    let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    if z >= 3.0 {
        return density / (1..=20).rev().fold(z, |rest, k| z + f64::from(k) / rest);
    }
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let terms = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    density * terms.iter().rev().fold(0.0, |sum, term| (sum + term) * t)
}

/// A count as a number to calculate with.
#[allow(clippy::cast_precision_loss, reason = "counts beyond 2^53 do not occur")]
pub(super) fn as_number(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_agree_with_published_tables() {
        // Normal: 1.96, 3.0902, 3.7190, 4.7534. Student: 2.080 and 3.527 at 21 degrees, 5.408 at 7.
        for (z, expected) in
            [(0.0, 0.5), (1.959_964, 0.025), (3.090_232, 1e-3), (3.719_016, 1e-4), (4.753_424, 1e-6)]
        {
            assert!((normal(z) / expected - 1.0).abs() < 1e-3, "{z}: {}", normal(z));
        }
        for (t, freedom, expected) in [(2.0796, 21.0, 0.025), (3.5272, 21.0, 1e-3), (5.4079, 7.0, 5e-4)] {
            assert!((student(t, freedom) / expected - 1.0).abs() < 0.05, "{t}: {}", student(t, freedom));
        }
    }

    #[test]
    fn days_that_differ_beyond_chance_prove_less() {
        let share = |hits: u64| Share { hits, of: 100 };
        let probability = |days: [u64; 4]| {
            let mut dispersion = Dispersion::default();
            dispersion.add_shares(days.iter().map(|hits| share(*hits)));
            let before = pooled(days.iter().map(|hits| share(*hits)));
            dispersion.of_shares(share(30), before)
        };
        assert!(probability([10, 10, 10, 10]) < 0.01);
        assert!(probability([0, 20, 0, 20]) > 0.05);
        let mut none = Dispersion::default();
        none.add_counts([7].into_iter());
        assert_eq!(
            none.of_counts(1_000, 7, 1).to_bits(),
            1.0_f64.to_bits(),
            "one day says nothing of how days differ"
        );
    }
}
