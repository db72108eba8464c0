//! The cluster itself, and the switches of a test.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::state::{FlushFault, MemoryState};
use crate::order::NodeId;

/// A cluster in memory. Cheap to clone: all clones are one cluster. It keeps what its collectors have on their disks too, so a collector
/// that is dropped and opened again is one that was killed.
#[derive(Clone, Debug)]
pub struct MemoryCluster(Arc<Mutex<MemoryState>>);

impl MemoryCluster {
    /// A new cluster with so many shards.
    #[must_use]
    pub fn new(shards: u32) -> Self {
        Self(Arc::new(Mutex::new(MemoryState { shards: shards.max(1), ..MemoryState::default() })))
    }

    /// Lets others see nothing of what a collector sends, until it is released.
    pub fn hold(&self, node: NodeId) {
        self.state().held.insert(node);
    }

    /// Lets others see what a collector has sent.
    pub fn release(&self, node: NodeId) {
        let mut state = self.state();
        state.held.remove(&node);
        state.journal.iter_mut().filter(|sent| sent.order.node == node).for_each(|sent| sent.is_held = false);
        state.blocks.iter_mut().filter(|sent| sent.name.node == node).for_each(|sent| sent.is_held = false);
    }

    /// Lets the next attempts of a collector to bring blocks into the cluster fail.
    pub fn fail_flushes(&self, node: NodeId, faults: impl IntoIterator<Item = FlushFault>) {
        self.state().faults.entry(node).or_default().extend(faults);
    }

    /// Whether everything arrives twice from now on.
    pub fn send_twice(&self, sends_twice: bool) {
        self.state().sends_twice = sends_twice;
    }

    /// Whether others see of what is held which blocks there are, and their batches but the last, as where one replica says what there is
    /// and another that has not all of it gives it.
    pub fn lag(&self, lags: bool) {
        self.state().lags = lags;
    }

    /// Whether everything that is asked for comes in the opposite order from now on.
    pub fn reverse(&self, is_reversed: bool) {
        self.state().is_reversed = is_reversed;
    }

    pub(super) fn state(&self) -> MutexGuard<'_, MemoryState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
