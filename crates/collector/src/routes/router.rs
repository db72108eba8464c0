//! Which route stands at which address.

use axum::routing::{get, post, put};
use axum::{Router, middleware};

use super::services::{Services, refuse};
use super::{amendments, clock, erase, guard, health, held, local, login, manifests, paused, rows};
use crate::export::ExportFormat;
use crate::refusal::Reason;

/// The routes for agents and for monitoring. `alone` says that the operator's have an address of their own: then this one
/// takes no erasure that an operator asks for.
pub(crate) fn agents(services: &Services, alone: bool) -> Router {
    let erasure = if alone { post(erase::by_owner) } else { post(erase::erase) };
    Router::new()
        .route("/v1/erase", erasure)
        .route("/v1/held", post(held::held))
        .route("/v1/manifest/{product}", get(manifests::newest))
        .merge(monitoring())
        .with_state(services.clone())
}

/// The routes for monitoring that are open.
fn monitoring() -> Router<Services> {
    Router::new()
        .route("/healthz", get(health::health))
        .route("/readyz", get(health::ready))
        .route("/openapi.json", get(health::openapi))
}

fn guarded(services: &Services, router: Router<Services>) -> Router<Services> {
    router.route_layer(middleware::from_fn_with_state(services.clone(), guard::operator))
}

/// The routes for operators; the guard stands before `page` too, and one of their own before the metrics.
/// `alone` says that they have an address of their own and need the routes for monitoring, and that of erasure, there too.
pub(crate) fn operators(services: &Services, page: Router, alone: bool) -> Router {
    let metrics = Router::new().route("/metrics", get(health::metrics));
    let metrics = metrics.route_layer(middleware::from_fn_with_state(services.clone(), guard::metrics));
    let routes = Router::new()
        .route("/v1/manifest/{product}", put(manifests::push))
        .route("/api/paused", get(paused::list).post(paused::change))
        .route("/api/clock/accept", post(clock::accept))
        .route("/api/amendments", post(amendments::amend))
        .route("/api/versions.json", get(amendments::versions))
        .route("/api/rows.csv", rows::route(ExportFormat::Csv))
        .route("/api/rows.jsonl", rows::route(ExportFormat::JsonLines))
        .merge(page.with_state(()));
    let routes = guarded(services, routes).merge(metrics).route("/login", get(login::login));
    let routes =
        if alone { routes.route("/v1/erase", post(erase::erase)).merge(monitoring()) } else { routes };
    routes.with_state(services.clone())
}

/// All routes, and those that only the socket in the data directory has.
pub(crate) fn on_socket(services: &Services, page: Router) -> Router {
    let own = Router::new()
        .route("/local/tokens", get(local::tokens).post(local::change))
        .route("/local/links", post(local::new_link))
        .route("/local/imports", post(local::import_begins))
        .route("/local/nodes", get(local::nodes).post(local::retire));
    let own = guarded(services, own).with_state(services.clone());
    agents(services, false).merge(operators(services, page, false)).merge(own)
}

/// Answers unknown paths and wrong methods. The methods that a route has stand in `Allow`: axum adds it.
pub(crate) fn with_refusals(router: Router, services: &Services) -> Router {
    let unknown = services.clone();
    let wrong = services.clone();
    router
        .fallback(move || async move { refuse(&unknown, Reason::NotFound) })
        .method_not_allowed_fallback(move || async move { refuse(&wrong, Reason::Method) })
}
