//! Ctrl-C, SIGTERM, and the terminal that is closed.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

/// Whether the demo was asked to end.
#[derive(Clone, Default)]
pub(super) struct Stop(Arc<Inner>);

#[derive(Default)]
struct Inner {
    asked: Mutex<bool>,
    changed: Condvar,
}

/// Listens from now on, on a thread of its own.
pub(super) fn listen() -> anyhow::Result<Stop> {
    let stop = Stop::default();
    let told = stop.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let (mut interrupt, mut terminate, mut hangup) = {
        let _inside = runtime.enter();
        // Who starts it with `nohup` wants it to go on, and listening would end that.
        let hangup = if ignores_hangup() { None } else { Some(signal(SignalKind::hangup())?) };
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
        told.ask();
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(wait).context("cannot start a thread")?;
    Ok(stop)
}

/// Whether this process was started with hang-ups ignored, where the system tells.
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    ignored(&status).is_some_and(|signals| signals & 1 == 1)
}

/// The set of ignored signals in a `/proc/<process>/status`: bit 0 is signal 1, the hang-up.
fn ignored(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

impl Stop {
    fn ask(&self) {
        *self.0.asked.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.changed.notify_all();
    }

    /// Whether the demo was asked to end.
    pub(super) fn asked(&self) -> bool {
        *self.0.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An error once the demo was asked to end.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(!self.asked(), "the demo was ended before it was done");
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
        if !ignores_hangup() {
            let own = rustix::process::getpid();
            rustix::process::kill_process(own, rustix::process::Signal::HUP).unwrap();
            stop.wait();
            assert!(stop.asked());
        }
        assert_eq!(ignored("Name:\tdemo\nSigIgn:\t0000000000001001\nSigCgt:\t0"), Some(0x1001));
    }
}
