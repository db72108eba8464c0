//! Noise that is not as it should be.

use super::crowd::Dice;
use crate::publish::{ExactNoise, Noise, NoiseError, Randomness};

/// Bytes for many trials: good enough for statistics, and fast.
pub(super) struct Fast(Dice);

impl Randomness for Fast {
    fn fill(&mut self, bytes: &mut [u8]) -> std::io::Result<()> {
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&self.0.next().to_le_bytes()[..part.len()]);
        }
        Ok(())
    }
}

/// The noise of a publication.
pub(super) fn exact(seed: u64) -> ExactNoise<Fast> {
    ExactNoise::new(Fast(Dice(seed.wrapping_mul(0x5851_f42d_4c95_7f2d))))
}

/// A quarter of the variance.
pub(super) struct Quartered(pub(super) ExactNoise<Fast>);

impl Noise for Quartered {
    fn gaussian(&mut self, variance: u64) -> Result<i64, NoiseError> {
        self.0.gaussian(variance / 4)
    }

    fn below(&mut self, bound: u32) -> Result<u32, NoiseError> {
        self.0.below(bound)
    }

    fn bytes(&mut self) -> Result<[u8; 16], NoiseError> {
        self.0.bytes()
    }
}

/// None.
pub(super) struct Off;

impl Noise for Off {
    fn gaussian(&mut self, _: u64) -> Result<i64, NoiseError> {
        Ok(0)
    }

    fn below(&mut self, _: u32) -> Result<u32, NoiseError> {
        Ok(0)
    }

    fn bytes(&mut self) -> Result<[u8; 16], NoiseError> {
        Ok([0; 16])
    }
}
