//! The processes that this one starts: each is waited for, and none is kept from being.
//!
//! A host may wait for all of its children, count them, or never wait at all. So the process that it starts starts the
//! helper and ends, and is waited for at once: the helper is a child of the system's first process.

use std::process::{Child, ExitStatus};
use std::sync::{Mutex, MutexGuard, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

/// How long is waited for a process that starts the helper, which takes a few milliseconds. One that takes longer is waited
/// for when there is something to do again.
const MAX_WAIT: Duration = Duration::from_millis(100);

/// How often is looked whether it has ended.
const STEP: Duration = Duration::from_micros(500);

/// Those that have not been waited for.
static LEFT: Mutex<Vec<Child>> = Mutex::new(Vec::new());

/// Waits for a process that ends at once, and remembers any other. The code of one that has failed.
pub(super) fn watch(mut child: Child) -> Option<u16> {
    reap();
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(None) => {}
            Ok(Some(status)) => return failure(status),
            // Somebody else has waited for it: a handler of the host's, or the system.
            Err(_) => return None,
        }
        if begun.elapsed() >= MAX_WAIT {
            break;
        }
        thread::sleep(STEP);
    }
    if let Some(mut left) = left() {
        left.push(child);
    }
    None
}

fn failure(status: ExitStatus) -> Option<u16> {
    let code = status.code().map_or(u16::MAX, |code| u16::try_from(code).unwrap_or(u16::MAX));
    (!status.success()).then_some(code)
}

/// Waits for those that have ended since.
pub(crate) fn reap() {
    if let Some(mut left) = left() {
        left.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
    }
}

/// Those, unless another thread is at it, or was when this process was forked off: then it is at it for ever.
fn left() -> Option<MutexGuard<'static, Vec<Child>>> {
    match LEFT.try_lock() {
        Ok(left) => Some(left),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn whoever_looks_while_another_is_at_it_goes_on_at_once() {
        let held = left().unwrap();
        let (done, is_done) = mpsc::channel();
        thread::spawn(move || {
            reap();
            done.send(())
        });
        assert_eq!(is_done.recv_timeout(Duration::from_secs(60)), Ok(()));
        drop(held);
    }
}
