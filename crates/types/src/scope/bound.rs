//! Lines that end with a bound, and which of them are within which.

use std::cmp::Ordering;
use std::fmt::Display;

use crate::clock::stamp;

/// What a line allows that ends with a bound.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bound<'l> {
    /// What is bounded.
    pub(super) of: &'l str,
    /// The bound, as a fraction.
    pub(super) value: (u64, u64),
    /// Whether less than the bound is within it, or more.
    within: Ordering,
}

impl<'l> Bound<'l> {
    /// Reads a line. Words of a manifest stand in brackets, so that none is taken for a bound.
    pub(super) fn read(line: &'l str) -> Option<Self> {
        let (of, bound) = line.trim_end_matches('\n').rsplit_once(", ")?;
        let (within, value) = if bound == NO_END {
            (Ordering::Less, Some((u64::MAX, 1)))
        } else if let Some(number) = bound.strip_prefix(UPPER_BOUND) {
            (Ordering::Less, fraction(number))
        } else if let Some(number) = bound.strip_prefix(LOWER_BOUND) {
            (Ordering::Greater, fraction(number))
        } else {
            (Ordering::Less, bound.strip_prefix(UNTIL).and_then(date))
        };
        Some(Self { of, value: value?, within })
    }

    /// Whether all that this allows is within another bound.
    pub(super) fn is_within(&self, known: Option<Self>) -> bool {
        known.is_some_and(|known| {
            let order = cross(self.value, known.value).cmp(&cross(known.value, self.value));
            self.of == known.of && self.within == known.within && (order.is_eq() || order == self.within)
        })
    }
}

const UPPER_BOUND: &str = "at most ";
const LOWER_BOUND: &str = "at least ";
const UNTIL: &str = "until ";
const NO_END: &str = "without an end";

/// A line that also allows less.
pub(super) fn at_most(of: &str, number: impl Display) -> String {
    format!("{of}, {UPPER_BOUND}{number}")
}

/// A line that also allows more.
pub(super) fn at_least(of: &str, number: impl Display) -> String {
    format!("{of}, {LOWER_BOUND}{number}")
}

/// A line that also allows an earlier day, in days since 1970; `u32::MAX` for none.
pub(super) fn until(of: &str, day: u32) -> String {
    if day == u32::MAX {
        return format!("{of}: recorded, {NO_END}");
    }
    let date = stamp(u64::from(day) * 86_400);
    format!("{of}: recorded, {UNTIL}{}", date.split('T').next().unwrap_or_default())
}

fn cross(a: (u64, u64), b: (u64, u64)) -> u128 {
    u128::from(a.0) * u128::from(b.1)
}

fn fraction(text: &str) -> Option<(u64, u64)> {
    let (part, whole) = text.split_once('/').unwrap_or((text, "1"));
    let whole = whole.parse().ok().filter(|whole| *whole > 0)?;
    Some((part.parse().ok()?, whole))
}

/// A date as one number, which grows with it.
fn date(text: &str) -> Option<(u64, u64)> {
    let [year, month, day] = text.split('-').collect::<Vec<_>>().try_into().ok()?;
    Some((format!("{year}{month}{day}").parse().ok()?, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_is_within_a_most_and_more_within_a_least_of_the_same() {
        let is_within = |inner: &str, outer: &str| Bound::read(inner).unwrap().is_within(Bound::read(outer));
        for (inner, outer) in [
            (at_most("a", 19), at_most("a", 20)),
            (at_most("a", "1/3"), at_most("a", "334/1000")),
            (at_least("a", 21), at_least("a", 20)),
            (until("a", 20_000), until("a", 20_001)),
            (until("a", 20_000), until("a", u32::MAX)),
        ] {
            assert!(is_within(&inner, &outer) && is_within(&inner, &inner) && !is_within(&outer, &inner));
            assert!(!is_within(&inner, &outer.replacen('a', "b", 1)), "of something else");
        }
        assert_eq!(until("a", 20_758), "a: recorded, until 2026-11-01");
        assert!(!is_within(&at_most("a", 20), &at_least("a", 20)));
        for words in ["a (b, at most 5)", "a, at most", "a, at most 1/0", "a, until then", "a"] {
            assert_eq!(Bound::read(words), None, "{words}");
        }
    }
}
