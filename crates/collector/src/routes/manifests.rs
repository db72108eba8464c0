//! Manifests: agents and people read them, operators push them.

use std::sync::Arc;

use aboveboard_manifest::Manifest;
use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Extension, Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::services::{Services, refuse};
use crate::access::Access;
use crate::audit::Act;
use crate::ingest::Prefix;
use crate::manifests::ManifestsError;
use crate::refusal::{Reason, Refusal};

/// The text of a manifest, which all answers share.
struct SharedText(Arc<Manifest>);

impl AsRef<[u8]> for SharedText {
    fn as_ref(&self) -> &[u8] {
        self.0.text().as_bytes()
    }
}

/// The newest manifest of a product, as it was written. Whoever asks pays by its length.
pub(super) async fn newest(
    State(services): State<Services>,
    Extension(prefix): Extension<Prefix>,
    product: Result<Path<String>, PathRejection>,
) -> Response {
    let Ok(Path(product)) = product else { return refuse(&services, Reason::NotFound) };
    match services.ingest.manifests.manifest(&product) {
        Some(manifest) => {
            services.ingest.limiter.charge(prefix, manifest.text().len() as u64);
            let text = Bytes::from_owner(SharedText(manifest));
            ([(header::CONTENT_TYPE, "application/toml; charset=utf-8")], text).into_response()
        }
        None => refuse(&services, Reason::UnknownProduct),
    }
}

/// Takes in a manifest: what it declares is accepted from now on.
pub(super) async fn push(
    State(services): State<Services>,
    Extension(access): Extension<Access>,
    product: Result<Path<String>, PathRejection>,
    body: Bytes,
) -> Response {
    let Ok(Path(product)) = product else { return refuse(&services, Reason::NotFound) };
    if !access.sees(&product) {
        return refuse(&services, Reason::OtherProduct);
    }
    let Ok(text) = String::from_utf8(body.into()) else {
        return refuse(&services, Refusal::unusable("the manifest is not UTF-8"));
    };
    let manifests = services.ingest.manifests.clone();
    let shared = services.shared.clone();
    let now = services.ingest.clock.unchecked();
    let pushed = tokio::task::spawn_blocking(move || shared.push(&manifests, &product, &text, now)).await;
    match pushed {
        Ok(Ok(known)) => {
            let product = &known.declaration.product;
            let revision = known.declaration.revision;
            let body = format!("{{\"product\":\"{product}\",\"revision\":{revision}}}");
            let act = Act::new("push", Some(product), &format!("revision {revision}"));
            let mut response = ([(header::CONTENT_TYPE, "application/json")], body).into_response();
            response.extensions_mut().insert(act);
            response
        }
        Ok(Err(error)) => refuse(&services, unusable(&error)),
        Err(_) => refuse(&services, Reason::Stopping),
    }
}

/// Only an operator sees this, and needs to see which line is wrong.
fn unusable(error: &ManifestsError) -> Refusal {
    let reason = match error {
        ManifestsError::Conflict { .. } => Reason::Conflict,
        ManifestsError::Io { .. } => Reason::NotKept,
        ManifestsError::NotShared(_) => Reason::StoreFailed,
        _ => Reason::Unusable,
    };
    Refusal::new(reason, error.to_string())
}
