//! Shares, and how sure they are.

/// The Wilson score interval at 95 %: the shares that are compatible with `hits` of `of`. With none observed it
/// is everything, 0 to 1.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "counts beyond 2^53 do not occur, and a share needs no more")]
pub fn wilson(hits: u64, of: u64) -> (f64, f64) {
    if of == 0 {
        return (0.0, 1.0);
    }
    const Z: f64 = 1.959_964;
    let n = of as f64;
    let share = hits.min(of) as f64 / n;
    let scale = 1.0 + Z * Z / n;
    let middle = (share + Z * Z / (2.0 * n)) / scale;
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt() / scale;
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

/// `hits` of `of`, 0 where there is nothing.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "counts beyond 2^53 do not occur")]
pub fn ratio(hits: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { hits as f64 / of as f64 }
}

/// Some of several installations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Those it is about.
    pub hits: u64,
    /// All.
    pub of: u64,
}

impl Share {
    /// The shares that are compatible with it at 95 % (Wilson), each installation being one, whatever it does how often.
    #[must_use]
    pub fn interval(self) -> (f64, f64) {
        wilson(self.hits, self.of)
    }

    /// Whether there are as many on both sides, and they are as many more or fewer than by the other share they would be.
    #[allow(clippy::cast_precision_loss, reason = "counts beyond 2^53 do not occur")]
    pub(super) fn differs_by(self, enough: u64, before: Self) -> bool {
        let expected = ratio(before.hits, before.of) * self.of as f64;
        let difference = (self.hits as f64 - expected).abs();
        self.of >= enough && before.of >= enough && difference >= enough as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_agrees_with_published_values() {
        // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        for (hits, of, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let (l, h) = wilson(hits, of);
            assert!((l - low).abs() < 1e-4 && (h - high).abs() < 1e-4, "{hits} of {of}: {l} to {h}");
        }
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }
}
