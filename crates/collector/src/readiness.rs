//! Whether what the collector takes in also reaches the store.

use std::sync::atomic::{AtomicBool, Ordering};

/// What `/readyz` reports beside the state of the log. The apply thread and the shutdown write it.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    /// Whether the store does not take what the log holds.
    stuck: AtomicBool,
    stopping: AtomicBool,
}

impl Readiness {
    /// Notes whether the store takes what the log holds.
    pub(crate) fn set_applying(&self, applying: bool) {
        self.stuck.store(!applying, Ordering::Relaxed);
    }

    /// Notes that the collector is stopping, which it never takes back.
    pub(crate) fn set_stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_applying(&self) -> bool {
        !self.stuck.load(Ordering::Relaxed)
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}
