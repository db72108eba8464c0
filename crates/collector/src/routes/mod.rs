//! Every door but that of batches: erasure, manifests, health, metrics, and behind the operator's guard the page.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Router, middleware};

use crate::ingest::Ingest;
use crate::manifests::ManifestsError;
use crate::refusal::{Reason, Refusal};

mod erase;
mod guard;
mod rows;

pub(crate) use guard::{Access, Keys};
pub(crate) use rows::Rows;

/// The description of all doors.
pub(crate) const OPENAPI: &str = include_str!("../openapi.json");

/// What the doors share.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) ingest: Arc<Ingest>,
    /// Who is an operator at these doors.
    pub(crate) keys: Keys,
    pub(crate) readiness: Arc<Readiness>,
    pub(crate) rows: Rows,
}

/// Whether what comes in also goes through.
#[derive(Debug)]
pub(crate) struct Readiness {
    /// Until the store says otherwise.
    pub(crate) applying: AtomicBool,
    pub(crate) stopping: AtomicBool,
}

impl Default for Readiness {
    fn default() -> Self {
        Self { applying: AtomicBool::new(true), stopping: AtomicBool::new(false) }
    }
}

/// The doors of agents. `alone` says that the operator's have an address of their own: who comes here without a token
/// is then no operator, from wherever he comes.
pub(crate) fn agents(shared: &Shared, alone: bool) -> Router {
    let mut shared = shared.clone();
    shared.keys.on_loopback &= !alone;
    Router::new()
        .route("/v1/erase", post(erase::erase))
        .route("/v1/manifest/{product}", get(manifest))
        .merge(health())
        .with_state(shared)
}

/// Health, metrics and the description: without a token, and without anything that is anybody's.
fn health() -> Router<Shared> {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(openapi))
}

/// The doors of the operator; `page` is put behind the guard. `own` says that they have an address of their own and
/// need the doors of health, and that of erasure by id, there too.
pub(crate) fn operators(shared: &Shared, page: Router, own: bool) -> Router {
    let own_doors = Router::new()
        .route("/v1/manifest/{product}", put(push))
        .route("/api/rows.csv", get(rows::csv))
        .route("/api/rows.jsonl", get(rows::json_lines))
        .with_state(shared.clone());
    let guarded =
        own_doors.merge(page).route_layer(middleware::from_fn_with_state(shared.clone(), guard::operator));
    let open = if own {
        health().route("/v1/erase", post(erase::erase)).with_state(shared.clone())
    } else {
        Router::new()
    };
    guarded.merge(open)
}

/// What an unknown path or a wrong method gets.
pub(crate) fn with_refusals(router: Router, shared: &Shared) -> Router {
    let unknown = shared.clone();
    let wrong = shared.clone();
    router
        .fallback(move || async move { refuse(&unknown, Reason::NotFound) })
        .method_not_allowed_fallback(move || async move { refuse(&wrong, Reason::Method) })
}

pub(super) fn refuse(shared: &Shared, refusal: impl Into<Refusal>) -> Response {
    shared.ingest.refuse(&refusal.into())
}

async fn ready(State(shared): State<Shared>) -> Response {
    let readiness = &shared.readiness;
    let (status, text) = if readiness.stopping.load(Ordering::Relaxed) {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    } else if !readiness.applying.load(Ordering::Relaxed) {
        (StatusCode::SERVICE_UNAVAILABLE, "the store does not take what is in the log\n")
    } else if shared.ingest.log.accepts(0).is_err() {
        (StatusCode::SERVICE_UNAVAILABLE, "the log takes nothing more\n")
    } else {
        (StatusCode::OK, "ready\n")
    };
    (status, text).into_response()
}

async fn metrics(State(shared): State<Shared>) -> Response {
    let text = shared.ingest.metrics.render(&shared.ingest.log);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

/// The newest manifest of a product, as it was written.
async fn manifest(State(shared): State<Shared>, product: Result<Path<String>, PathRejection>) -> Response {
    let Ok(Path(product)) = product else { return refuse(&shared, Reason::NotFound) };
    match shared.ingest.manifests.manifest(&product) {
        Some(manifest) => {
            ([(header::CONTENT_TYPE, "application/toml; charset=utf-8")], manifest.text().to_owned())
                .into_response()
        }
        None => refuse(&shared, Reason::UnknownProduct),
    }
}

/// Takes in a manifest: what it declares is accepted from now on.
async fn push(
    State(shared): State<Shared>,
    Extension(access): Extension<Access>,
    product: Result<Path<String>, PathRejection>,
    body: Bytes,
) -> Response {
    let Ok(Path(product)) = product else { return refuse(&shared, Reason::NotFound) };
    if !access.sees(&product) {
        return refuse(&shared, Reason::OtherProduct);
    }
    let Ok(text) = String::from_utf8(body.into()) else {
        return refuse(&shared, Refusal::unusable("the manifest is not UTF-8"));
    };
    let manifests = shared.ingest.manifests.clone();
    let pushed = tokio::task::spawn_blocking(move || manifests.push(&product, &text)).await;
    match pushed {
        Ok(Ok(known)) => {
            let (product, revision) = (&known.declaration.product, known.declaration.revision);
            let body = format!("{{\"product\":\"{product}\",\"revision\":{revision}}}");
            ([(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
        Ok(Err(error)) => refuse(&shared, unusable(&error)),
        Err(_) => refuse(&shared, Reason::Stopping),
    }
}

/// Only an operator sees this, and needs to see which line is wrong.
fn unusable(error: &ManifestsError) -> Refusal {
    let reason = match error {
        ManifestsError::Conflict { .. } => Reason::Conflict,
        ManifestsError::Io { .. } => Reason::NotKept,
        _ => Reason::Unusable,
    };
    Refusal::new(reason, error.to_string())
}

/// Whether a request for an agent's door is an operator's all the same, and of what.
fn is_operator(
    shared: &Shared,
    peer: Option<crate::server::Peer>,
    method: &http::Method,
    uri: &http::Uri,
    headers: &HeaderMap,
) -> Result<Access, Reason> {
    guard::admit(&shared.keys, peer.map(|peer| peer.0), method, uri, headers)
}
