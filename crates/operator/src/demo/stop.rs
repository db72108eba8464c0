//! Ctrl-C and SIGTERM.

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
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    let wait = move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        });
        told.ask();
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(wait).context("cannot start a thread")?;
    Ok(stop)
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
