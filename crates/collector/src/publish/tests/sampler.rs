//! The sampler against the distribution that it claims, and that this test would notice another one.

use crate::publish::{ExactNoise, Noise, NoiseError, Randomness, SeededRandomness};

/// A bin of the χ² test has at least so many draws expected.
const MIN_EXPECTED: f64 = 10.0;

/// How far off a test may be, in standard deviations: with these fixed seeds it never is, by chance once in a million tests.
const MAX_FIT: f64 = 5.0;
const MAX_MOMENT: f64 = 4.5;

/// Draws, and by how much a wrong variance differs that so many draws must show, in percent.
fn scale() -> (u32, u64) {
    if std::env::var_os("ABOVEBOARD_TORTURE").is_some() { (1_000_000, 2) } else { (20_000, 20) }
}

/// How far draws are from a distribution, in standard deviations of what chance does.
#[derive(Debug)]
struct Fit {
    chi_square: f64,
    mean: f64,
    variance: f64,
}

impl Fit {
    fn is_good(&self) -> bool {
        self.chi_square.abs() <= MAX_FIT && self.mean.abs() <= MAX_MOMENT && self.variance.abs() <= MAX_MOMENT
    }
}

/// Holds draws of one variance against the distribution of another.
fn fit(draws: u32, drawn: u64, claimed: u64, seed: u64) -> Fit {
    let mut noise = ExactNoise::new(SeededRandomness::new(seed));
    let reach = (12.0 * (drawn.max(claimed) as f64).sqrt()).ceil() as i64 + 2;
    let mut seen = vec![0_u64; (2 * reach + 1) as usize];
    for _ in 0..draws {
        let number = noise.gaussian(drawn).unwrap();
        seen[(number.clamp(-reach, reach) + reach) as usize] += 1;
    }
    let weight = |number: i64| (-((number * number) as f64) / (2.0 * claimed as f64)).exp();
    let all: f64 = (-reach..=reach).map(weight).sum();
    let probability = |number: i64| weight(number) / all;
    let moment = |power: i32| (-reach..=reach).map(|n| probability(n) * (n as f64).powi(power)).sum::<f64>();
    let n = f64::from(draws);
    let mut bins = 0.0;
    let mut chi_square = 0.0;
    let mut expected = 0.0;
    let mut observed = 0.0;
    let mut left = n;
    let mut rest = n;
    for number in -reach..=reach {
        expected += n * probability(number);
        observed += seen[(number + reach) as usize] as f64;
        // What is left over must fill a bin as well.
        if expected >= MIN_EXPECTED && left - expected >= MIN_EXPECTED {
            bins += 1.0;
            chi_square += (observed - expected) * (observed - expected) / expected;
            left -= expected;
            rest -= observed;
            expected = 0.0;
            observed = 0.0;
        }
    }
    chi_square += (rest - left) * (rest - left) / left;
    let sum = |power: i32| {
        (-reach..=reach).map(|k| seen[(k + reach) as usize] as f64 * (k as f64).powi(power)).sum::<f64>() / n
    };
    let second = moment(2);
    let fourth = moment(4);
    Fit {
        chi_square: (chi_square - bins) / (2.0_f64 * bins).sqrt(),
        mean: sum(1) / (second / n).sqrt(),
        variance: (sum(2) - second) / ((fourth - second * second) / n).sqrt(),
    }
}

#[test]
fn torture_draws_are_of_the_distribution_that_they_claim() {
    let (draws, _) = scale();
    for variance in [1, 25, 50, 370, 10_000] {
        let fit = fit(draws, variance, variance, 16);
        println!("{{\"test\":\"sampler\",\"variance\":{variance},\"draws\":{draws},\"z\":\"{fit:.2?}\"}}");
        assert!(fit.is_good(), "variance {variance}: {fit:?}");
    }
}

#[test]
fn torture_draws_of_a_variance_that_is_a_little_off_are_noticed() {
    let (draws, percent) = scale();
    for variance in [50, 10_000] {
        for wrong in [variance * (100 - percent) / 100, variance * (100 + percent) / 100] {
            let fit = fit(draws, wrong, variance, 16);
            println!(
                "{{\"test\":\"sampler\",\"variance\":{wrong},\"claimed\":{variance},\"z\":\"{fit:.2?}\"}}"
            );
            assert!(!fit.is_good(), "variance {wrong} for {variance}: {fit:?}");
        }
    }
}

/// Gives the bytes of a list and then none.
struct Listed(Vec<u8>);

impl Randomness for Listed {
    fn fill(&mut self, bytes: &mut [u8]) -> std::io::Result<()> {
        for byte in bytes {
            *byte = self.0.pop().ok_or_else(|| std::io::Error::other("no more"))?;
        }
        Ok(())
    }
}

#[test]
fn fixed_bytes_give_known_draws() {
    let mut noise = ExactNoise::new(SeededRandomness::new(1));
    let drawn: Vec<_> = [1, 2, 25, 50, 370, 10_000, 1_000_000, super::super::MAX_VARIANCE]
        .into_iter()
        .map(|variance| noise.gaussian(variance).unwrap())
        .collect();
    // As another program computes them, which follows the paper and shares no code.
    assert_eq!(drawn, [0, 2, -7, 2, 4, 11, 235, -1_239_735]);
}

#[test]
fn without_randomness_nothing_is_drawn_and_bytes_that_cannot_be_random_do_not_keep_it_busy() {
    let mut empty = ExactNoise::new(Listed(Vec::new()));
    assert!(matches!(empty.gaussian(50), Err(NoiseError::Randomness(_))));
    assert!(matches!(empty.bytes(), Err(NoiseError::Randomness(_))));
    for byte in [0x00, 0x55, 0xAA, 0xFF] {
        for variance in [1, 50, 370] {
            let mut stuck = Listed(vec![byte; 1_000_000]);
            let drawn = ExactNoise::new(&mut stuck).gaussian(variance);
            assert!(!stuck.0.is_empty(), "{byte:02x}, {variance}: {drawn:?}");
        }
    }
    let mut noise = ExactNoise::new(SeededRandomness::new(1));
    for variance in [0, super::super::MAX_VARIANCE + 1, u64::MAX] {
        assert!(matches!(noise.gaussian(variance), Err(NoiseError::Variance(_))));
    }
}

#[test]
fn a_number_below_a_bound_is_each_as_likely() {
    let mut noise = ExactNoise::new(SeededRandomness::new(3));
    let mut seen = [0_u32; 7];
    for _ in 0..7_000 {
        seen[noise.below(7).unwrap() as usize] += 1;
    }
    assert!(seen.iter().all(|times| (880..1_120).contains(times)), "{seen:?}");
    assert_eq!(noise.below(1).unwrap(), 0);
    assert_eq!(noise.below(0).unwrap(), 0);
}
