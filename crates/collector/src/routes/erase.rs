//! Erasure, by proof of possession or by an operator. Who proves to be the installation gets the same answer whether
//! anything of it is known or not; an operator learns from when to when there was data.

use std::time::Duration;

use aboveboard_store::entry::{Clearing, Erasure};
use aboveboard_store::read::Days;
use aboveboard_types::id::Id;
use aboveboard_types::possession::Purpose;
use aboveboard_wire::ErasureReceipt;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::guard;
use super::possession::owner;
use super::services::{Services, refuse};
use crate::audit::Act;
use crate::dates::iso;
use crate::ingest::is_json;
use crate::log::EntryRef;
use crate::manifests::Lookup;
use crate::refusal::{Reason, Refusal};
use crate::server::Peer;

/// Body of `POST /v1/erase`: an installation itself names no more than the product, and proves itself in the headers; an
/// operator names `installation` or `synthetic`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ErasureRequest {
    product: String,
    installation: Option<String>,
    synthetic: Option<bool>,
}

/// How long an erasure waits for the store to say from when to when there was data.
const MAX_LIFE_WAIT: Duration = Duration::from_secs(5);

/// Who may ask for an erasure at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Askers {
    /// Installations of themselves, and operators.
    All,
    /// Installations of themselves.
    Owners,
}

/// Erases for an installation or an operator.
pub(super) async fn erase(State(services): State<Services>, request: Request) -> Response {
    answer(&services, request, Askers::All).await
}

/// Erases for an installation alone.
pub(super) async fn by_owner(State(services): State<Services>, request: Request) -> Response {
    answer(&services, request, Askers::Owners).await
}

async fn answer(services: &Services, request: Request, askers: Askers) -> Response {
    match try_erase(services, request, askers).await {
        Ok(answer) => {
            services.ingest.metrics.erasures.add(1);
            let json = [(header::CONTENT_TYPE, "application/json")];
            (StatusCode::ACCEPTED, json, answer.to_string()).into_response()
        }
        Err(refusal) => refuse(services, refusal),
    }
}

async fn try_erase(services: &Services, request: Request<Body>, askers: Askers) -> Result<Value, Refusal> {
    let (parts, body) = request.into_parts();
    is_json(&parts.headers)?;
    let body: Bytes = body.collect().await.map_err(|_| Reason::CutOff)?.to_bytes();
    let unreadable =
        || Refusal::unusable("an erasure names a product, and an operator's what of it is erased");
    let request: ErasureRequest = serde_json::from_slice(&body).map_err(|_| unreadable())?;
    if request.installation.is_none() && request.synthetic.is_none() {
        let installation = owner(&parts.headers, &request.product, Purpose::Forget)?;
        log(services, request.product, installation, false).await?;
        return Ok(json!({"erasure": ErasureReceipt::LOGGED, "installation": installation.to_string()}));
    }
    if request.installation.is_some() == (request.synthetic == Some(true)) {
        return Err(unreadable());
    }
    if askers == Askers::Owners {
        return Err(Reason::NotFound.into());
    }
    let peer = parts.extensions.get::<Peer>().copied();
    let access = guard::admit(services, peer, &parts.method, &parts.uri, &parts.headers).await?;
    if !access.sees(&request.product) {
        return Err(Reason::OtherProduct.into());
    }
    let Some(installation) = &request.installation else {
        is_known(services, &request.product)?;
        let clearing = Clearing { product: request.product, received: services.ingest.now()? };
        services.ingest.append(EntryRef::Clearing(&clearing)).await?;
        services
            .note(&access, Act::new("erase", Some(&clearing.product), "everything synthetic"), None)
            .await;
        return Ok(json!({"erasure": "logged", "synthetic": true}));
    };
    let installation =
        Id::parse(installation).ok_or_else(|| Refusal::unusable("an installation is named by a UUID"))?;
    is_known(services, &request.product)?;
    let life = life(services, request.product.clone(), installation).await;
    // Which one it was is not kept: it is erased.
    let act = Act::new("erase", Some(&request.product), "an installation");
    log(services, request.product, installation, true).await?;
    services.note(&access, act, None).await;
    Ok(match life {
        Some(Some(Days { first, last })) => {
            json!({"erasure": "logged", "first": iso(first), "last": iso(last)})
        }
        Some(None) => json!({"erasure": "logged", "first": null, "last": null}),
        // The store does not read just now. The erasure is logged all the same.
        None => json!({"erasure": "logged"}),
    })
}

fn is_known(services: &Services, product: &str) -> Result<(), Reason> {
    match services.ingest.manifests.lookup(product, 0) {
        Lookup::UnknownProduct => Err(Reason::UnknownProduct),
        _ => Ok(()),
    }
}

async fn log(
    services: &Services,
    product: String,
    installation: Id,
    by_operator: bool,
) -> Result<(), Reason> {
    is_known(services, &product)?;
    let received = services.ingest.now()?;
    let erasure = Erasure { product, installation, received, by_operator };
    services.ingest.append(EntryRef::Erasure(&erasure)).await
}

/// The first and the last day of an installation in the store, if it knows it; the outer `None` where the store cannot
/// be read, or does not answer in time: the erasure must not wait for it.
async fn life(services: &Services, product: String, installation: Id) -> Option<Option<Days>> {
    let reader = services.ingest.reader.clone();
    let asked =
        tokio::task::spawn_blocking(move || reader.ask(|snapshot| snapshot.life(&product, installation)));
    tokio::time::timeout(MAX_LIFE_WAIT, asked).await.ok()?.ok()?.ok()
}
