//! What an operator changes about a product's data, and which of its versions have names.

use aboveboard_store::amendment::Amendment;
use aboveboard_store::read::ReadResult;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::services::{Services, refuse};
use crate::access::Access;
use crate::amendments::{AmendmentRequest, affected, named_versions};
use crate::audit::Act;
use crate::ingest::is_json;
use crate::log::EntryRef;
use crate::manifests::Lookup;
use crate::refusal::{Reason, Refusal};

/// Logs a change, or says what it would take out.
pub(super) async fn amend(
    State(services): State<Services>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match try_amend(&services, &access, &headers, &body).await {
        Ok((status, answer, act)) => {
            let json = [(header::CONTENT_TYPE, "application/json")];
            let mut response = (status, json, answer.to_string()).into_response();
            response.extensions_mut().insert(act);
            response
        }
        Err(refusal) => refuse(&services, refusal),
    }
}

async fn try_amend(
    services: &Services,
    access: &Access,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(StatusCode, Value, Act), Refusal> {
    is_json(headers)?;
    let request = AmendmentRequest::parse(body).map_err(Refusal::unusable)?;
    let product = request.product.clone();
    if !access.sees(&product) {
        return Err(Reason::OtherProduct.into());
    }
    if matches!(services.ingest.manifests.lookup(&product, 0), Lookup::UnknownProduct) {
        return Err(Reason::UnknownProduct.into());
    }
    let change = request.change().map_err(Refusal::unusable)?;
    let received = services.ingest.now()?;
    let taken = {
        let reader = services.ingest.reader.clone();
        let manifests = services.ingest.manifests.clone();
        let change = change.clone();
        let product = product.clone();
        let asked = tokio::task::spawn_blocking(move || {
            affected(&*reader, &manifests.in_force(), &product, &change, received)
        });
        asked.await.map_err(|_| Reason::Stopping)?
    };
    let taken = taken.map_err(|_| Reason::StoreFailed)?;
    let mut answer = json!({ "installations": taken.installations, "events": taken.events });
    if request.dry_run {
        let act = Act::new("amend", Some(&product), &format!("{change}, dry run"));
        return Ok((StatusCode::OK, answer, act));
    }
    let act = Act::new("amend", Some(&product), &change.to_string());
    let amendment = Amendment { product, received, change };
    services.ingest.append(EntryRef::Amendment(&amendment)).await?;
    answer["amendment"] = json!("logged");
    Ok((StatusCode::ACCEPTED, answer, act))
}

/// The query of `GET /api/versions.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VersionsQuery {
    product: String,
}

/// The versions of a product that have names, and its release lines.
pub(super) async fn versions(
    State(services): State<Services>,
    Extension(access): Extension<Access>,
    query: Result<Query<VersionsQuery>, QueryRejection>,
) -> Response {
    let Ok(Query(VersionsQuery { product })) = query else {
        return refuse(&services, Refusal::unusable("name the product: ?product=ID"));
    };
    if !access.sees(&product) {
        return refuse(&services, Reason::OtherProduct);
    }
    let reader = services.ingest.reader.clone();
    let manifests = services.ingest.manifests.clone();
    let asked = move || -> ReadResult<Value> { named_versions(&*reader, &manifests.in_force(), &product) };
    match tokio::task::spawn_blocking(asked).await {
        Ok(Ok(answer)) => ([(header::CONTENT_TYPE, "application/json")], answer.to_string()).into_response(),
        Ok(Err(_)) => refuse(&services, Reason::StoreFailed),
        Err(_) => refuse(&services, Reason::Stopping),
    }
}
