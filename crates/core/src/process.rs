//! What the system says of another process.

use std::path::PathBuf;

use aboveboard_files::File;
use rustix::io::Errno;
use rustix::process::{Pid, getppid, test_kill_process};

/// As much of what the system says of a process as holds its state.
const MAX_BYTES: usize = 4096;

/// Whether this process was forked off from the one that began something, and that lives and sees to the end of it itself.
#[must_use]
pub fn is_of_another(began: Pid) -> bool {
    rustix::process::getpid() != began && lives(began)
}

/// Whether a process has not ended. Where the system does not say, it has not.
fn lives(process: Pid) -> bool {
    if getppid() == Some(process) {
        return true;
    }
    test_kill_process(process) != Err(Errno::SRCH) && !has_ended(process)
}

/// Whether it has ended and was not waited for.
fn has_ended(process: Pid) -> bool {
    let place = PathBuf::from(format!("/proc/{}/stat", process.as_raw_nonzero()));
    let said = File::at(&place).and_then(|file| file.content(MAX_BYTES)).unwrap_or_default();
    // The state stands behind the name, which may hold anything.
    let state = said.iter().rposition(|byte| *byte == b')').and_then(|end| said.get(end + 2));
    matches!(state, Some(b'Z' | b'X'))
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_process_lives_until_it_has_ended_and_not_until_it_is_waited_for() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let process = Pid::from_child(&child);
        assert!(lives(process) && lives(rustix::process::getpid()));
        drop(child.stdin.take());
        // Its end closes the pipe, and is complete a moment later.
        std::io::Read::read_to_end(&mut child.stdout.take().unwrap(), &mut Vec::new()).unwrap();
        while lives(process) {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert!(!lives(process));
    }
}
