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
    /// The circumstances in which it was recorded, and which coding agent ran the program if one did.
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
    /// A circumstance in which data was recorded.
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
        /// Recorded of a program that a coding agent ran.
        Agent = "agent",
    }
}

crate::spelled! {
    /// A coding agent: a program that runs others on somebody's behalf.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum CodingAgent {
        /// Every other one.
        Other = "other",
        /// Claude Code.
        ClaudeCode = "claude-code",
        /// Codex.
        Codex = "codex",
        /// Cursor.
        Cursor = "cursor",
        /// Gemini CLI.
        GeminiCli = "gemini-cli",
        /// GitHub Copilot.
        Copilot = "copilot",
        /// OpenCode.
        OpenCode = "opencode",
        /// Aider.
        Aider = "aider",
    }
}

crate::spelled! {
    /// Whether the headline figures of a product count what coding agents ran.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum CodingAgents {
        /// Like everything that people ran.
        #[default]
        Counted = "counted",
        /// They do not; it is shown where it is asked for.
        Apart = "apart",
    }
}

/// A set of marks, and with [`Mark::Agent`] which coding agent it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marks(u16);

/// The bits of the marks themselves; those above them say which coding agent.
const MARK_BITS: u16 = (1 << Mark::ALL.len()) - 1;

impl Marks {
    /// This set and `mark`. Which coding agent it was is not known unless [`Marks::with_agent`] says it.
    #[must_use]
    pub const fn with(self, mark: Mark) -> Self {
        Self(self.0 | 1 << mark as u8)
    }

    /// This set and [`Mark::Agent`], of this agent.
    #[must_use]
    pub const fn with_agent(self, agent: CodingAgent) -> Self {
        Self(self.of_any_agent().0 | (agent as u16) << Mark::ALL.len()).with(Mark::Agent)
    }

    /// Whether `mark` is in the set.
    #[must_use]
    pub const fn has(self, mark: Mark) -> bool {
        self.0 & 1 << mark as u8 != 0
    }

    /// The same marks of whatever coding agent: the detail that is let go where there is no room for it.
    #[must_use]
    pub const fn of_any_agent(self) -> Self {
        Self(self.0 & MARK_BITS)
    }

    /// Which coding agent it was, where [`Mark::Agent`] is in the set.
    #[must_use]
    pub fn agent(self) -> Option<CodingAgent> {
        let (agent, _) = CodingAgent::ALL.get(usize::from(self.0 >> Mark::ALL.len()))?;
        self.has(Mark::Agent).then_some(*agent)
    }

    /// The spellings of the marks in the set, in the order of [`Mark::ALL`].
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Mark::ALL.into_iter().filter(move |(mark, _)| self.has(*mark)).map(|(_, name)| name)
    }

    /// The set as bits, one for each of [`Mark::ALL`] from the lowest, and above them the place of the coding agent in
    /// [`CodingAgent::ALL`].
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// The set with these bits; unknown bits are dropped.
    #[must_use]
    pub fn from_bits(bits: u16) -> Self {
        let marks = Self(bits).of_any_agent();
        Self(bits).agent().map_or(marks, |agent| marks.with_agent(agent))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_names_a_coding_agent_just_where_it_has_the_mark() {
        let mut sets = std::collections::BTreeSet::new();
        for bits in 0..=u16::MAX {
            let marks = Marks::from_bits(bits);
            assert_eq!(marks.agent().is_some(), marks.has(Mark::Agent), "{bits}");
            assert_eq!(Marks::from_bits(marks.bits()), marks, "{bits}");
            sets.insert(marks);
        }
        assert_eq!(sets.len(), (1 << (Mark::ALL.len() - 1)) * (CodingAgent::ALL.len() + 1));
        let codex = Marks::default().with(Mark::Ci).with_agent(CodingAgent::Codex);
        assert_eq!(codex.agent(), Some(CodingAgent::Codex));
        assert_eq!(codex.with(Mark::Agent), codex);
        assert_eq!(codex.with_agent(CodingAgent::Aider).agent(), Some(CodingAgent::Aider));
        assert_eq!(codex.of_any_agent().agent(), Some(CodingAgent::Other));
        assert_eq!(Marks::default().with(Mark::Agent).agent(), Some(CodingAgent::Other));
    }
}
