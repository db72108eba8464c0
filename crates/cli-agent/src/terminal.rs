//! Whether a person is there, and one line from them within a time limit.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use aboveboard_core::environment::Environment;
use aboveboard_types::printable::is_printable;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Longest line that is read as an answer, in bytes: the longest answer has four.
const MAX_LINE_BYTES: usize = 64;

/// Whether a person can read a question on stderr and answer it on stdin: both are terminals, this does not run in
/// continuous integration, and the terminal is ours right now (a job in the background would be stopped by the attempt
/// to read).
pub(crate) fn has_person(environment: &Environment) -> bool {
    let stdin = std::io::stdin();
    stdin.is_terminal()
        && std::io::stderr().is_terminal()
        && !environment.is_ci()
        && rustix::termios::tcgetpgrp(&stdin).is_ok_and(|group| group == rustix::process::getpgrp())
}

/// Whether something was typed before the question. It was meant for something else.
pub(crate) fn has_input() -> bool {
    wait_for_input(Duration::ZERO)
}

/// The next line from the terminal, without its end. `None` after the time limit, at the end of input, when a
/// signal arrives, and for a line that is too long to be an answer.
pub(crate) fn read_line(limit: Duration) -> Option<String> {
    let deadline = Instant::now() + limit;
    let mut line = Vec::new();
    loop {
        let left = deadline.checked_duration_since(Instant::now())?;
        if !wait_for_input(left) {
            return None;
        }
        let mut chunk = [0; MAX_LINE_BYTES];
        // The buffer of std may hold what the host read ahead; the terminal hands out one line at a time.
        let read = rustix::io::read(std::io::stdin(), &mut chunk).ok()?;
        if read == 0 {
            return None;
        }
        line.extend_from_slice(&chunk[..read]);
        if let Some(end) = line.iter().position(|byte| *byte == b'\n') {
            line.truncate(end);
            return String::from_utf8(line).ok();
        }
        if line.len() > MAX_LINE_BYTES {
            return None;
        }
    }
}

/// Whether something can be read within the limit.
fn wait_for_input(limit: Duration) -> bool {
    let stdin = std::io::stdin();
    let deadline = Instant::now() + limit;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let Ok(left) = Timespec::try_from(left) else { return false };
        match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&left)) {
            Ok(ready) => return ready > 0,
            // A stop and continue (Ctrl-Z, fg) is no answer; the limit goes on.
            Err(Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

/// A text without what a terminal would obey; line ends stay.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|character| *character == '\n' || is_printable(*character)).collect()
}
