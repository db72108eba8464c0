//! What a privacy loss means: as ε at a δ, and as the chance of a guess.
//!
//! Everything is computed in whole numbers and rounded up, so every machine says the same and none says too little.

use crate::ratio::Ratio;

/// Numbers here are multiples of 2⁻⁶⁰.
const BITS: u32 = 60;
const ONE: i128 = 1 << BITS;

/// ln 2, rounded down.
const LN_2: i128 = 799_144_290_325_165_978;

/// Terms of the series of a logarithm. Its argument is at most 1/3, so what is left after them is below 2⁻⁷⁸.
const TERMS: i128 = 24;

/// How far a logarithm here is too low at most: 24 terms of the series, each low by less than 3 and all taken twice, and
/// up to 40 times ln 2, each low by less than 1.
const MAX_ERROR: i128 = 256;

/// Room in the logarithm of 1/δ for what lists of counted installations add to δ: 2⁻¹⁶ serves 2,700 of them at δ = 10⁻⁹.
const OF_LISTS: i128 = ONE >> 16;

/// Orders α of the divergence are 1 + j/256.
const ORDERS: i128 = 256;

/// The largest j: an order of 4,097, which serves a loss down to a millionth.
const MAX_ORDER: i128 = 1 << 20;

/// The least ε, in thousandths and rounded up, such that a loss of `rho` satisfies (ε, 10^−`digits`)-differential privacy by
/// the conversion of Canonne, Kamath and Steinke (*The Discrete Gaussian for Differential Privacy*, corollary 13): for
/// every order α > 1, ε = αρ + ln(1 − 1/α) + (ln(1/δ) − ln α) ÷ (α − 1). None where the loss has no room in the numbers.
#[must_use]
pub fn thousandths(rho: Ratio, digits: u32) -> Option<u64> {
    if rho == Ratio::ZERO {
        return Some(0);
    }
    let rho = ceiling(i128::from(rho.numerator()).checked_mul(ONE)?, rho.denominator().into());
    let log_of_delta = i128::from(digits).checked_mul(ln(10)? + MAX_ERROR)?.checked_add(OF_LISTS)?;
    let mut order = ORDERS;
    let mut best = at_order(rho, log_of_delta, order)?;
    // Every order gives a bound that holds, so the search need not find the best one, only the same one everywhere.
    let mut step = MAX_ORDER / 2;
    while step > 0 {
        let neighbours = [order - step, order + step];
        let orders = neighbours.into_iter().filter(|order| (1..=MAX_ORDER).contains(order));
        let bounds = orders.filter_map(|order| Some((at_order(rho, log_of_delta, order)?, order)));
        match bounds.min() {
            Some((bound, at)) if bound < best => (best, order) = (bound, at),
            _ => step /= 2,
        }
    }
    u64::try_from(ceiling(best.max(0).checked_mul(1000)?, ONE)).ok()
}

/// The bound of one order, rounded up.
fn at_order(rho: i128, log_of_delta: i128, order: i128) -> Option<i128> {
    let ln_above = ln(ORDERS + order)?;
    let by_loss = ceiling(rho.checked_mul(ORDERS + order)?, ORDERS);
    let by_order = ln(order)? + MAX_ERROR - ln_above;
    let ln_alpha = ln_above - (ln(ORDERS)? + MAX_ERROR);
    by_loss.checked_add(by_order)?.checked_add(ceiling((log_of_delta - ln_alpha).checked_mul(ORDERS)?, order))
}

/// ln of a whole number of at most 40 bits, too low by at most [`MAX_ERROR`].
fn ln(number: i128) -> Option<i128> {
    let exponent = number.checked_ilog2().filter(|exponent| *exponent < 40)?;
    let power = 1_i128 << exponent;
    // number = 2^exponent · (1 + z)/(1 − z), and the logarithm of that quotient is 2 (z + z³/3 + z⁵/5 + …).
    let z = ((number - power) << BITS) / (number + power);
    let z_squared = (z * z) >> BITS;
    let mut term = z;
    let mut sum = 0;
    for n in 0..TERMS {
        sum += term / (2 * n + 1);
        term = (term * z_squared) >> BITS;
    }
    Some(i128::from(exponent) * LN_2 + 2 * sum)
}

/// The quotient by a positive number, rounded up.
fn ceiling(dividend: i128, divisor: i128) -> i128 {
    -(-dividend).div_euclid(divisor)
}

/// How many times in 100, at most, who knows all data but those of one installation is right in guessing whether it is among
/// those that were counted: ½ + ½√(ρ/2), rounded up. A coin gets 50.
#[must_use]
pub fn right_of_100(rho: Ratio) -> u32 {
    // 50 + 50√(ρ/2) = 50 + √(1250ρ)
    let square = (1250 * u128::from(rho.numerator())).div_ceil(rho.denominator().into());
    u32::try_from(50 + root_up(square)).unwrap_or(100).min(100)
}

/// The least whole number whose square is not below this one.
pub(crate) fn root_up(square: u128) -> u128 {
    let root = square.isqrt();
    if root * root < square { root + 1 } else { root }
}

/// A number of thousandths as text: `2.142`.
#[must_use]
pub fn text(thousandths: u64) -> String {
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rho(numerator: u64, denominator: u64) -> Ratio {
        Ratio::new(numerator, denominator).unwrap()
    }

    /// One publication, four quarters, twelve months: 2.1419, 2.7155, 4.6044, 5.7282, 8.6369, 10.5553 by a search in Python.
    #[test]
    fn epsilon_is_that_of_the_conversion_rounded_up() {
        let known = [
            (rho(1, 100), 622, 811),
            (rho(1, 10), 2142, 2716),
            (rho(4, 10), 4605, 5729),
            (rho(12, 10), 8637, 10_556),
            (rho(12, 1), 36_405, 42_329),
            (Ratio::ZERO, 0, 0),
        ];
        for (rho, at_6, at_9) in known {
            assert_eq!((thousandths(rho, 6), thousandths(rho, 9)), (Some(at_6), Some(at_9)), "{rho}");
        }
        assert_eq!(text(2142), "2.142");
        assert_eq!(text(10_050), "10.050");
    }

    #[test]
    fn a_guess_is_right_at_most_so_often() {
        for (rho, percent) in
            [(rho(1, 10), 62), (rho(4, 10), 73), (rho(12, 10), 89), (rho(2, 1), 100), (Ratio::ZERO, 50)]
        {
            assert_eq!(right_of_100(rho), percent, "{rho}");
        }
        assert_eq!(right_of_100(Ratio::whole(u64::MAX)), 100);
    }

    proptest! {
        /// The floating-point numbers here are the check, not what is checked.
        #[test]
        fn logarithms_are_low_and_by_less_than_is_said(number in 1_i128..1 << 40) {
            let found = ln(number).unwrap();
            let expected = (number as f64).ln();
            prop_assert!((found as f64 / ONE as f64 - expected).abs() < 1e-13);
            // ln of a square is twice ln, which the series does not know.
            if number < 1 << 19 {
                let difference = ln(number * number).unwrap() - 2 * found;
                prop_assert!(difference.abs() <= MAX_ERROR);
            }
        }

        #[test]
        fn a_larger_loss_is_never_said_to_be_less(n in 0_u64..100_000, more in 1_u64..1000, d in 1_u64..100_000) {
            prop_assert!(thousandths(rho(n, d), 6) <= thousandths(rho(n + more, d), 6));
            prop_assert!(thousandths(rho(n, d), 6) <= thousandths(rho(n, d), 9));
        }

        #[test]
        fn no_loss_makes_it_fail(n: u64, d in 1_u64.., digits in 0_u32..400) {
            let _ = thousandths(rho(n, d), digits);
            prop_assert!((50..=100).contains(&right_of_100(rho(n, d))));
        }
    }
}
