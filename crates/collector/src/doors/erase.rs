//! Erasure: by proof, or by the operator. The answer is the same whether anything is known of the installation or not.

use aboveboard_core::id::Id;
use aboveboard_core::identity::id_of;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt as _;
use serde::Deserialize;

use super::{Shared, is_operator, refuse};
use crate::config::Digest;
use crate::entry::Erasure;
use crate::ingest::{Refusal, is_json};
use crate::log::Item;
use crate::manifests::Lookup;
use crate::server::Peer;

/// Body of `POST /v1/erase`: `secret` by the installation itself, `installation` by the operator.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    product: String,
    secret: Option<String>,
    installation: Option<String>,
}

pub(super) async fn erase(State(shared): State<Shared>, request: Request) -> Response {
    match try_erase(&shared, request).await {
        Ok(()) => {
            shared.ingest.metrics.erasure();
            let json = [(header::CONTENT_TYPE, "application/json")];
            (StatusCode::ACCEPTED, json, "{\"erasure\":\"logged\"}").into_response()
        }
        Err(refusal) => refuse(&shared, refusal),
    }
}

async fn try_erase(shared: &Shared, request: Request<Body>) -> Result<(), Refusal> {
    let (parts, body) = request.into_parts();
    is_json(&parts.headers)?;
    let body: Bytes = body.collect().await.map_err(|_| Refusal::CutOff)?.to_bytes();
    let unreadable = Refusal::Unusable("an erasure names a product and a secret, or an installation");
    let wish: Wish = serde_json::from_slice(&body).map_err(|_| unreadable)?;
    let (installation, by_operator) = match (&wish.secret, &wish.installation) {
        (Some(secret), None) => {
            let secret =
                Digest::parse(secret).ok_or(Refusal::Unusable("a secret has 64 hexadecimal digits"))?;
            (id_of(&wish.product, secret.bytes()), false)
        }
        (None, Some(installation)) => {
            let peer = parts.extensions.get::<Peer>().copied();
            let access = is_operator(shared, peer, &parts.method, &parts.uri, &parts.headers)?;
            if !access.sees(&wish.product) {
                return Err(Refusal::OtherProduct);
            }
            (Id::parse(installation).ok_or(Refusal::Unusable("an installation is named by a UUID"))?, true)
        }
        _ => return Err(unreadable),
    };
    if matches!(shared.ingest.manifests.lookup(&wish.product, 0), Lookup::UnknownProduct) {
        return Err(Refusal::UnknownProduct);
    }
    let received = (shared.ingest.clock)();
    let erasure = Erasure { product: wish.product, installation, received, by_operator };
    shared.ingest.append(Item::Erasure(&erasure)).await
}
