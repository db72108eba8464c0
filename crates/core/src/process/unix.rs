//! Processes by their numbers, with signals and `/proc`.

use std::path::PathBuf;

use aboveboard_files::{Errno, File};
use rustix::process::{Pid, getpid, getppid, test_kill_process};

/// As much of what the system says of a process as holds its state.
const MAX_BYTES: usize = 4096;

/// A process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process(Pid);

impl Process {
    /// This one.
    #[must_use]
    pub fn this() -> Self {
        Self(getpid())
    }

    /// Whether it has not ended. Where the system does not say, it has not.
    pub(super) fn lives(self) -> bool {
        if getppid() == Some(self.0) {
            return true;
        }
        test_kill_process(self.0) != Err(Errno::SRCH) && !self.has_ended()
    }

    /// Whether it has ended and was not waited for.
    fn has_ended(self) -> bool {
        let place = PathBuf::from(format!("/proc/{}/stat", self.0.as_raw_nonzero()));
        let said = File::at(&place).and_then(|file| file.content(MAX_BYTES)).unwrap_or_default();
        // The state stands behind the name, which may hold anything.
        let state = said.iter().rposition(|byte| *byte == b')').and_then(|end| said.get(end + 2));
        matches!(state, Some(b'Z' | b'X'))
    }
}

impl From<&std::process::Child> for Process {
    fn from(child: &std::process::Child) -> Self {
        Self(Pid::from_child(child))
    }
}
