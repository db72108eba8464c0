//! Which route stands at which address.

use axum::routing::{get, post, put};
use axum::{Router, middleware};

use super::services::{Services, refuse};
use super::{erase, guard, health, manifests, rows};
use crate::export::ExportFormat;
use crate::refusal::Reason;

/// The routes for agents. `alone` says that the operator's routes have an address of their own: a request without a token
/// is then no operator's here, wherever it comes from.
pub(crate) fn agents(services: &Services, alone: bool) -> Router {
    let mut services = services.clone();
    services.keys.on_loopback &= !alone;
    Router::new()
        .route("/v1/erase", post(erase::erase))
        .route("/v1/manifest/{product}", get(manifests::newest))
        .merge(open())
        .with_state(services)
}

fn open() -> Router<Services> {
    Router::new()
        .route("/healthz", get(health::health))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/openapi.json", get(health::openapi))
}

/// The routes for operators; the guard stands before `page` too. `alone` says that they have an address of their own and
/// need the open routes, and that of erasure by id, there too.
pub(crate) fn operators(services: &Services, page: Router, alone: bool) -> Router {
    let guarded = Router::new()
        .route("/v1/manifest/{product}", put(manifests::push))
        .route("/api/rows.csv", rows::route(ExportFormat::Csv))
        .route("/api/rows.jsonl", rows::route(ExportFormat::JsonLines))
        .with_state(services.clone());
    let guard = middleware::from_fn_with_state(services.clone(), guard::operator);
    let guarded = guarded.merge(page).route_layer(guard);
    if alone {
        let open = open().route("/v1/erase", post(erase::erase));
        guarded.merge(open.with_state(services.clone()))
    } else {
        guarded
    }
}

/// Answers unknown paths and wrong methods. The methods that a route has stand in `Allow`: axum adds it.
pub(crate) fn with_refusals(router: Router, services: &Services) -> Router {
    let unknown = services.clone();
    let wrong = services.clone();
    router
        .fallback(move || async move { refuse(&unknown, Reason::NotFound) })
        .method_not_allowed_fallback(move || async move { refuse(&wrong, Reason::Method) })
}
