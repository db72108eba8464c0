//! The HTTP interface: everything below /v1 needs the admin secret.

use std::time::Instant;

use aboveboard::server::LinkLayer;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::catalog::{AppliedMigration, Catalog, CatalogError, Change, Metadata, Migration};
use crate::telemetry::timings::REQUESTS;
use crate::telemetry::timings::requests::{Kind, Outcome, Route};

/// The header that carries the admin secret.
pub(crate) const SECRET_HEADER: &str = "x-quarry-admin-secret";

/// What `GET /v1/version` answers.
#[derive(Deserialize, Serialize)]
pub(crate) struct Version {
    pub(crate) version: String,
}

/// The interface. With `link`, answers to requests that showed the secret name the server to the CLI.
pub(super) fn router(catalog: &Catalog, admin_secret: &str, link: LinkLayer) -> Router {
    let secret: std::sync::Arc<str> = admin_secret.into();
    Router::new()
        .route("/v1/version", get(version))
        .route("/v1/metadata", get(export).post(change).put(replace).delete(clear))
        .route("/v1/migrations", post(migrate))
        .route("/v1/migrations/{source}", get(applied))
        .layer(link)
        .layer(middleware::from_fn(measure))
        .layer(middleware::from_fn_with_state(secret, guard))
        .route("/healthz", get(|| async { "ok" }))
        .with_state(catalog.clone())
}

async fn guard(State(secret): State<std::sync::Arc<str>>, request: Request, next: Next) -> Response {
    let shown = request.headers().get(SECRET_HEADER).map_or(&b""[..], |value| value.as_bytes());
    if same(shown, secret.as_bytes()) {
        next.run(request).await
    } else {
        failure(StatusCode::UNAUTHORIZED, "the admin secret is missing or wrong")
    }
}

/// Counts the requests that showed the secret, by what they asked for and how long the answer took.
async fn measure(request: Request, next: Next) -> Response {
    let second = request.uri().path().split('/').nth(2).unwrap_or_default();
    let route = Route::from_external(second);
    let began = Instant::now();
    let response = next.run(request).await;
    let outcome = match response.status() {
        status if status.is_server_error() => Outcome::Failed,
        status if status.is_client_error() => Outcome::Refused,
        _ => Outcome::Answered,
    };
    if let Some(route) = route {
        REQUESTS.record(Kind { route, outcome }, began.elapsed());
    }
    response
}

/// Compares in a time that depends on the lengths alone.
fn same(shown: &[u8], secret: &[u8]) -> bool {
    shown.len() == secret.len() && shown.iter().zip(secret).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

/// What a route answers that changes something.
type ChangeResult = Result<Response, CatalogError>;

async fn version() -> Json<Version> {
    Json(Version { version: env!("CARGO_PKG_VERSION").to_owned() })
}

async fn export(State(catalog): State<Catalog>) -> Result<Json<Metadata>, CatalogError> {
    Ok(Json(catalog.export().await?))
}

async fn change(State(catalog): State<Catalog>, Json(change): Json<Change>) -> ChangeResult {
    catalog.change(change).await.map(|()| done())
}

async fn replace(State(catalog): State<Catalog>, Json(all): Json<Metadata>) -> ChangeResult {
    catalog.replace(all).await.map(|()| done())
}

async fn clear(State(catalog): State<Catalog>) -> ChangeResult {
    catalog.replace(Metadata::default()).await.map(|()| done())
}

async fn migrate(State(catalog): State<Catalog>, Json(migration): Json<Migration>) -> ChangeResult {
    catalog.migrate(migration).await.map(|()| done())
}

async fn applied(
    State(catalog): State<Catalog>,
    Path(source): Path<String>,
) -> Result<Json<Vec<AppliedMigration>>, CatalogError> {
    Ok(Json(catalog.applied(source).await?))
}

fn done() -> Response {
    Json(json!({ "message": "success" })).into_response()
}

fn failure(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "error": why }))).into_response()
}

impl IntoResponse for CatalogError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Exists(_) => StatusCode::CONFLICT,
            Self::Missing(_) => StatusCode::NOT_FOUND,
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Interrupted => StatusCode::SERVICE_UNAVAILABLE,
            Self::Storage(_) | Self::Directory(_) => {
                tracing::error!("{self}");
                return failure(StatusCode::INTERNAL_SERVER_ERROR, "the server's storage failed");
            }
        };
        failure(status, &self.to_string())
    }
}
