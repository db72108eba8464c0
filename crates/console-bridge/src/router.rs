//! The handler as an axum router.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use axum::routing::any;

use crate::bridge::Bridge;
use crate::limits::MOST_BYTES;
use crate::refusal::Refusal;
use crate::sink::Sink;

/// The bridge at `/telemetry/config`, `/telemetry/events` and `/telemetry/client.js`, to be merged at the root.
///
/// A console of a CLI must be served with `into_make_service_with_connect_info::<SocketAddr>()`: without the
/// address of the other end nobody is told the token.
pub fn router<S: Sink>(bridge: Arc<Bridge<S>>) -> Router {
    ["config", "events", "client.js"].into_iter().fold(Router::new(), |router, door| {
        let bridge = Arc::clone(&bridge);
        router.route(&format!("/telemetry/{door}"), any(move |request| answer(bridge, request)))
    })
}

async fn answer<S: Sink>(bridge: Arc<Bridge<S>>, request: Request) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    let (parts, body) = request.into_parts();
    let response = match to_bytes(body, MOST_BYTES).await {
        Ok(body) => bridge.answer(&parts, &body, peer),
        Err(_) => Refusal::TooLarge.response(),
    };
    response.map(Body::from)
}
