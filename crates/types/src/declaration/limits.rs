//! How often, and by how many installations, an event is recorded.

use std::fmt;

use super::made::made_by_manifest;
use crate::id::Id;

made_by_manifest! {
    /// What bounds the recording of an event. Without a bound each is recorded as it happens.
    #[derive(Copy, Default)]
    pub struct Limits {
        /// Repeats within this time, in seconds, become one event with their number.
        pub fold: Option<u32>,
        /// At most one a day (UTC) and installation; the first counts.
        pub daily: bool,
        /// Only by a part of the installations.
        pub share: Option<SampleRate>,
    }
}

impl Limits {
    /// No bound.
    pub const NONE: Self = Self { fold: None, daily: false, share: None };
}

made_by_manifest! {
    /// A part of all installations: about `part` of every `whole`.
    #[derive(Copy)]
    pub struct SampleRate {
        /// From 1, below `whole`.
        pub part: u16,
        /// From 2 to 1,000.
        pub whole: u16,
    }
}

impl SampleRate {
    /// Whether an installation is among those that record an event of this name. The same installation gives the
    /// same answer for ever, on every machine and at the collector; other events choose other installations.
    #[must_use]
    pub fn has(self, installation: Id, event: &str) -> bool {
        let whole = u64::from(self.whole.max(1));
        spread(installation.bytes(), event.as_bytes()) % whole < u64::from(self.part)
    }
}

impl fmt::Display for SampleRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.whole)
    }
}

/// FNV-1a, then the finalizer of MurmurHash3: ids are random already, so nothing stronger is needed to spread
/// them, and choosing an id gains nothing.
fn spread(id: &[u8; 16], event: &[u8]) -> u64 {
    let byte = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let mut hash = id.iter().chain(event).fold(0xcbf2_9ce4_8422_2325, byte);
    for factor in [0xff51_afd7_ed55_8ccd_u64, 0xc4ce_b9fe_1a85_ec53] {
        hash = (hash ^ hash >> 33).wrapping_mul(factor);
    }
    hash ^ hash >> 33
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> Id {
        let mut bytes = [0; 16];
        bytes[8..].copy_from_slice(&number.to_be_bytes());
        Id::from_custom(bytes)
    }

    #[test]
    fn about_the_declared_part_of_all_installations_records_and_each_for_ever() {
        for (part, whole) in [(1, 10), (1, 2), (3, 100), (999, 1000)] {
            let share = SampleRate { part, whole };
            let chosen = (0..20_000).filter(|number| share.has(id(*number), "page-shown")).count();
            let expected = 20_000.0 * f64::from(part) / f64::from(whole);
            // Five standard deviations of a fair draw.
            let off = (f64::from(u32::try_from(chosen).unwrap()) - expected).abs();
            assert!(
                off <= 5.0 * (expected * (1.0 - f64::from(part) / f64::from(whole))).sqrt(),
                "{share}: {chosen}"
            );
            assert!((0..100).all(|number| share.has(id(number), "x") == share.has(id(number), "x")));
        }
    }
}
