//! How many random cases the contract draws.

use proptest::prelude::ProptestConfig;

/// How many random cases the contract draws: a store for which each is slow draws fewer, of every check at least one.
#[derive(Clone, Copy, Debug)]
pub struct Cases {
    one_in: u32,
}

impl Cases {
    /// As many as a store in a file or in memory can do.
    pub const ALL: Self = Self { one_in: 1 };

    /// One in so many of them.
    #[must_use]
    pub const fn one_in(one_in: u32) -> Self {
        Self { one_in }
    }

    /// The configuration of a check of which a fast store draws so many.
    pub(crate) fn config(self, cases: u32) -> ProptestConfig {
        let cases = cases.div_ceil(self.one_in.max(1));
        ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
    }
}
