//! The console's files, built into the binary. `quarry-server` and `quarry console` both serve them.

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("../console/", $name)))),+]
    };
}

const FILES: [(&str, &str); 14] = files![
    "index.html",
    "style.css",
    "main.js",
    "store.js",
    "actions.js",
    "reducer.js",
    "api.js",
    "router.js",
    "dom.js",
    "telemetry.js",
    "views/data.js",
    "views/table.js",
    "views/lists.js",
    "views/frame.js",
];

/// No script or style but these files, no other origin, no markup made from text.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

/// Serves the console at `/console/`, and redirects there from `/`.
pub(crate) fn router() -> Router {
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/console/") }))
        .route("/console", get(|| async { Redirect::temporary("/console/") }))
        .route("/console/", get(|| async { file("index.html") }))
        .route("/console/{*file}", get(|Path(name): Path<String>| async move { file(&name) }))
}

fn file(name: &str) -> Response {
    let Some((_, text)) = FILES.iter().find(|(known, _)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        _ => "text/javascript; charset=utf-8",
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        // The files change with the binary and have no other name then.
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, *text).into_response()
}
