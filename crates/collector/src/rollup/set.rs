//! Sets of installations: chunks of 4,096 small numbers, so that unions are words and not rows.
//!
//! Installations of a product are numbered from 1 in the order of their first arrival. The chunk `number >> 12`
//! is part of the key in the store; the value is the chunk's members, as ascending 16-bit numbers while there
//! are fewer than 256 of them and as a bitmap of 512 bytes from there on.

/// Numbers in a chunk.
const SIZE: u32 = 4096;
const WORDS: usize = SIZE as usize / 64;

/// The members of one chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk([u64; WORDS]);

impl Default for Chunk {
    fn default() -> Self {
        Self([0; WORDS])
    }
}

/// Where a number is kept: the chunk, and its place in it.
#[must_use]
pub const fn place_of(number: u32) -> (u32, u16) {
    (number / SIZE, (number % SIZE) as u16)
}

impl Chunk {
    /// Adds the member at this place.
    pub fn insert(&mut self, place: u16) {
        self.0[usize::from(place) / 64 % WORDS] |= 1 << (place % 64);
    }

    /// Takes the member at this place out.
    pub fn remove(&mut self, place: u16) {
        self.0[usize::from(place) / 64 % WORDS] &= !(1 << (place % 64));
    }

    /// Whether the member at this place is in.
    #[must_use]
    pub fn has(&self, place: u16) -> bool {
        self.0[usize::from(place) / 64 % WORDS] & 1 << (place % 64) != 0
    }

    /// Adds all members of `other`.
    pub fn unite(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(other.0) {
            *word |= more;
        }
    }

    /// The members that are also in `other`.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        let mut common = self.clone();
        for (word, also) in common.0.iter_mut().zip(other.0) {
            *word &= also;
        }
        common
    }

    /// Takes out all members of `other`.
    pub fn subtract(&mut self, other: &Self) {
        for (word, gone) in self.0.iter_mut().zip(other.0) {
            *word &= !gone;
        }
    }

    /// How many members are in `other` too.
    #[must_use]
    pub fn shared(&self, other: &Self) -> u32 {
        self.0.iter().zip(other.0).map(|(word, also)| (word & also).count_ones()).sum()
    }

    /// How many members.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    /// Whether there is no member.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The places of the members, ascending.
    pub fn places(&self) -> impl Iterator<Item = u16> {
        (0..SIZE as u16).filter(|place| self.has(*place))
    }

    /// The members as numbers, ascending, where this is the chunk `chunk`.
    pub fn numbers(&self, chunk: u32) -> impl Iterator<Item = u32> {
        self.places().map(move |place| chunk * SIZE + u32::from(place))
    }

    /// The stored form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        if self.len() < 256 {
            self.places().flat_map(u16::to_le_bytes).collect()
        } else {
            self.0.iter().flat_map(|word| word.to_le_bytes()).collect()
        }
    }

    /// Adds what the stored form holds; places that are none are ignored.
    pub fn unite_bytes(&mut self, bytes: &[u8]) {
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
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut chunk = Self::default();
        chunk.unite_bytes(bytes);
        chunk
    }
}

/// A whole set: its chunks by number, the empty ones left out.
#[derive(Clone, Debug, Default)]
pub struct Set(Vec<Option<Box<Chunk>>>);

impl Set {
    fn at(&mut self, chunk: u32) -> &mut Chunk {
        let at = chunk as usize;
        if self.0.len() <= at {
            self.0.resize(at + 1, None);
        }
        self.0[at].get_or_insert_default()
    }

    fn chunks(&self) -> impl Iterator<Item = (usize, &Chunk)> {
        self.0.iter().enumerate().filter_map(|(at, chunk)| Some((at, chunk.as_deref()?)))
    }

    fn pairs<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = (usize, &'a Chunk, &'a Chunk)> {
        self.chunks().filter_map(|(at, chunk)| Some((at, chunk, other.0.get(at)?.as_deref()?)))
    }

    /// Adds the stored form of a chunk.
    pub fn unite_bytes(&mut self, chunk: u32, bytes: &[u8]) {
        self.at(chunk).unite_bytes(bytes);
    }

    /// Adds the members of one chunk.
    pub fn unite_chunk(&mut self, chunk: u32, members: &Chunk) {
        self.at(chunk).unite(members);
    }

    /// The chunk of this number, if it was ever filled.
    #[must_use]
    pub fn chunk(&self, chunk: u32) -> Option<&Chunk> {
        self.0.get(chunk as usize)?.as_deref()
    }

    /// Adds all members of `other`.
    pub fn unite(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), None);
        }
        for (mine, more) in self.0.iter_mut().zip(&other.0) {
            match (mine, more) {
                (Some(mine), Some(more)) => mine.unite(more),
                (mine @ None, Some(more)) => *mine = Some(more.clone()),
                (_, None) => {}
            }
        }
    }

    /// Takes out all members of `other`.
    pub fn subtract(&mut self, other: &Self) {
        for (mine, gone) in self.0.iter_mut().zip(&other.0) {
            if let (Some(mine), Some(gone)) = (mine, gone) {
                mine.subtract(gone);
            }
        }
    }

    /// The members that are in `other` too.
    #[must_use]
    pub fn shared(&self, other: &Self) -> Self {
        let mut shared = Self(vec![None; self.0.len().min(other.0.len())]);
        for (at, mine, others) in self.pairs(other) {
            shared.0[at] = Some(Box::new(mine.common(others)));
        }
        shared
    }

    /// Adds one number.
    pub fn insert(&mut self, number: u32) {
        let (chunk, place) = place_of(number);
        self.at(chunk).insert(place);
    }

    /// Whether the number is a member.
    #[must_use]
    pub fn has(&self, number: u32) -> bool {
        let (chunk, place) = place_of(number);
        self.chunk(chunk).is_some_and(|members| members.has(place))
    }

    /// How many members.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.chunks().map(|(_, members)| u64::from(members.len())).sum()
    }

    /// Whether there is no member.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chunks().all(|(_, members)| members.is_empty())
    }

    /// How many members are in `other` too.
    #[must_use]
    pub fn common(&self, other: &Self) -> u64 {
        self.pairs(other).map(|(_, mine, others)| u64::from(mine.shared(others))).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_is_a_set(a in prop::collection::btree_set(0u32..20_000, 0..600), b in prop::collection::btree_set(0u32..20_000, 0..600)) {
            let set = |numbers: &BTreeSet<u32>| {
                let mut set = Set::default();
                numbers.iter().for_each(|number| set.insert(*number));
                set
            };
            let x = set(&a);
            let y = set(&b);
            let mut both = x.clone();
            both.unite(&y);
            prop_assert_eq!(both.len() as usize, a.union(&b).count());
            prop_assert_eq!(x.common(&y) as usize, a.intersection(&b).count());
            prop_assert_eq!(x.shared(&y).len(), x.common(&y));
            let mut less = x.clone();
            less.subtract(&y);
            prop_assert_eq!(less.len() as usize, a.difference(&b).count());
            prop_assert!(a.iter().all(|number| x.has(*number)));
        }

        #[test]
        fn a_chunk_reads_what_it_writes(places in prop::collection::btree_set(0u16..4096, 0..900)) {
            let mut chunk = Chunk::default();
            places.iter().for_each(|place| chunk.insert(*place));
            let bytes = chunk.to_bytes();
            prop_assert!(bytes.len() <= 512);
            prop_assert_eq!(Chunk::from_bytes(&bytes), chunk);
        }
    }
}
