//! The store of one collector of a cluster: the port to read.

use std::sync::Arc;

use aboveboard_store::read::{ReadResult, Snapshot, StoreReader};
use aboveboard_store::{StoreError, StoreFate, StoreProblem};

use crate::backend::Backend;
use crate::key::ClusterKey;

/// Reads what a cluster has, as a collector sees it. Cheap to clone.
#[derive(Debug)]
pub struct ClusterReader<B: Backend> {
    backend: Arc<B>,
    key: ClusterKey,
}

impl<B: Backend> Clone for ClusterReader<B> {
    fn clone(&self) -> Self {
        Self { backend: Arc::clone(&self.backend), key: self.key.clone() }
    }
}

impl<B: Backend> ClusterReader<B> {
    pub(crate) fn new(backend: Arc<B>, key: ClusterKey) -> Self {
        Self { backend, key }
    }
}

impl<B: Backend> StoreReader for ClusterReader<B> {
    fn snapshot(&self) -> ReadResult<Box<dyn Snapshot + '_>> {
        Err(not_here("reading"))
    }
}

/// What is not done here yet.
pub(crate) fn not_here(what: &'static str) -> StoreError {
    let what = StoreProblem::Engine(format!("{what} is not done by this version").into());
    StoreError { engine: "cluster", what, fate: StoreFate::Final }
}
