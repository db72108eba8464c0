//! What the reader of lines leaves for the worker.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aboveboard_delivery::limits::MAX_UNDELIVERED_EVENTS;
use aboveboard_types::event::Report;
use aboveboard_types::id::Id;
use aboveboard_types::outcome::DropReason;

/// What the reader of lines leaves for the worker, and by which each wakes the other.
#[derive(Default)]
pub(super) struct Inbox {
    content: Mutex<Content>,
    changed: Condvar,
}

#[derive(Default)]
struct Content {
    /// What the host counted last.
    counts: Option<Counts>,
    /// Events recorded since the last delivery or opt-out.
    undelivered: u64,
    /// Drops that no recorder has counted yet: a host that writes nothing but mistakes does not fill the spool with them.
    drops: BTreeMap<DropReason, u64>,
    /// The pipe is closed.
    is_ended: bool,
    /// A worker runs.
    is_working: bool,
}

/// What the host counted.
struct Counts {
    /// When the host said so.
    at: Instant,
    /// The installation that it was said under: after an opt-out and another consent it is none of the new one's.
    id: Id,
    report: Report<'static>,
}

/// Why a wait of the worker is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Woken {
    /// The pipe is closed.
    Ended,
    /// So many events wait that they should leave before their time.
    Backlog,
    /// The time is over.
    Elapsed,
}

impl Content {
    fn counts_since(&self, id: Id, oldest: Option<Instant>) -> Option<&Report<'static>> {
        let counts = self.counts.as_ref().filter(|counts| counts.id == id)?;
        oldest.is_none_or(|oldest| counts.at >= oldest).then_some(&counts.report)
    }
}

impl Inbox {
    /// Takes what the host counted while this installation recorded.
    pub(super) fn put_counts(&self, id: Id, report: Report<'static>) {
        self.lock().counts = Some(Counts { at: Instant::now(), id, report });
        self.changed.notify_all();
    }

    /// Counts an event that was recorded; enough of them wake the worker.
    pub(super) fn recorded(&self) {
        let mut content = self.lock();
        content.undelivered += 1;
        if content.undelivered == MAX_UNDELIVERED_EVENTS {
            self.changed.notify_all();
        }
    }

    /// Counts what was dropped.
    pub(super) fn dropped(&self, reason: DropReason, number: u64) {
        let mut content = self.lock();
        let count = content.drops.entry(reason).or_default();
        *count = count.saturating_add(number);
    }

    /// Takes what was dropped, for the recorder to count.
    pub(super) fn take_drops(&self) -> BTreeMap<DropReason, u64> {
        std::mem::take(&mut self.lock().drops)
    }

    /// Begins to count events anew: a delivery takes everything that was recorded before it, and after an opt-out nothing
    /// waits for one.
    pub(super) fn nothing_waits(&self) {
        self.lock().undelivered = 0;
    }

    /// Waits until it ends, much waits to be delivered, or the time is over.
    pub(super) fn wait(&self, limit: Duration) -> Woken {
        let nothing =
            |content: &mut Content| !content.is_ended && content.undelivered < MAX_UNDELIVERED_EVENTS;
        let content = self.wait_while(limit, nothing);
        if content.is_ended {
            Woken::Ended
        } else if content.undelivered >= MAX_UNDELIVERED_EVENTS {
            Woken::Backlog
        } else {
            Woken::Elapsed
        }
    }

    /// Waits for counts of an installation that come after `asked`. False if the time is over and none came; true also if
    /// it has ended.
    pub(super) fn wait_counts(&self, id: Id, asked: Instant, limit: Duration) -> bool {
        let none_yet =
            |content: &mut Content| !content.is_ended && content.counts_since(id, Some(asked)).is_none();
        let mut content = self.wait_while(limit, none_yet);
        !none_yet(&mut content)
    }

    /// What the host counted last, if that came for this installation since `oldest` and nothing has ended.
    pub(super) fn counts_since(&self, id: Id, oldest: Option<Instant>) -> Option<Report<'static>> {
        let content = self.lock();
        content.counts_since(id, oldest).filter(|_| !content.is_ended).cloned()
    }

    /// Whether the pipe is closed.
    #[cfg(feature = "uploader")]
    pub(super) fn is_ended(&self) -> bool {
        self.lock().is_ended
    }

    /// Has the worker stop, and waits until it has.
    pub(super) fn end(&self, limit: Duration) {
        self.lock().is_ended = true;
        self.changed.notify_all();
        drop(self.wait_while(limit, |content| content.is_working));
    }

    /// Says whether a worker runs.
    pub(super) fn set_working(&self, is_working: bool) {
        self.lock().is_working = is_working;
        self.changed.notify_all();
    }

    fn wait_while(
        &self,
        limit: Duration,
        holds: impl FnMut(&mut Content) -> bool,
    ) -> MutexGuard<'_, Content> {
        let waited = self.changed.wait_timeout_while(self.lock(), limit, holds);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Id = Id::from_random([7; 16]);

    fn report() -> Report<'static> {
        Report { counts: Vec::new(), timings: None }
    }

    #[test]
    fn counts_are_the_newest_that_came_and_old_ones_are_none() {
        let inbox = Inbox::default();
        let soon = Duration::from_millis(1);
        let long = Duration::from_secs(60);
        let before = Instant::now();
        assert!(!inbox.wait_counts(ID, before, soon), "none came");
        assert_eq!(inbox.counts_since(ID, None), None);
        inbox.put_counts(ID, report());
        assert!(inbox.wait_counts(ID, before, long));
        let later = Instant::now() + Duration::from_secs(5);
        assert!(!inbox.wait_counts(ID, later, soon), "none that are new");
        assert_eq!(inbox.counts_since(ID, Some(before)), Some(report()));
        assert_eq!(inbox.counts_since(ID, Some(later)), None, "too old");
        assert_eq!(inbox.counts_since(Id::NIL, None), None, "of another installation");
        inbox.end(long);
        assert!(inbox.wait_counts(ID, later, long), "a wait is over");
        assert_eq!(inbox.counts_since(ID, None), None, "and nothing is to be reported");
    }

    #[test]
    fn a_wait_ends_for_a_backlog_or_the_end_and_otherwise_with_its_time() {
        let inbox = Inbox::default();
        let long = Duration::from_secs(60);
        assert_eq!(inbox.wait(Duration::from_millis(1)), Woken::Elapsed);
        for _ in 0..MAX_UNDELIVERED_EVENTS {
            inbox.recorded();
        }
        assert_eq!(inbox.wait(long), Woken::Backlog);
        inbox.nothing_waits();
        inbox.end(long);
        assert_eq!(inbox.wait(long), Woken::Ended);
    }
}
