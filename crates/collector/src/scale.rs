//! How far the scale of a chart reaches.

/// A round number at or above: 1, 2, 5, 10, 20, 50 …, so that charts of neighbouring days keep their scale.
pub(crate) fn nice_above(most: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        for digit in [1, 2, 5] {
            if digit * power >= most {
                return digit * power;
            }
        }
        match power.checked_mul(10).filter(|power| *power <= u64::MAX / 50) {
            Some(next) => power = next,
            None => return most,
        }
    }
}
