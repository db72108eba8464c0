//! The page and its doors: one HTML page, every table of it as CSV and JSON, arrivals as they come.
//!
//! Roll-ups come in through [`Reader`], words through the manifests, arrivals through [`Live`]; nothing here can
//! see a raw row, and nothing shows an event with its installation.

mod answer;
mod assets;
mod chart;
mod charts;
mod compare;
mod error;
mod figures;
mod filters;
pub(crate) mod format;
mod installation_filter;
mod live;
mod panels;
mod parts;
mod query;
mod routes;
mod scope;
pub(crate) mod table;
mod view;
mod words;

#[cfg(test)]
mod filter_tests;
#[cfg(test)]
mod tests;

pub(crate) use query::headline;

use axum::Router;
use axum::routing::get;
use tokio::sync::broadcast;

use crate::clock::now;
use crate::live::Live;
use crate::manifests::Manifests;
use crate::store::sqlite::Reader;

/// What the doors share.
#[derive(Clone)]
struct State {
    reader: Reader,
    live: broadcast::WeakSender<Live>,
    manifests: Manifests,
    now: fn() -> i64,
}

/// The routes `/`, `/assets/…` and `/api/…`. They show what operators may see: whoever mounts them guards them.
/// The router holds `live` weakly, so that dropping the last sender elsewhere ends the streams of arrivals.
pub fn router(reader: Reader, live: &broadcast::Sender<Live>, manifests: Manifests) -> Router {
    routes(State { reader, live: live.downgrade(), manifests, now })
}

fn routes(state: State) -> Router {
    Router::new()
        .route("/", get(routes::page))
        .route("/assets/{name}", get(assets::asset))
        .route("/api/tables.json", get(routes::tables))
        .route("/api/tables/{file}", get(routes::table))
        .route("/api/totals.json", get(routes::totals))
        .route("/api/live", get(routes::live))
        .with_state(state)
}
