//! The routes that a host merges: the console bridge, and status and preview for the server's operator.

use std::sync::Arc;

use aboveboard_console_bridge::{Bridge, Origin, Origins, router as bridge};
use aboveboard_core::identity::session;
use axum::Router;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, get};

use crate::console::ServerSink;
use crate::handle::Handle;
use crate::refusal::Refusal;

/// One document.
const JSON: &str = "application/json";

/// A document a line.
const JSON_LINES: &str = "application/x-ndjson";

impl Handle {
    /// The routes below `/telemetry/`: `config`, `events` and `client.js` for the server's console, `status` and
    /// `preview` for its operator.
    ///
    /// Status and preview answer only who states the token as a bearer: the one of `<PREFIX>_TELEMETRY_TOKEN` or of
    /// [`Agent::token`](crate::Agent::token), or where neither is given, that of the file `telemetry/token` in the
    /// directory, which is there while the agent records. An address, a missing header or a user of this machine proves
    /// nothing: a proxy may have passed the request on. No route needs the address of the peer, so the host may listen where it
    /// likes, on a Unix socket too.
    pub fn router(&self) -> Router {
        self.console_routes()
            .route("/telemetry/status", document(self.clone(), JSON, |handle| handle.status().to_string()))
            .route("/telemetry/preview", document(self.clone(), JSON_LINES, Handle::preview))
    }

    /// The routes of the server's console.
    fn console_routes(&self) -> Router {
        // A system without randomness gets no bridge: pages do without a client.
        let Some(random) = session() else { return Router::new() };
        let configured = &self.agent.integration.origins;
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

/// A route that shows a document to who holds the token.
fn document(handle: Handle, kind: &'static str, show: fn(&Handle) -> String) -> MethodRouter {
    get(move |headers: HeaderMap| async move {
        let paths = handle.agent.switch.setup.paths.as_ref();
        if !handle.agent.integration.knows_token_of(&headers, paths) {
            return Refusal::NoToken.into_response();
        }
        let kind = [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        (kind, show(&handle)).into_response()
    })
    .fallback(|| async { Refusal::Method })
}
