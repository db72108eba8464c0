//! A set of installations as it is kept in memory for long: what is full as bitmaps, what is thin as numbers.
//!
//! Most sets are of one day, one context and one name, and have few members in each block; as bitmaps alone they would take
//! hundreds of bytes for a member.

use super::installation_set::{BLOCK_BYTES, BLOCK_MEMBERS, Block, InstallationSet, Member};

/// From so many members of a block on, its bitmap takes no more memory than their numbers.
const MANY: usize = BLOCK_BYTES / size_of::<Member>();

/// A set that is put into others and never changed.
#[derive(Clone, Debug, Default)]
pub struct PackedSet {
    /// The blocks with many members, ascending.
    full: Box<[(u32, Box<Block>)]>,
    /// The members of the others, ascending.
    thin: Box<[Member]>,
}

impl PackedSet {
    /// Adds all members to another set.
    pub fn add_to(&self, set: &mut InstallationSet) {
        for (number, block) in &self.full {
            set.unite_block(*number, block);
        }
        for member in &self.thin {
            set.insert(*member);
        }
    }

    /// Every member, in no order.
    pub fn members(&self) -> impl Iterator<Item = Member> {
        let full = self.full.iter().flat_map(|(number, block)| {
            (*number * BLOCK_MEMBERS as u32..)
                .zip(bits(block))
                .filter_map(|(number, is_in)| is_in.then_some(Member(number)))
        });
        full.chain(self.thin.iter().copied())
    }

    /// How much memory it takes besides its own size.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.full.len() * (size_of::<(u32, Box<Block>)>() + BLOCK_BYTES) + size_of_val(&*self.thin)
    }
}

fn bits(block: &Block) -> impl Iterator<Item = bool> {
    block.iter().flat_map(|word| (0..u64::BITS).map(move |bit| word >> bit & 1 == 1))
}

impl FromIterator<Member> for PackedSet {
    fn from_iter<M: IntoIterator<Item = Member>>(members: M) -> Self {
        let mut numbers: Vec<u32> = members.into_iter().map(|member| member.0).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut full = Vec::new();
        let mut thin = Vec::new();
        let block_of = |number: &u32| number / BLOCK_MEMBERS as u32;
        for block in numbers.chunk_by(|a, b| block_of(a) == block_of(b)) {
            if block.len() < MANY {
                thin.extend(block.iter().copied().map(Member));
            } else {
                let mut bitmap = Box::new([0; BLOCK_BYTES / size_of::<u64>()]);
                for number in block {
                    let place = *number as usize % BLOCK_MEMBERS;
                    bitmap[place / 64] |= 1 << (place % 64);
                }
                full.push((block_of(&block[0]), bitmap));
            }
        }
        Self { full: full.into(), thin: thin.into() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn packed_and_unpacked_a_set_is_the_same(
            thin in prop::collection::vec(0_u32..20_000, 0..300),
            full in prop::collection::vec(0_u32..400, 0..600),
            others in prop::collection::vec(0_u32..20_000, 0..20),
        ) {
            let expected: BTreeSet<u32> = thin.iter().chain(&full).copied().collect();
            let packed: PackedSet = thin.iter().chain(&full).copied().map(Member).collect();
            let found: Vec<u32> = packed.members().map(|member| member.0).collect();
            prop_assert_eq!(found.len(), expected.len(), "each is given once");
            prop_assert_eq!(&found.into_iter().collect::<BTreeSet<_>>(), &expected);
            let mut set = InstallationSet::default();
            others.iter().for_each(|number| set.insert(Member(*number)));
            packed.add_to(&mut set);
            let all: BTreeSet<u32> = expected.into_iter().chain(others).collect();
            prop_assert!(set.members().map(|member| member.0).eq(all));
        }
    }

    #[test]
    fn few_members_take_little_memory_and_many_no_more_than_their_bitmap() {
        let bytes = |members: std::ops::Range<u32>| members.map(Member).collect::<PackedSet>().bytes();
        assert_eq!((bytes(0..0), bytes(5_000..5_003)), (0, 12));
        assert!(bytes(0..4_096) < 600 && bytes(0..128) < 600);
    }
}
