//! An operator pauses and resumes items.

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::services::{Services, refuse};
use crate::access::Access;
use crate::audit::Act;
use crate::paused::{Item, PausedError};
use crate::refusal::{Reason, Refusal};

/// What is asked: `paused` false resumes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PauseRequest {
    product: String,
    item: String,
    paused: bool,
}

/// The paused items of the operator's products.
pub(super) async fn list(State(services): State<Services>, Extension(access): Extension<Access>) -> Response {
    let mut paused = services.ingest.paused.list();
    paused.retain(|paused| access.sees(&paused.product));
    let listed = paused.iter().map(|paused| {
        json!({
            "product": paused.product, "item": paused.item.to_string(), "since": paused.since,
            "left-out": paused.left_out,
        })
    });
    Json(json!({ "paused": listed.collect::<Vec<_>>() })).into_response()
}

pub(super) async fn change(
    State(services): State<Services>,
    Extension(access): Extension<Access>,
    request: Result<Json<PauseRequest>, axum::extract::rejection::JsonRejection>,
) -> Response {
    let Ok(Json(PauseRequest { product, item, paused })) = request else {
        return refuse(
            &services,
            Refusal::unusable("a pause names product, item, and paused: true or false"),
        );
    };
    if !access.sees(&product) {
        return refuse(&services, Reason::NoSuchProduct);
    }
    let act = Act::new(if paused { "pause" } else { "resume" }, Some(&product), &item);
    let work = {
        let services = services.clone();
        tokio::task::spawn_blocking(move || set(&services, &product, &item, paused)).await
    };
    let mut response = match work {
        Ok(Ok(item)) => Json(json!({ "item": item.to_string(), "paused": paused })).into_response(),
        Ok(Err(refusal)) => refuse(&services, refusal),
        Err(_) => refuse(&services, Reason::Stopping),
    };
    response.extensions_mut().insert(act);
    response
}

fn set(services: &Services, product: &str, name: &str, paused: bool) -> Result<Item, Refusal> {
    let refused = |error: PausedError| match error {
        PausedError::Io(_) => Refusal::new(Reason::NotKept, error.to_string()),
        PausedError::NotShared(_) => Refusal::new(Reason::StoreFailed, error.to_string()),
        error => Refusal::unusable(error.to_string()),
    };
    let now = services.ingest.clock.unchecked();
    let Services { ingest, shared, .. } = services;
    if !paused {
        return shared.resume(&ingest.paused, product, name, now).map_err(refused);
    }
    let item = ingest.manifests.item(product, name).map_err(Refusal::unusable)?;
    shared.pause(&ingest.paused, product, item.clone(), now).map_err(refused)?;
    Ok(item)
}
