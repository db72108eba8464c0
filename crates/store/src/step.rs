//! The steps to which counts are reduced.

/// The step of 0, 1, 2, 5, 10, 20, 50 … at or below a number, up to 5 × 10¹⁷: numbers as they came would make a
/// cell each.
#[must_use]
pub fn step_below(number: u64) -> i64 {
    steps_to(number).last().and_then(|step| i64::try_from(step).ok()).unwrap_or(0)
}

/// These steps up to a number, ascending.
pub fn steps_to(number: u64) -> impl Iterator<Item = u64> {
    let powers = std::iter::successors(Some(1_u64), |power| power.checked_mul(10)).take(18);
    let steps = powers.flat_map(|power| [power, 2 * power, 5 * power]);
    std::iter::once(0).chain(steps).take_while(move |step| *step <= number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_one_two_five() {
        for (number, step) in
            [(0, 0), (1, 1), (4, 2), (5, 5), (99, 50), (100, 100), (u64::MAX, 500_000_000_000_000_000)]
        {
            assert_eq!(step_below(number), step, "{number}");
        }
        assert_eq!(steps_to(19).collect::<Vec<_>>(), [0, 1, 2, 5, 10]);
    }
}
