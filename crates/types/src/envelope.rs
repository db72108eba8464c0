//! What a batch says of its sender: closed lists and ids, nothing else.

use crate::declaration::Component;
use crate::id::Id;
use crate::value::Version;

/// What the machine and the build say of themselves; constant for a segment of the spool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The recording component.
    pub component: Component,
    /// The product's own version.
    pub version: Version,
    /// One of [`OPERATING_SYSTEMS`].
    pub os: &'static str,
    /// One of [`ARCHITECTURES`].
    pub arch: &'static str,
    /// What keeps the data out of headline figures, and why.
    pub marks: Marks,
}

/// The operating systems that are distinguished; every other one is `other`.
pub const OPERATING_SYSTEMS: [&str; 9] =
    ["linux", "macos", "windows", "freebsd", "netbsd", "openbsd", "android", "ios", "other"];

/// The architectures that are distinguished; every other one is `other`.
pub const ARCHITECTURES: [&str; 10] =
    ["x86_64", "aarch64", "x86", "arm", "riscv64", "powerpc64", "s390x", "loongarch64", "wasm32", "other"];

/// The entry of a closed list that equals `name`.
#[must_use]
pub fn known(list: &[&'static str], name: &str) -> Option<&'static str> {
    list.iter().copied().find(|known| *known == name)
}

crate::spelled! {
    /// A circumstance that keeps data out of headline figures.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum Mark {
        /// Recorded under continuous integration.
        Ci = "ci",
        /// Recorded in a container.
        Container = "container",
        /// Recorded by a build that is no release.
        Dev = "dev",
        /// Recorded by a test.
        Test = "test",
        /// The id does not outlive this start: no durable place for it.
        Unstable = "unstable",
        /// Made up by a generator.
        Synthetic = "synthetic",
    }
}

/// A set of marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marks(u8);

impl Marks {
    /// This set and `mark`.
    #[must_use]
    pub const fn with(self, mark: Mark) -> Self {
        Self(self.0 | 1 << mark as u8)
    }

    /// Whether `mark` is in the set.
    #[must_use]
    pub const fn has(self, mark: Mark) -> bool {
        self.0 & 1 << mark as u8 != 0
    }

    /// The spellings of the marks in the set, in the order of [`Mark::ALL`].
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Mark::ALL.into_iter().filter(move |(mark, _)| self.has(*mark)).map(|(_, name)| name)
    }

    /// The set as bits, one for each of [`Mark::ALL`] from the lowest.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The set with these bits; unknown bits are dropped.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 0b11_1111)
    }
}

/// The envelope of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Revision of the manifest under which the events were recorded.
    pub revision: u32,
    /// The batch's own id, fixed when it was sealed.
    pub batch: Id,
    /// The installation; derived from a secret that stays there.
    pub installation: Id,
    /// What the segment said of machine and build.
    pub header: Header,
    /// How many batches this installation sealed before this one; repeats show cloned disks.
    pub sequence: u64,
}
