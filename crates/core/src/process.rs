//! What the system says of another process.

#[cfg_attr(unix, path = "process/unix.rs")]
#[cfg_attr(windows, path = "process/windows.rs")]
mod system;

pub use self::system::Process;

/// Whether this process was forked off from the one that began something, and that lives and sees to the end of it itself.
#[must_use]
pub fn is_of_another(began: Process) -> bool {
    Process::this() != began && began.lives()
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_process_lives_until_it_has_ended_and_not_until_it_is_waited_for() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let process = Process::from(&child);
        assert!(process.lives() && Process::this().lives());
        drop(child.stdin.take());
        // Its end closes the pipe, and is complete a moment later.
        std::io::Read::read_to_end(&mut child.stdout.take().unwrap(), &mut Vec::new()).unwrap();
        while process.lives() {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert!(!process.lives());
    }
}
