//! Where random bytes come from.

use std::io;

use hmac_sha256::Hash;
use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};

/// How many bytes of the system are asked for at once: some twenty draws.
const BLOCK: usize = 1_024;

/// Gives random bytes.
pub trait Randomness {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// Where there are none. What was filled by then must not be used.
    fn fill(&mut self, bytes: &mut [u8]) -> io::Result<()>;
}

impl<R: Randomness + ?Sized> Randomness for &mut R {
    fn fill(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        R::fill(self, bytes)
    }
}

/// The randomness of the system.
#[derive(Debug)]
pub struct SystemRandomness {
    block: [u8; BLOCK],
    /// From here on the block is unused.
    next: usize,
}

impl Default for SystemRandomness {
    fn default() -> Self {
        Self { block: [0; BLOCK], next: BLOCK }
    }
}

impl Randomness for SystemRandomness {
    fn fill(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        for byte in bytes {
            if self.next >= BLOCK {
                of_system(&mut self.block)?;
                self.next = 0;
            }
            // No byte is given twice.
            *byte = self.block.get_mut(self.next).map(std::mem::take).unwrap_or_default();
            self.next += 1;
        }
        Ok(())
    }
}

fn of_system(block: &mut [u8]) -> io::Result<()> {
    let mut rest = block;
    while !rest.is_empty() {
        match getrandom(&mut *rest, GetRandomFlags::empty()) {
            Ok(0) => return Err(io::Error::other("the system gives no random bytes")),
            Ok(got) => rest = rest.get_mut(got..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Bytes that a number determines: SHA-256 of it and of a counter. For simulations and for made-up figures; what it gives
/// protects nobody.
#[derive(Clone, Debug)]
pub struct SeededRandomness {
    seed: u64,
    counter: u64,
    block: [u8; 32],
    next: usize,
}

impl SeededRandomness {
    /// The generator of this seed, at its beginning.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, counter: 0, block: [0; 32], next: 32 }
    }
}

impl Randomness for SeededRandomness {
    fn fill(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        for byte in bytes {
            if self.next >= self.block.len() {
                let mut hash = Hash::new();
                hash.update(self.seed.to_be_bytes());
                hash.update(self.counter.to_be_bytes());
                self.block = hash.finalize();
                self.counter = self.counter.wrapping_add(1);
                self.next = 0;
            }
            *byte = self.block.get(self.next).copied().unwrap_or_default();
            self.next += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_bytes_however_they_are_asked_for_and_another_seed_others() {
        let all = |seed: u64, parts: &[usize]| {
            let mut randomness = SeededRandomness::new(seed);
            let mut bytes = Vec::new();
            for part in parts {
                let mut some = vec![0; *part];
                randomness.fill(&mut some).unwrap();
                bytes.extend(some);
            }
            bytes
        };
        assert_eq!(all(7, &[100]), all(7, &[1, 31, 32, 36]));
        assert_ne!(all(7, &[100]), all(8, &[100]));
    }

    #[test]
    fn the_system_gives_other_bytes_each_time() {
        let mut randomness = SystemRandomness::default();
        let mut first = [0; 600];
        let mut second = [0; 600];
        randomness.fill(&mut first).unwrap();
        randomness.fill(&mut second).unwrap();
        assert_ne!(first, second);
        for window in [&first[..], &second] {
            assert!(window.iter().filter(|byte| **byte == 0).count() < 60, "a block that was used up");
        }
    }
}
