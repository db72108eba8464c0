//! What the routes share.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use tokio::sync::Semaphore;

use super::guesses::Guesses;
use super::turns::Turns;
use crate::access::Access;
use crate::audit::{Act, AuditLog};
use crate::config::NodeNumber;
use crate::database::Cluster;
use crate::ingest::Ingest;
use crate::readiness::Readiness;
use crate::refusal::Refusal;
use crate::shared::Shared;
use crate::tokens::TokenBook;

/// Exports under way at once: each has a thread and reads the whole history.
const MAX_EXPORTS: usize = 2;

/// What every route beside that of batches works with.
#[derive(Clone, Debug)]
pub(crate) struct Services {
    pub(crate) ingest: Arc<Ingest>,
    pub(crate) readiness: Arc<Readiness>,
    /// Where manifests, tokens and paused items are changed.
    pub(crate) shared: Arc<Shared>,
    /// The cluster that this collector shares with others; none where it shares nothing.
    pub(super) cluster: Option<Cluster>,
    /// The collector of the cluster that publishes.
    pub(super) publisher: Option<NodeNumber>,
    /// What makes somebody an operator here.
    pub(crate) tokens: Arc<TokenBook>,
    /// The name of the cookie that a browser gets.
    pub(super) cookie: Arc<str>,
    /// The address of the operator's routes, for links.
    pub(super) address: Arc<str>,
    /// Whether the metrics are open to everybody.
    pub(super) metrics_open: bool,
    audit: Arc<AuditLog>,
    pub(super) guesses: Arc<Guesses>,
    /// One permit for each export that may be under way.
    pub(super) exports: Arc<Semaphore>,
    /// Whose turn it is to read what is held of an installation.
    pub(super) held: Turns,
}

/// What the operator's routes need beside the rest.
#[derive(Debug)]
pub(crate) struct Operators {
    pub(crate) shared: Arc<Shared>,
    pub(crate) cluster: Option<Cluster>,
    pub(crate) publisher: Option<NodeNumber>,
    pub(crate) tokens: Arc<TokenBook>,
    pub(crate) audit: AuditLog,
    /// The address of the operator's routes.
    pub(crate) address: std::net::SocketAddr,
    pub(crate) metrics_open: bool,
}

impl Services {
    pub(crate) fn new(ingest: Arc<Ingest>, readiness: Arc<Readiness>, operators: Operators) -> Self {
        let Operators { shared, cluster, publisher, tokens, audit, address, metrics_open } = operators;
        Self {
            ingest,
            readiness,
            shared,
            cluster,
            publisher,
            tokens,
            // Browsers send cookies to every port of a host: two collectors must not take each other's away.
            cookie: format!("aboveboard-operator-{}", address.port()).into(),
            address: format!("http://{address}").into(),
            metrics_open,
            audit: Arc::new(audit),
            guesses: Arc::new(Guesses::new()),
            exports: Arc::new(Semaphore::new(MAX_EXPORTS)),
            held: Turns::new(),
        }
    }

    /// Writes what an operator did into the audit log, with the answer that it got.
    pub(super) async fn note(&self, access: &Access, act: Act, status: Option<StatusCode>) {
        let audit = Arc::clone(&self.audit);
        let time = self.ingest.clock.unchecked();
        let who = Arc::clone(&access.who);
        // The disk may be slow. A stop that gives up waiting ends the process.
        let _ = tokio::task::spawn_blocking(move || audit.write(time, &who, &act.answered(status))).await;
    }
}

/// Counts a refusal and answers it.
pub(super) fn refuse(services: &Services, refusal: impl Into<Refusal>) -> Response {
    services.ingest.refuse(&refusal.into())
}
