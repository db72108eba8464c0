//! What is held of an installation, for whoever proves to have it. The answer has the same form where nothing is held, and
//! a wrong proof is refused before anything is looked up, so that nobody learns which ids are known.

use aboveboard_store::calendar::Day;
use aboveboard_store::read::{Days, ReadResult, Snapshot};
use aboveboard_types::declaration::Declaration;
use aboveboard_types::id::Id;
use aboveboard_types::possession::Purpose;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::possession::owner;
use super::services::{Services, refuse};
use crate::dates::iso;
use crate::export::{self, HeldPage};
use crate::ingest::{Prefix, is_json};
use crate::refusal::{Reason, Refusal};

/// What a page costs of the rate of its prefix, in requests: it reads up to as many days as the retention has.
const COST: f64 = 20.0;

/// Body of `POST /v1/held`; `from` is the `next` of the page before.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeldRequest {
    product: String,
    from: Option<String>,
}

pub(super) async fn held(State(services): State<Services>, request: Request) -> Response {
    match try_held(&services, request).await {
        Ok(answer) => {
            let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
            (headers, answer.to_string()).into_response()
        }
        Err(refusal) => refuse(&services, refusal),
    }
}

async fn try_held(services: &Services, request: Request<Body>) -> Result<Value, Refusal> {
    let (parts, body) = request.into_parts();
    is_json(&parts.headers)?;
    let body: Bytes = body.collect().await.map_err(|_| Reason::CutOff)?.to_bytes();
    let unreadable =
        || Refusal::unusable("what is held is asked for by a product, and a day such as 2026-11-22");
    let request: HeldRequest = serde_json::from_slice(&body).map_err(|_| unreadable())?;
    let from = request.from.as_deref().map(|day| export::day(day).ok_or_else(unreadable)).transpose()?;
    let known = services.ingest.manifests.newest(&request.product).ok_or(Reason::UnknownProduct)?;
    let installation = owner(&parts.headers, &request.product, Purpose::Read)?;
    if let Some(prefix) = parts.extensions.get::<Prefix>() {
        services.ingest.limiter.charge_requests(*prefix, COST);
    }
    let permit = services.held.clone().try_acquire_owned().map_err(|_| Reason::Busy)?;
    let reader = services.ingest.reader.clone();
    let read = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        let product = &*request.product;
        reader.ask(|snapshot| page(snapshot, product, installation, from, &known.declaration))
    });
    match read.await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => {
            tracing::error!(%error, "what is held of an installation cannot be read");
            Err(Reason::StoreFailed.into())
        }
        Err(_) => Err(Reason::Stopping.into()),
    }
}

fn page(
    snapshot: &dyn Snapshot,
    product: &str,
    installation: Id,
    from: Option<Day>,
    declaration: &Declaration,
) -> ReadResult<Value> {
    let life = snapshot.life(product, installation)?;
    let mut page = HeldPage::new(Some(declaration))?;
    let days = Days { first: from.unwrap_or(Day::MIN), last: Day::MAX };
    snapshot.rows_of(product, installation, days, &mut |day, row| page.add(day, &row))?;
    let (days, next) = page.finish();
    Ok(json!({
        "product": product,
        "installation": installation.to_string(),
        "first": life.map(|life| iso(life.first)),
        "last": life.map(|life| iso(life.last)),
        "retention": &*declaration.retention,
        "days": days,
        "next": next.map(iso),
    }))
}
