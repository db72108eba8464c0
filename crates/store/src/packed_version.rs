//! Versions as numbers, for stores to keep and compare.

use aboveboard_types::value::{Channel, Version};

/// A version as a number that sorts like the version.
#[must_use]
pub fn pack_version(version: Version) -> u64 {
    let channel = Channel::ALL.iter().position(|(channel, _)| *channel == version.channel).unwrap_or(0);
    u64::from(version.major) << 40
        | u64::from(version.minor) << 24
        | u64::from(version.patch) << 8
        | channel as u64
}

/// The version that [`pack_version`] packed.
#[must_use]
pub fn unpack_version(packed: u64) -> Version {
    let part = |shift: u32| (packed >> shift & 0xffff) as u16;
    let channel = Channel::ALL.get((packed & 0xff) as usize).map_or(Channel::Other, |(channel, _)| *channel);
    Version { major: part(40), minor: part(24), patch: part(8), channel }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn packed_versions_sort_like_versions(a: [u16; 3], b: [u16; 3], x in 0usize..7, y in 0usize..7) {
            let version = |n: [u16; 3], c: usize| Version { major: n[0], minor: n[1], patch: n[2], channel: Channel::ALL[c].0 };
            let a = version(a, x);
            let b = version(b, y);
            prop_assert_eq!(unpack_version(pack_version(a)), a);
            prop_assert_eq!(pack_version(a).cmp(&pack_version(b)), a.cmp(&b));
        }
    }
}
