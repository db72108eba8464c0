//! What is held of an installation, for whoever proves to have it. The answer has the same form where nothing is held, and
//! a wrong proof is refused before anything is looked up, so that nobody learns which ids are known.

use std::sync::Arc;

use aboveboard_store::calendar::Day;
use aboveboard_store::contributions::Presence;
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

/// What reading a page may cost, beyond the day in which it has cost that: the work of checking a batch of 1 MiB, so some
/// milliseconds.
const MAX_COST: u64 = 1 << 20;

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
            (headers, answer).into_response()
        }
        Err(refusal) => refuse(&services, refusal),
    }
}

async fn try_held(services: &Services, request: Request<Body>) -> Result<String, Refusal> {
    let (parts, body) = request.into_parts();
    is_json(&parts.headers)?;
    let body: Bytes = body.collect().await.map_err(|_| Reason::CutOff)?.to_bytes();
    let unreadable =
        || Refusal::unusable("what is held is asked for by a product, and a day such as 2026-11-22");
    let request: HeldRequest = serde_json::from_slice(&body).map_err(|_| unreadable())?;
    let from = request.from.as_deref().map(|day| export::day(day).ok_or_else(unreadable)).transpose()?;
    let known = services.ingest.manifests.newest(&request.product).ok_or(Reason::UnknownProduct)?;
    let installation = owner(&parts.headers, &request.product, Purpose::Read)?;
    let prefix = parts.extensions.get::<Prefix>().copied().unwrap_or(Prefix::LOCAL);
    let turn = services.held.take(prefix).await?;
    let ingest = Arc::clone(&services.ingest);
    let read = tokio::task::spawn_blocking(move || {
        let product = &*request.product;
        let read =
            ingest.reader.ask(|snapshot| page(snapshot, product, installation, from, &known.declaration));
        let read = read.map(|(answer, cost)| (answer.to_string(), cost));
        // Before the turn ends, so that whoever asks again has paid.
        let cost = read.as_ref().map_or(MAX_COST, |(answer, cost)| cost + answer.len() as u64);
        ingest.limiter.charge(prefix, cost);
        drop(turn);
        read.map(|(answer, _)| answer)
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

/// A page, and what reading it cost.
fn page(
    snapshot: &dyn Snapshot,
    product: &str,
    installation: Id,
    from: Option<Day>,
    declaration: &Declaration,
) -> ReadResult<(Value, u64)> {
    let life = snapshot.life(product, installation)?;
    let mut page = HeldPage::new(Some(declaration))?;
    let days = Days { first: from.unwrap_or(Day::MIN), last: Day::MAX };
    let read = snapshot.rows_of(product, installation, days, MAX_COST, &mut |day, row| page.add(day, row))?;
    let presences = snapshot.presences(product, installation)?;
    let periods = presences.iter().map(|Presence { days, revision, .. }| {
        json!({"first": iso(days.first), "last": iso(days.last), "revision": revision})
    });
    let answer = json!({
        "product": product,
        "installation": installation.to_string(),
        "first": life.map(|life| iso(life.first)),
        "last": life.map(|life| iso(life.last)),
        "retention": &*declaration.retention,
        "periods": periods.collect::<Vec<_>>(),
        "days": page.finish(),
        "next": read.next.map(iso),
    });
    Ok((answer, read.cost))
}
