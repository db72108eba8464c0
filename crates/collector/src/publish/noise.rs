//! The discrete Gaussian of an integer variance, exactly, from integers alone: the algorithm of Canonne, Kamath and
//! Steinke (The Discrete Gaussian for Differential Privacy, 2020).
//!
//! No floating-point number takes part, so none can leak by its low bits. The time of a draw depends on its value, and nobody
//! sees it: a publication is drawn by a batch job.

use std::io;

use super::randomness::Randomness;

/// The largest variance: with it, every product below fits 128 bits with room to spare.
pub const MAX_VARIANCE: u64 = 1_000_000_000_000;

/// Most rounds of a loop that ends at each with probability 0.3 or more: one that goes on by chance is less likely than 2⁻¹²⁸.
const MAX_ROUNDS: u32 = 256;

/// Noise for figures.
pub trait Noise {
    /// Draws from the discrete Gaussian around 0 with this variance.
    ///
    /// # Errors
    /// Where there is no randomness, or it cannot be random.
    fn gaussian(&mut self, variance: u64) -> Result<i64, NoiseError>;

    /// Draws a number below `bound`, each as likely as the others; 0 where there is none.
    ///
    /// # Errors
    /// Those of [`gaussian`](Self::gaussian).
    fn below(&mut self, bound: u32) -> Result<u32, NoiseError>;

    /// Draws sixteen bytes.
    ///
    /// # Errors
    /// Those of [`gaussian`](Self::gaussian).
    fn bytes(&mut self) -> Result<[u8; 16], NoiseError>;
}

/// Why nothing is drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoiseError {
    /// There is no randomness.
    #[error("there is no randomness: {0}")]
    Randomness(#[from] io::Error),
    /// What is said to be random cannot be.
    #[error("what the system gives as randomness cannot be random: nothing is drawn from it")]
    NotRandom,
    /// There is no such distribution here.
    #[error("the variance {0} is outside 1 to {MAX_VARIANCE}")]
    Variance(u64),
}

/// Draws exactly from the distributions that it names.
#[derive(Debug)]
pub struct ExactNoise<R>(R);

impl<R: Randomness> ExactNoise<R> {
    /// Draws with these random bytes.
    pub fn new(randomness: R) -> Self {
        Self(randomness)
    }

    /// Below `bound`, which is at least 1.
    fn uniform(&mut self, bound: u128) -> Result<u128, NoiseError> {
        let Some(largest) = bound.checked_sub(1) else { return Ok(0) };
        let bits = u128::BITS - largest.leading_zeros();
        let bytes = usize::try_from(bits.div_ceil(8)).unwrap_or(16).min(16);
        let mask = u128::MAX.checked_shr(largest.leading_zeros()).unwrap_or(0);
        for _ in 0..MAX_ROUNDS {
            let mut drawn = [0; 16];
            self.0.fill(drawn.get_mut(..bytes).unwrap_or_default())?;
            let number = u128::from_le_bytes(drawn) & mask;
            if number < bound {
                return Ok(number);
            }
        }
        Err(NoiseError::NotRandom)
    }

    /// True with probability exp(−`numerator` ÷ `denominator`), for a ratio of at most 1.
    fn exp_of_fraction(&mut self, numerator: u128, denominator: u128) -> Result<bool, NoiseError> {
        for round in 1..=MAX_ROUNDS {
            // True with probability ratio ÷ round. The number of rounds that were is even with the probability wanted.
            let bound = denominator.checked_mul(u128::from(round)).ok_or(NoiseError::NotRandom)?;
            if self.uniform(bound)? >= numerator {
                return Ok(round % 2 == 1);
            }
        }
        Err(NoiseError::NotRandom)
    }

    /// True with probability exp(−`numerator` ÷ `denominator`).
    fn exp(&mut self, numerator: u128, denominator: u128) -> Result<bool, NoiseError> {
        let mut left = numerator;
        while left > denominator {
            if !self.exp_of_fraction(1, 1)? {
                return Ok(false);
            }
            left -= denominator;
        }
        self.exp_of_fraction(left, denominator)
    }

    /// From the discrete Laplace distribution: `n` with a probability in proportion to exp(−|n| ÷ `scale`).
    fn laplace(&mut self, scale: u128) -> Result<i128, NoiseError> {
        for _ in 0..MAX_ROUNDS {
            let low = self.uniform(scale)?;
            if !self.exp_of_fraction(low, scale)? {
                continue;
            }
            let high = self.geometric()?;
            let size = high.checked_mul(scale).and_then(|high| high.checked_add(low));
            let size = size.and_then(|size| i128::try_from(size).ok()).ok_or(NoiseError::NotRandom)?;
            let is_negative = self.uniform(2)? == 1;
            if is_negative && size == 0 {
                continue;
            }
            return Ok(if is_negative { -size } else { size });
        }
        Err(NoiseError::NotRandom)
    }

    /// How often something of probability 1/e happens before it does not.
    fn geometric(&mut self) -> Result<u128, NoiseError> {
        for times in 0..MAX_ROUNDS {
            if !self.exp_of_fraction(1, 1)? {
                return Ok(u128::from(times));
            }
        }
        Err(NoiseError::NotRandom)
    }
}

impl<R: Randomness> Noise for ExactNoise<R> {
    fn gaussian(&mut self, variance: u64) -> Result<i64, NoiseError> {
        if !(1..=MAX_VARIANCE).contains(&variance) {
            return Err(NoiseError::Variance(variance));
        }
        let variance = u128::from(variance);
        let scale = variance.isqrt() + 1;
        let denominator = 2 * variance * scale * scale;
        for _ in 0..MAX_ROUNDS {
            let number = self.laplace(scale)?;
            // (|n| − v ÷ t)² ÷ 2v, as a fraction of integers.
            let distance = number.unsigned_abs().checked_mul(scale).map(|n| n.abs_diff(variance));
            let numerator = distance.and_then(|n| n.checked_mul(n)).ok_or(NoiseError::NotRandom)?;
            if self.exp(numerator, denominator)? {
                return i64::try_from(number).map_err(|_| NoiseError::NotRandom);
            }
        }
        Err(NoiseError::NotRandom)
    }

    fn below(&mut self, bound: u32) -> Result<u32, NoiseError> {
        let number = self.uniform(u128::from(bound.max(1)))?;
        Ok(u32::try_from(number).unwrap_or(0))
    }

    fn bytes(&mut self) -> Result<[u8; 16], NoiseError> {
        let mut bytes = [0; 16];
        self.0.fill(&mut bytes)?;
        Ok(bytes)
    }
}
