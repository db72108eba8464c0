//! What the routes share.

use std::sync::Arc;

use axum::response::Response;
use tokio::sync::Semaphore;

use super::keys::Keys;
use crate::ingest::Ingest;
use crate::readiness::Readiness;
use crate::refusal::Refusal;

/// Exports under way at once: each has a thread and reads the whole history.
const MAX_EXPORTS: usize = 2;

/// What every route beside that of batches works with.
#[derive(Clone, Debug)]
pub(crate) struct Services {
    pub(crate) ingest: Arc<Ingest>,
    /// Who is an operator here.
    pub(crate) keys: Keys,
    pub(crate) readiness: Arc<Readiness>,
    /// One permit for each export that may be under way.
    pub(super) exports: Arc<Semaphore>,
}

impl Services {
    pub(crate) fn new(ingest: Arc<Ingest>, keys: Keys, readiness: Arc<Readiness>) -> Self {
        Self { ingest, keys, readiness, exports: Arc::new(Semaphore::new(MAX_EXPORTS)) }
    }
}

/// Counts a refusal and answers it.
pub(super) fn refuse(services: &Services, refusal: impl Into<Refusal>) -> Response {
    services.ingest.refuse(&refusal.into())
}
