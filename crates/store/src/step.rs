//! The steps to which counts are reduced.

/// The step of 0, 1, 2, 5, 10, 20, 50 … at or below a number, up to 5 × 10¹⁷: numbers as they came would make a
/// cell each.
#[must_use]
pub fn step_below(number: u64) -> i64 {
    let mut step = 0;
    let mut power = 1;
    for _ in 0..18 {
        for digit in [1, 2, 5] {
            if number < digit * power {
                return step;
            }
            step = i64::try_from(digit * power).unwrap_or(i64::MAX);
        }
        power *= 10;
    }
    step
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
    }
}
