//! Ctrl-C, SIGTERM, and the terminal that is closed.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use aboveboard_agent::is_ignored;
use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

/// The number of `SIGHUP`, which is the same everywhere.
const HANGUP: i32 = 1;

/// Whether the demo was asked to end.
#[derive(Clone, Default)]
pub(super) struct StopSignal(Arc<StopRequest>);

#[derive(Default)]
struct StopRequest {
    asked: Mutex<bool>,
    changed: Condvar,
}

/// Listens from now on, on a thread of its own.
pub(super) fn listen() -> anyhow::Result<StopSignal> {
    let stop = StopSignal::default();
    let request = stop.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let (mut interrupt, mut terminate, mut hangup) = {
        let _context = runtime.enter();
        // A demo that was started with `nohup` is meant to go on, and listening would end that.
        let hangup = if is_ignored(HANGUP) { None } else { Some(signal(SignalKind::hangup())?) };
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, hangup)
    };
    let wait = move || {
        runtime.block_on(async {
            let closed = async {
                match &mut hangup {
                    Some(hangup) => hangup.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = closed => {}
            }
        });
        request.ask();
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(wait).context("cannot start a thread")?;
    Ok(stop)
}

impl StopSignal {
    fn ask(&self) {
        *self.0.asked.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.changed.notify_all();
    }

    /// Whether the demo was asked to end.
    pub(super) fn is_asked(&self) -> bool {
        *self.0.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An error once the demo was asked to end.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(!self.is_asked(), "the demo was ended before it was done");
        Ok(())
    }

    /// Returns when the demo is asked to end.
    pub(super) fn wait(&self) {
        let mut asked = self.0.asked.lock().unwrap_or_else(PoisonError::into_inner);
        while !*asked {
            asked = self.0.changed.wait(asked).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hang_up_asks_the_demo_to_end() {
        let stop = listen().unwrap();
        if !is_ignored(HANGUP) {
            let own = rustix::process::getpid();
            rustix::process::kill_process(own, rustix::process::Signal::HUP).unwrap();
            stop.wait();
            assert!(stop.is_asked());
        }
    }
}
