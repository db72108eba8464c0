//! How far a block is.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::file::Head;

/// How far the rows of one place are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing was sent.
    New,
    /// Some of it may be there: that is looked for before any is sent again.
    Unknown,
    /// A server has said that it has all.
    Sent,
    /// Every replica that must was seen to hold all.
    Settled,
}

/// How far each part of a block is.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    pub(super) journal: Step,
    pub(super) shards: Vec<Step>,
}

impl Progress {
    fn steps(&self) -> impl Iterator<Item = Step> {
        self.shards.iter().copied().chain([self.journal])
    }
}

/// A block that is on its way.
#[derive(Debug)]
pub(super) struct WaitingBlock {
    /// The name of its file.
    pub(super) name: String,
    pub(super) head: Head,
    progress: Mutex<Progress>,
}

impl WaitingBlock {
    /// A block of which each part that has rows is at a step.
    pub(super) fn new(name: String, head: Head, step: Step) -> Self {
        let of = |count: u64| if count == 0 { Step::Settled } else { step };
        let shards = head.shards.iter().map(|section| of(section.count)).collect();
        let progress = Progress { journal: of(head.journal.count), shards };
        Self { name, head, progress: Mutex::new(progress) }
    }

    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a server has said of each part that it has all.
    pub(super) fn is_sent(&self) -> bool {
        self.progress().steps().all(|step| matches!(step, Step::Sent | Step::Settled))
    }

    pub(super) fn is_settled(&self) -> bool {
        self.progress().steps().all(|step| step == Step::Settled)
    }
}
