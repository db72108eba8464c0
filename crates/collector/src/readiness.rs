//! Whether what the collector takes in also reaches the store.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::lock::lock;

/// How long the store may take nothing while the log holds something for it: longer than any of its transactions.
const MAX_STANDSTILL: Duration = Duration::from_secs(30);

/// What `/readyz` reports beside the state of the log. The apply thread and the shutdown write it.
#[derive(Debug)]
pub(crate) struct Readiness {
    /// Whether the store does not take what the log holds.
    stuck: AtomicBool,
    /// When the apply thread last took a step, or found nothing to do; none once it has ended.
    moved: Mutex<Option<Instant>>,
    stopping: AtomicBool,
}

impl Default for Readiness {
    fn default() -> Self {
        Self {
            stuck: AtomicBool::default(),
            moved: Mutex::new(Some(Instant::now())),
            stopping: AtomicBool::default(),
        }
    }
}

impl Readiness {
    /// Notes whether the store takes what the log holds.
    pub(crate) fn set_applying(&self, applying: bool) {
        self.stuck.store(!applying, Ordering::Relaxed);
    }

    /// Notes that the apply thread is at work.
    pub(crate) fn set_moved(&self) {
        *lock(&self.moved) = Some(Instant::now());
    }

    /// Notes that the apply thread has ended, however it did.
    pub(crate) fn set_ended(&self) {
        *lock(&self.moved) = None;
    }

    /// Notes that the collector is stopping, which it never takes back.
    pub(crate) fn set_stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// What keeps the store from taking what comes; `is_behind` says whether the log holds something for it.
    pub(crate) fn problem(&self, is_behind: impl FnOnce() -> bool) -> Option<&'static str> {
        if self.stopping.load(Ordering::Relaxed) {
            return Some("stopping");
        }
        if self.stuck.load(Ordering::Relaxed) {
            return Some("the store does not take what is in the log");
        }
        match *lock(&self.moved) {
            None => Some("the thread that applies the log has ended; restart the collector"),
            Some(moved) if moved.elapsed() >= MAX_STANDSTILL && is_behind() => {
                Some("the store has taken nothing for half a minute, and the log holds something for it")
            }
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_stands_still_is_noticed_when_something_waits_for_it() {
        let readiness = Readiness::default();
        assert_eq!(readiness.problem(|| true), None);
        let Some(long_ago) = Instant::now().checked_sub(MAX_STANDSTILL) else { return };
        *lock(&readiness.moved) = Some(long_ago);
        assert_eq!(readiness.problem(|| false), None);
        assert!(readiness.problem(|| true).is_some_and(|problem| problem.contains("half a minute")));
        readiness.set_moved();
        assert_eq!(readiness.problem(|| true), None, "by itself");
        readiness.set_applying(false);
        assert!(readiness.problem(|| false).is_some());
        readiness.set_applying(true);
        assert_eq!(readiness.problem(|| true), None);
        readiness.set_ended();
        assert!(readiness.problem(|| false).is_some_and(|problem| problem.contains("ended")));
    }
}
