//! The operator accepts the clock as it stands.

use axum::extract::{Extension, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::services::{Services, refuse};
use crate::access::Access;
use crate::refusal::{Reason, Refusal};

/// Takes the clock for right from now on. It is that of all products, so the operator of one may not.
pub(super) async fn accept(
    State(services): State<Services>,
    Extension(access): Extension<Access>,
) -> Response {
    if !access.sees_all() {
        return refuse(&services, Reason::OtherProduct);
    }
    let clock = services.ingest.clock.clone();
    match tokio::task::spawn_blocking(move || clock.accept()).await {
        Ok(Ok(now)) => ([(header::CONTENT_TYPE, "application/json")], json!({ "accepted": now }).to_string())
            .into_response(),
        Ok(Err(error)) => refuse(&services, Refusal::unusable(error.to_string())),
        Err(_) => refuse(&services, Reason::Stopping),
    }
}
