//! The store of one collector of a cluster: the port to write.

use std::sync::Arc;

use aboveboard_store::calendar::Day;
use aboveboard_store::entry::Position;
use aboveboard_store::{Applied, EntryRange, RemovalProgress, Retired, Store, StoreError};

use crate::backend::Backend;
use crate::key::ClusterKey;
use crate::reader::{ClusterReader, not_here};

/// The store of one collector of a cluster.
#[derive(Debug)]
pub struct ClusterStore<B: Backend> {
    backend: Arc<B>,
}

impl<B: Backend> ClusterStore<B> {
    /// Opens what a cluster has for a collector, for writing and for reading.
    ///
    /// # Errors
    /// Where the cluster or the collector's own directory cannot be used.
    pub fn open(backend: Arc<B>, key: ClusterKey) -> Result<(Self, ClusterReader<B>), StoreError> {
        let reader = ClusterReader::new(Arc::clone(&backend), key);
        Ok((Self { backend }, reader))
    }
}

impl<B: Backend> Store for ClusterStore<B> {
    fn position(&mut self) -> Result<Position, StoreError> {
        Ok(self.backend.position()?.0)
    }

    fn apply(&mut self, _: &EntryRange<'_>) -> Result<Applied, StoreError> {
        Err(not_here("applying"))
    }

    fn remove(&mut self) -> Result<RemovalProgress, StoreError> {
        Err(not_here("removing"))
    }

    fn checkpoint(&mut self) -> Result<Position, StoreError> {
        self.backend.settled()
    }

    fn knows(&mut self, _: &str) -> Result<bool, StoreError> {
        Err(not_here("this question"))
    }

    fn newest_receipt(&mut self) -> Result<Option<Day>, StoreError> {
        Err(not_here("this question"))
    }

    fn retention_day(&mut self) -> Result<Option<Day>, StoreError> {
        Err(not_here("this question"))
    }

    fn set_retention_day(&mut self, _: Day) -> Result<(), StoreError> {
        Err(not_here("retention"))
    }

    fn update_retentions(&mut self, _: &[(String, Day)]) -> Result<Vec<(String, Day)>, StoreError> {
        Err(not_here("retention"))
    }

    fn retire(&mut self, _: &str, _: Day) -> Result<Retired, StoreError> {
        Err(not_here("retention"))
    }

    fn forget_ids(&mut self, _: Day) -> Result<u64, StoreError> {
        Err(not_here("retention"))
    }

    fn forget_receipts(&mut self, _: Day) -> Result<(), StoreError> {
        Err(not_here("retention"))
    }

    fn compact(&mut self, _: Day) -> Result<u64, StoreError> {
        Err(not_here("closing days"))
    }

    fn rebuild(&mut self, _: &mut dyn FnMut(u64, u64)) -> Result<u64, StoreError> {
        Err(not_here("rebuilding"))
    }

    fn dump_for_comparison(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        Err(not_here("comparing"))
    }
}
