//! Sets of installations: chunks of 4,096 small numbers, so that unions are words and not rows.
//!
//! Installations of a product are numbered from 1 in the order of their first arrival. The chunk `number >> 12`
//! is part of the key in the store; the value is the chunk's members, as ascending 16-bit numbers while there
//! are fewer than 256 of them and as a bitmap of 512 bytes from there on.

use std::collections::BTreeMap;

/// Numbers in a chunk.
const SIZE: u32 = 4096;
const WORDS: usize = SIZE as usize / 64;

/// The members of one chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SetChunk([u64; WORDS]);

impl Default for SetChunk {
    fn default() -> Self {
        Self([0; WORDS])
    }
}

/// Where a number is kept: the chunk, and its place in it.
#[must_use]
pub(crate) const fn place_of(number: u32) -> (u32, u16) {
    (number / SIZE, (number % SIZE) as u16)
}

/// The first and the last number that a chunk may have.
#[must_use]
pub(crate) const fn numbers_of(chunk: u32) -> (u32, u32) {
    (chunk.saturating_mul(SIZE), chunk.saturating_mul(SIZE).saturating_add(SIZE - 1))
}

impl SetChunk {
    /// Adds the member at this place.
    pub(crate) fn insert(&mut self, place: u16) {
        self.0[usize::from(place) / 64 % WORDS] |= 1 << (place % 64);
    }

    /// Takes the member at this place out.
    pub(crate) fn remove(&mut self, place: u16) {
        self.0[usize::from(place) / 64 % WORDS] &= !(1 << (place % 64));
    }

    /// Takes out what is in `gone` too. Returns whether anything was.
    pub(crate) fn subtract(&mut self, gone: &Self) -> bool {
        let mut any = false;
        for (word, gone) in self.0.iter_mut().zip(&gone.0) {
            any |= *word & gone != 0;
            *word &= !gone;
        }
        any
    }

    /// The first and the last number, where this is the chunk `chunk`.
    pub(crate) fn ends(&self, chunk: u32) -> Option<(u32, u32)> {
        let mut numbers = self.numbers(chunk);
        let first = numbers.next()?;
        Some((first, numbers.last().unwrap_or(first)))
    }

    /// Takes every member out that is not in `other`.
    pub(crate) fn intersect(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word &= other;
        }
    }

    /// Whether the member at this place is in.
    #[must_use]
    pub(crate) fn has(&self, place: u16) -> bool {
        self.0[usize::from(place) / 64 % WORDS] & 1 << (place % 64) != 0
    }

    /// The members, one bit each.
    #[must_use]
    pub(crate) const fn words(&self) -> &[u64; WORDS] {
        &self.0
    }

    /// How many members.
    #[must_use]
    pub(crate) fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Whether there is no member.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The places of the members, ascending.
    pub(crate) fn places(&self) -> impl Iterator<Item = u16> {
        // By their bits: a set of a few is read and written with most batches.
        self.0.iter().zip((0..).step_by(64)).flat_map(|(word, first): (_, u16)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros() as u16;
                (left != 0).then(|| {
                    left &= left - 1;
                    first + bit
                })
            })
        })
    }

    /// The members as numbers, ascending, where this is the chunk `chunk`.
    pub(crate) fn numbers(&self, chunk: u32) -> impl Iterator<Item = u32> {
        self.places().map(move |place| chunk * SIZE + u32::from(place))
    }

    /// The stored form.
    #[must_use]
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        if self.len() < 256 {
            self.places().flat_map(u16::to_le_bytes).collect()
        } else {
            self.0.iter().flat_map(|word| word.to_le_bytes()).collect()
        }
    }

    /// Adds what the stored form holds; places that are none are ignored.
    pub(crate) fn unite_bytes(&mut self, bytes: &[u8]) {
        if bytes.len() == WORDS * 8 {
            for (word, more) in self.0.iter_mut().zip(bytes.as_chunks::<8>().0) {
                *word |= u64::from_le_bytes(*more);
            }
        } else {
            for place in bytes.as_chunks::<2>().0 {
                self.insert(u16::from_le_bytes(*place));
            }
        }
    }

    /// Reads the stored form.
    #[must_use]
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        let mut chunk = Self::default();
        chunk.unite_bytes(bytes);
        chunk
    }
}

/// Installations by chunk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Members(BTreeMap<u32, SetChunk>);

impl Members {
    /// Adds a number.
    pub(crate) fn insert(&mut self, number: u32) {
        let (chunk, place) = place_of(number);
        self.chunk(chunk).insert(place);
    }

    /// Whether a number is in.
    #[must_use]
    pub(crate) fn has(&self, number: u32) -> bool {
        let (chunk, place) = place_of(number);
        self.get(chunk).is_some_and(|members| members.has(place))
    }

    /// The members of a chunk, to change them.
    pub(crate) fn chunk(&mut self, chunk: u32) -> &mut SetChunk {
        self.0.entry(chunk).or_default()
    }

    /// The members of a chunk, if it has any.
    #[must_use]
    pub(crate) fn get(&self, chunk: u32) -> Option<&SetChunk> {
        self.0.get(&chunk)
    }

    /// Takes out what is in `gone` too.
    pub(crate) fn subtract(&mut self, gone: &Self) {
        for (chunk, members) in &mut self.0 {
            if let Some(gone) = gone.get(*chunk) {
                members.subtract(gone);
            }
        }
        self.0.retain(|_, members| !members.is_empty());
    }

    /// The chunks with members, ascending, from this one on.
    pub(crate) fn from(&self, first: u32) -> impl Iterator<Item = (u32, &SetChunk)> {
        self.0.range(first..).map(|(chunk, members)| (*chunk, members))
    }

    /// The members, ascending.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.0.iter().flat_map(|(chunk, members)| members.numbers(*chunk))
    }

    /// How many members.
    #[must_use]
    pub(crate) fn len(&self) -> u64 {
        self.0.values().map(|members| u64::from(members.len())).sum()
    }
}

impl FromIterator<(u32, SetChunk)> for Members {
    fn from_iter<I: IntoIterator<Item = (u32, SetChunk)>>(chunks: I) -> Self {
        Self(chunks.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_chunk_reads_what_it_writes(places in prop::collection::btree_set(0u16..4096, 0..900)) {
            let mut chunk = SetChunk::default();
            places.iter().for_each(|place| chunk.insert(*place));
            let bytes = chunk.to_bytes();
            prop_assert!(bytes.len() <= 512);
            prop_assert_eq!(SetChunk::from_bytes(&bytes), chunk);
        }
    }
}
