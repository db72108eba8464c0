//! The port to read.

use std::sync::Arc;

use aboveboard_store::read::{ReadResult, Snapshot, StoreReader};

use super::moment::Shared;
use crate::backend::Backend;

/// Reads what a cluster has, as a collector sees it. Cheap to clone.
#[derive(Debug)]
pub struct ClusterReader<B: Backend> {
    shared: Arc<Shared<B>>,
}

impl<B: Backend> Clone for ClusterReader<B> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<B: Backend> ClusterReader<B> {
    pub(super) fn new(shared: Arc<Shared<B>>) -> Self {
        Self { shared }
    }
}

/// What a collector holds in memory of the days that are not closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenDaysHeld {
    /// How many days of the order have batches.
    pub days: u64,
    /// How many batches.
    pub batches: u64,
}

impl<B: Backend> ClusterReader<B> {
    /// What it holds in memory of the days that are not closed. Nothing is asked for it.
    #[must_use]
    pub fn held(&self) -> OpenDaysHeld {
        let open = Arc::clone(&self.shared.moment().open);
        OpenDaysHeld { days: open.days().len() as u64, batches: open.batches() }
    }
}

impl<B: Backend> StoreReader for ClusterReader<B> {
    fn snapshot(&self) -> ReadResult<Box<dyn Snapshot + '_>> {
        let mut moment = self.shared.moment();
        moment.refresh(&*self.shared.backend)?;
        Ok(Box::new(moment.view(&self.shared)?))
    }
}
