//! Health and the API document, open to everybody, and the metrics, with nothing in them about any sender.

use axum::extract::{Extension, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::services::{Services, refuse};
use crate::access::Access;
use crate::exposition;
use crate::refusal::Reason;

/// The description of all routes.
pub(crate) const OPENAPI: &str = include_str!("../openapi.json");

pub(super) async fn health() -> &'static str {
    "ok\n"
}

pub(super) async fn ready(State(services): State<Services>) -> Response {
    let log = &services.ingest.log;
    let problem = services.readiness.problem(|| services.ingest.metrics.unapplied(log) > 0);
    let problem = problem.map(str::to_owned).or_else(|| {
        let clock = services.ingest.clock.check().err();
        clock.map(|problem| problem.to_string()).or_else(|| log.problem().map(str::to_owned))
    });
    if let Some(problem) = problem {
        return (StatusCode::SERVICE_UNAVAILABLE, format!("{problem}\n")).into_response();
    }
    match services.readiness.warning(|| services.ingest.metrics.unapplied(log) > 0) {
        Some(warning) => format!("ready, but {warning}\n").into_response(),
        None => "ready\n".into_response(),
    }
}

/// They are of all products together, so they are not for the operator of one. Where they are open, nobody was asked.
pub(super) async fn metrics(State(services): State<Services>, access: Option<Extension<Access>>) -> Response {
    if access.is_some_and(|Extension(access)| !access.sees_all()) {
        return refuse(&services, Reason::OtherProduct);
    }
    let ingest = &services.ingest;
    let text = ingest.metrics.render(&ingest.log, &ingest.manifests.rejected(), &ingest.paused.list());
    ([(header::CONTENT_TYPE, exposition::CONTENT_TYPE)], text).into_response()
}

pub(super) async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}
