//! The routes `/`, `/assets/…`, `/api/…`, `/feed.atom` and `/metrics/products`.

use axum::Router;
use axum::routing::get;

use super::state::PageState;
use super::{assets, digest, feed, gauges, overview, routes};

/// The routes of the page. They show what operators may see; the caller that mounts them guards them.
pub(crate) fn router(state: PageState) -> Router {
    Router::new()
        .route("/", get(routes::page))
        .route("/products", get(overview::routes::products))
        .route("/api/products.json", get(overview::routes::products_json))
        .route("/api/products.csv", get(overview::routes::products_csv))
        .route("/assets/{name}", get(assets::asset))
        .route("/api/tables.json", get(routes::tables))
        .route("/api/tables/{file}", get(routes::table))
        .route("/api/health.json", get(routes::health))
        .route("/api/totals.json", get(routes::totals))
        .route("/api/live", get(routes::live))
        .route("/api/digest", get(digest::digest))
        .route("/feed.atom", get(feed::feed))
        .route("/metrics/products", get(gauges::gauges))
        .with_state(state)
}
