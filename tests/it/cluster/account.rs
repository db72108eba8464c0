//! What was sent, acknowledged and erased, and what a collector may therefore say that it has counted.

use std::sync::{Mutex, MutexGuard, PoisonError};

use aboveboard_types::id::Id;

/// Of one installation.
#[derive(Clone, Copy, Debug)]
struct Line {
    id: Id,
    /// Events that may have arrived somewhere.
    sent: u64,
    /// Events of which a collector said at least once that it has them.
    acknowledged: u64,
    /// Events that every collector was seen to count, on all replicas.
    settled: u64,
    /// Whether its erasure may have arrived somewhere.
    is_erased: bool,
    /// Whether the erasure was acknowledged, and everything settled since.
    is_gone: bool,
}

/// Of all installations. Senders write it, and whoever reads a collector holds the reading against it.
#[derive(Debug, Default)]
pub(crate) struct Account {
    lines: Mutex<Vec<Line>>,
    faults: Mutex<Vec<String>>,
}

/// What was certain when a reading began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Before {
    /// Events that nobody may count any more.
    gone: u64,
}

impl Account {
    /// Opens the line of an installation, and gives its place.
    pub(crate) fn open(&self, id: Id) -> usize {
        let mut lines = self.lines();
        lines.push(Line { id, sent: 0, acknowledged: 0, settled: 0, is_erased: false, is_gone: false });
        lines.len() - 1
    }

    /// Before the first attempt.
    pub(crate) fn send(&self, place: usize, events: u64) {
        self.lines()[place].sent += events;
    }

    /// After the first receipt.
    pub(crate) fn acknowledge(&self, place: usize, events: u64) {
        self.lines()[place].acknowledged += events;
    }

    /// Before the first attempt to erase an installation, which sends nothing new from then on.
    pub(crate) fn erase(&self, place: usize) {
        self.lines()[place].is_erased = true;
    }

    /// How many events were acknowledged so far, of whomever.
    pub(crate) fn acknowledged(&self) -> u64 {
        self.lines().iter().map(|line| line.acknowledged).sum()
    }

    /// The same by installation, to be given to [`kept_of`](Self::kept_of).
    pub(crate) fn acknowledged_each(&self) -> Vec<u64> {
        self.lines().iter().map(|line| line.acknowledged).collect()
    }

    /// How much of that is of installations that nobody has begun to erase since.
    pub(crate) fn kept_of(&self, acknowledged: &[u64]) -> u64 {
        let lines = self.lines();
        lines.iter().zip(acknowledged).filter(|(line, _)| !line.is_erased).map(|(_, events)| events).sum()
    }

    /// How many installations were erased so far.
    pub(crate) fn erased(&self) -> usize {
        self.lines().iter().filter(|line| line.is_erased).count()
    }

    /// What every collector has to count once nothing is on its way.
    pub(crate) fn expected(&self) -> u64 {
        self.lines().iter().filter(|line| !line.is_erased).map(|line| line.acknowledged).sum()
    }

    /// The same by installation.
    pub(crate) fn expected_each(&self) -> Vec<(Id, u64)> {
        let of = |line: &Line| (line.id, if line.is_erased { 0 } else { line.acknowledged });
        self.lines().iter().map(of).collect()
    }

    /// Says that every collector was seen to count what it has to, and that all replicas have it.
    pub(crate) fn settle(&self) {
        for line in self.lines().iter_mut() {
            line.settled = line.acknowledged;
            line.is_gone = line.is_erased;
        }
    }

    /// What is certain now, before a reading begins.
    pub(crate) fn before(&self) -> Before {
        Before { gone: self.lines().iter().filter(|line| line.is_gone).map(|line| line.sent).sum() }
    }

    /// Holds a reading that has ended against what can be true: no more than was sent without what was gone before it began, and no less
    /// than was settled before without what may be erased by now.
    pub(crate) fn judge(&self, who: &str, before: Before, counted: u64) {
        let lines = self.lines();
        let sent: u64 = lines.iter().map(|line| line.sent).sum();
        let kept: u64 = lines.iter().filter(|line| !line.is_erased).map(|line| line.settled).sum();
        drop(lines);
        let most = sent - before.gone;
        if counted > most {
            self.fault(format!("{who} counts {counted} where {sent} were sent and {} are gone", before.gone));
        }
        if counted < kept {
            self.fault(format!("{who} counts {counted} where {kept} had settled and are not erased"));
        }
    }

    /// Notes what must not be.
    pub(crate) fn fault(&self, what: String) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    /// Fails where anything was noted that must not be.
    pub(crate) fn check(&self) {
        let faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(faults.is_empty(), "{} of it, first {:#?}", faults.len(), &faults[..faults.len().min(5)]);
    }

    fn lines(&self) -> MutexGuard<'_, Vec<Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
