//! Which route stands at which address.

use axum::routing::{get, post, put};
use axum::{Router, middleware};

use super::services::{Services, refuse};
use super::{amendments, clock, erase, guard, health, held, local, login, manifests, paused, rows};
use crate::export::ExportFormat;
use crate::refusal::Reason;

/// The routes for agents.
pub(crate) fn agents(services: &Services) -> Router {
    Router::new()
        .route("/v1/erase", post(erase::erase))
        .route("/v1/held", post(held::held))
        .route("/v1/manifest/{product}", get(manifests::newest))
        .with_state(services.clone())
        .merge(monitoring(services))
}

/// The routes for monitoring: open, but for the metrics, which are the operator's unless configured open.
fn monitoring(services: &Services) -> Router {
    let metrics = Router::new().route("/metrics", get(health::metrics));
    Router::new()
        .route("/healthz", get(health::health))
        .route("/readyz", get(health::ready))
        .route("/openapi.json", get(health::openapi))
        .merge(if services.metrics_open { metrics } else { guarded(services, metrics) })
        .with_state(services.clone())
}

fn guarded(services: &Services, router: Router<Services>) -> Router<Services> {
    router.route_layer(middleware::from_fn_with_state(services.clone(), guard::operator))
}

/// The routes for operators; the guard stands before `page` too. `alone` says that they have an address of their own and
/// need the routes for monitoring, and that of erasure by id, there too.
pub(crate) fn operators(services: &Services, page: Router, alone: bool) -> Router {
    let routes = Router::new()
        .route("/v1/manifest/{product}", put(manifests::push))
        .route("/api/paused", get(paused::list).post(paused::change))
        .route("/api/clock/accept", post(clock::accept))
        .route("/api/amendments", post(amendments::amend))
        .route("/api/versions.json", get(amendments::versions))
        .route("/api/rows.csv", rows::route(ExportFormat::Csv))
        .route("/api/rows.jsonl", rows::route(ExportFormat::JsonLines))
        .merge(page.with_state(()));
    let routes = guarded(services, routes).route("/login", get(login::login)).with_state(services.clone());
    if alone {
        let erasure = Router::new().route("/v1/erase", post(erase::erase)).with_state(services.clone());
        routes.merge(erasure).merge(monitoring(services))
    } else {
        routes
    }
}

/// All routes, and those that only the socket in the data directory has.
pub(crate) fn on_socket(services: &Services, page: Router) -> Router {
    let own = Router::new()
        .route("/local/tokens", get(local::tokens).post(local::change))
        .route("/local/links", post(local::new_link))
        .route("/local/imports", post(local::import_begins));
    let own = guarded(services, own).with_state(services.clone());
    agents(services).merge(operators(services, page, false)).merge(own)
}

/// Answers unknown paths and wrong methods. The methods that a route has stand in `Allow`: axum adds it.
pub(crate) fn with_refusals(router: Router, services: &Services) -> Router {
    let unknown = services.clone();
    let wrong = services.clone();
    router
        .fallback(move || async move { refuse(&unknown, Reason::NotFound) })
        .method_not_allowed_fallback(move || async move { refuse(&wrong, Reason::Method) })
}
