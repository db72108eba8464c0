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
    /// Whether the store is a cluster that several collectors share. While it is away they all would seem not to be ready, and
    /// whatever shares requests out among them would send none to any, though each has room in its log.
    is_in_cluster: bool,
    /// Whether the store does not take what the log holds.
    stuck: AtomicBool,
    /// Whether that goes on until somebody mends it.
    needs_mending: AtomicBool,
    /// When the apply thread last took a step, or found nothing to do; none once it has ended.
    moved: Mutex<Option<Instant>>,
    stopping: AtomicBool,
}

impl Default for Readiness {
    fn default() -> Self {
        Self::new(false)
    }
}

impl Readiness {
    /// Of a collector that has just started.
    pub(crate) fn new(is_in_cluster: bool) -> Self {
        Self {
            is_in_cluster,
            stuck: AtomicBool::default(),
            needs_mending: AtomicBool::default(),
            moved: Mutex::new(Some(Instant::now())),
            stopping: AtomicBool::default(),
        }
    }

    /// Notes whether the store takes what the log holds.
    pub(crate) fn set_applying(&self, applying: bool) {
        self.stuck.store(!applying, Ordering::Relaxed);
        if applying {
            self.needs_mending.store(false, Ordering::Relaxed);
        }
    }

    /// Notes whether what keeps the store from taking what the log holds goes on until somebody mends it.
    pub(crate) fn set_needs_mending(&self, needs_mending: bool) {
        self.needs_mending.store(needs_mending, Ordering::Relaxed);
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
        if lock(&self.moved).is_none() {
            return Some("the thread that applies the log has ended; restart the collector");
        }
        // Of a cluster that is away all collectors say the same, and others are no better off.
        if self.is_in_cluster && !self.needs_mending.load(Ordering::Relaxed) {
            return None;
        }
        self.standstill(is_behind)
    }

    /// What is to be known of a collector that is ready; `is_behind` as in [`problem`](Self::problem).
    pub(crate) fn warning(&self, is_behind: impl FnOnce() -> bool) -> Option<&'static str> {
        self.standstill(is_behind).filter(|_| self.is_in_cluster)
    }

    fn standstill(&self, is_behind: impl FnOnce() -> bool) -> Option<&'static str> {
        if self.stuck.load(Ordering::Relaxed) {
            return Some("the store does not take what is in the log");
        }
        let is_old = lock(&self.moved).is_some_and(|moved| moved.elapsed() >= MAX_STANDSTILL);
        (is_old && is_behind())
            .then_some("the store has taken nothing for half a minute, and the log holds something for it")
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

    #[test]
    fn while_its_cluster_is_away_a_collector_is_ready_and_says_so() {
        let readiness = Readiness::new(true);
        assert_eq!((readiness.problem(|| true), readiness.warning(|| true)), (None, None));
        readiness.set_applying(false);
        assert_eq!(readiness.problem(|| true), None);
        assert!(readiness.warning(|| true).is_some_and(|warning| warning.contains("does not take")));
        readiness.set_needs_mending(true);
        assert!(readiness.problem(|| true).is_some_and(|problem| problem.contains("does not take")));
        readiness.set_applying(true);
        assert_eq!((readiness.problem(|| true), readiness.warning(|| true)), (None, None));
        readiness.set_ended();
        assert!(readiness.problem(|| true).is_some());
        let alone = Readiness::default();
        alone.set_applying(false);
        assert!(alone.problem(|| true).is_some() && alone.warning(|| true).is_none());
    }
}
