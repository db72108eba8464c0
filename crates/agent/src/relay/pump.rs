//! The loop of a relay: bytes as they come, deadlines, signals, and the end.

use std::os::fd::AsFd as _;
use std::time::{Duration, SystemTime};

use rustix::io::Errno;

use super::conversation::Conversation;
use super::sink::Sink;
use crate::signals::Signals;

/// How many bytes are read at once: as many as a pipe holds by default.
const READ_BYTES: usize = 64 * 1024;

/// How much is still read once this process was asked to end: as much as a pipe can be made to hold.
const MAX_LAST_BYTES: usize = 1024 * 1024;

/// The longest wait. The clock that a deadline is told by may be set, and does not stop while a machine sleeps.
const MAX_WAIT: Duration = Duration::from_secs(3_600);

/// Reads standard input to its end.
pub(super) fn run<S: Sink>(mut conversation: Conversation<S>, signals: &Signals) {
    let stdin = std::io::stdin();
    let mut buffer = vec![0; READ_BYTES];
    let mut left = MAX_LAST_BYTES;
    loop {
        let sink = conversation.sink();
        let wakes_at = sink.wakes_at();
        let is_ending = signals.is_asked_to_end();
        let wait = if is_ending { Duration::ZERO } else { until(wakes_at) };
        let [has_input] = signals.wait([stdin.as_fd()], wait);
        if signals.has_child_changed() || wakes_at.is_some_and(|at| at <= SystemTime::now()) {
            sink.wake();
        }
        if has_input {
            match rustix::io::read(stdin.as_fd(), &mut *buffer) {
                Ok(0) => break,
                Ok(number) => {
                    conversation.feed(&buffer[..number]);
                    left = if is_ending { left.saturating_sub(number) } else { left };
                    if left == 0 {
                        break;
                    }
                }
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(_) => break,
            }
        } else if is_ending {
            // What was in the pipe has been taken.
            break;
        }
    }
    conversation.close();
}

fn until(wakes_at: Option<SystemTime>) -> Duration {
    let Some(at) = wakes_at else { return MAX_WAIT };
    at.duration_since(SystemTime::now()).unwrap_or_default().min(MAX_WAIT)
}
