//! The routes that a host merges: the console bridge, and status and preview for people at the machine itself.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use aboveboard_console_bridge::{Bridge, Origin, Origins, router as bridge};
use aboveboard_core::identity::session;
use aboveboard_types::headers::{FORWARDED, is_loopback_host};
use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};

use crate::console::ServerSink;
use crate::handle::Handle;
use crate::refusal::Refusal;

impl Handle {
    /// The routes below `/telemetry/`: `config`, `events` and `client.js` for the server's console, `status` and
    /// `preview` for its operator.
    ///
    /// Status and preview answer only requests that come from this machine and were not forwarded, so the host
    /// must be served with `into_make_service_with_connect_info::<SocketAddr>()`. A host that wants to show them
    /// elsewhere serves [`Handle::status`] and [`Handle::preview`] behind its own authentication.
    pub fn router(&self) -> Router {
        self.console_routes()
            .route("/telemetry/status", document(self.clone(), |handle| handle.status().to_string()))
            .route("/telemetry/preview", document(self.clone(), Handle::preview))
    }

    /// The routes of the server's console.
    fn console_routes(&self) -> Router {
        // A system without randomness gets no bridge: pages do without a client.
        let Some(random) = session() else { return Router::new() };
        let configured = &self.agent.switch.setup.settings.origins;
        // Origins that were named but cannot be read must not open the bridge to more than was meant.
        let origins = if configured.is_empty() {
            Origins::literal()
        } else {
            Origins::listed(configured.iter().filter_map(|origin| Origin::parse(origin)))
        };
        let sink = ServerSink(Arc::clone(&self.agent));
        bridge(Arc::new(Bridge::new(self.declaration(), origins, random, sink)))
    }
}

/// A route that shows a document to programs on this machine.
fn document(handle: Handle, show: fn(&Handle) -> String) -> MethodRouter {
    get(move |request: Request| async move { local(&request, || show(&handle)) })
        .fallback(|| async { Refusal::Method })
}

/// Shows the document to a program on this machine, and refuses everybody else: status and preview name paths, and
/// what waits.
fn local(request: &Request, document: impl FnOnce() -> String) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    if !peer.is_some_and(is_loopback) || !is_direct(request.headers()) {
        return Refusal::NotLocal.into_response();
    }
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, document()).into_response()
}

fn is_loopback(peer: IpAddr) -> bool {
    peer.to_canonical().is_loopback()
}

/// Whether the request was made to an address of this machine by a program on it: not by a proxy, not by a page
/// of another origin, not under a name that a stranger may have pointed here.
fn is_direct(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let same_site = headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none");
    is_loopback_host(host) && same_site && !FORWARDED.iter().any(|name| headers.contains_key(*name))
}
