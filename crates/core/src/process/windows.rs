//! Processes by their numbers. Windows forks none off.

/// A process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process(u32);

impl Process {
    /// This one.
    #[must_use]
    pub fn this() -> Self {
        Self(std::process::id())
    }

    /// Whether it has not ended. Where the system does not say, it has not: another than this one is never asked for, since only a
    /// process that is forked off finds itself another.
    pub(super) fn lives(self) -> bool {
        true
    }
}

impl From<&std::process::Child> for Process {
    fn from(child: &std::process::Child) -> Self {
        Self(child.id())
    }
}
