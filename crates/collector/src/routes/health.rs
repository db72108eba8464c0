//! Health and the API document, open to everybody, and the metrics, with nothing in them about any sender.

use axum::extract::{Extension, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::services::{Services, refuse};
use crate::access::Access;
use crate::refusal::Reason;

/// The description of all routes.
pub(crate) const OPENAPI: &str = include_str!("../openapi.json");

pub(super) async fn health() -> &'static str {
    "ok\n"
}

pub(super) async fn ready(State(services): State<Services>) -> Response {
    let unavailable = |why: &'static str| (StatusCode::SERVICE_UNAVAILABLE, why).into_response();
    if services.readiness.is_stopping() {
        unavailable("stopping\n")
    } else if !services.readiness.is_applying() {
        unavailable("the store does not take what is in the log\n")
    } else if !services.ingest.log.figures().is_in_place {
        unavailable("the data directory was moved or removed\n")
    } else if services.ingest.log.accepts(0).is_err() {
        unavailable("the log takes nothing more\n")
    } else {
        "ready\n".into_response()
    }
}

/// They are of all products together, so they are not for the operator of one. Where they are open, nobody was asked.
pub(super) async fn metrics(State(services): State<Services>, access: Option<Extension<Access>>) -> Response {
    if access.is_some_and(|Extension(access)| !access.sees_all()) {
        return refuse(&services, Reason::OtherProduct);
    }
    let text = services.ingest.metrics.render(&services.ingest.log);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

pub(super) async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}
