//! Requests and answers.

use aboveboard_store::calendar::{Day, SECONDS_A_DAY, day_of};
use aboveboard_store::limits::MAX_EVENT_AGE;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Extension, Path, RawQuery, State as Shared};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::error::PageError;
use super::panels::PANELS;
use super::query::PageQuery;
use super::response::{guarded, problem};
use super::scope::{Scope, products};
use super::state::PageState;
use super::window::Windows;
use super::{live as stream, panel, view};
use crate::access::Access;
use crate::dates::iso;
use crate::refusal::Refusal;

/// The error as a page, for people.
fn error_page(error: PageError) -> Response {
    let refusal = Refusal::from(error);
    let text = view::error(refusal.status().as_u16(), refusal.message()).unwrap_or_default();
    (refusal.status(), guarded("text/html; charset=utf-8"), text).into_response()
}

/// Reads the store on a thread that may block.
async fn ask<T: Send + 'static>(
    state: PageState,
    work: impl FnOnce(&PageState) -> Result<T, PageError> + Send + 'static,
) -> Result<T, PageError> {
    tokio::task::spawn_blocking(move || work(&state)).await.unwrap_or(Err(PageError::Internal))
}

pub(crate) async fn page(
    Shared(state): Shared<PageState>,
    Extension(access): Extension<Access>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let made = ask(state, move |state| {
        let query = PageQuery::parse(query.as_deref().unwrap_or_default()).map_err(PageError::Query)?;
        view::page(state, &access, query)
    });
    match made.await {
        Ok(text) => html(text, &headers),
        Err(error) => error_page(error),
    }
}

/// The page is text through and through: gzip makes a tenth of it.
fn html(text: String, headers: &HeaderMap) -> Response {
    let wanted =
        headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = guarded("text/html; charset=utf-8");
    let vary = [(header::VARY, "accept-encoding")];
    if wanted.split(',').any(|coding| coding.trim() == "gzip") {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        if std::io::Write::write_all(&mut encoder, text.as_bytes()).is_ok()
            && let Ok(bytes) = encoder.finish()
        {
            return (kind, vary, [(header::CONTENT_ENCODING, "gzip")], bytes).into_response();
        }
    }
    (kind, vary, text).into_response()
}

/// The tables there are.
pub(crate) async fn tables() -> Response {
    let list: Vec<_> = PANELS
        .iter()
        .map(|panel| panel.name())
        .map(|name| json!({"name": name, "json": format!("/api/tables/{name}.json"), "csv": format!("/api/tables/{name}.csv")}))
        .collect();
    (guarded("application/json"), json!({ "tables": list }).to_string()).into_response()
}

pub(crate) async fn table(
    Shared(state): Shared<PageState>,
    Extension(access): Extension<Access>,
    file: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Response {
    let made = ask(state, move |state| {
        let unknown = || PageError::NotFound("no such table; /api/tables.json lists them");
        let Path(file) = file.map_err(|_| unknown())?;
        let (name, form) = file.rsplit_once('.').ok_or_else(unknown)?;
        let query = PageQuery::parse(query.as_deref().unwrap_or_default()).map_err(PageError::Query)?;
        let today = day_of((state.now)());
        let found = state.reader.ask(|snapshot| {
            let Some(scope) = Scope::look_up(snapshot, query.clone(), today, &state.manifests, &access)?
            else {
                return Ok(None);
            };
            let previous = query.is_compared.then(|| scope.previous());
            let windows = Windows::new(snapshot, &scope, previous.as_ref());
            let panel = PANELS.iter().find(|panel| panel.name() == name);
            let table = panel.map(|panel| panel::table(*panel, &windows)).transpose()?;
            Ok(Some((table, scope)))
        });
        let Some((table, scope)) = found.map_err(PageError::Store)? else {
            return Err(PageError::UnknownProduct);
        };
        let table = table.ok_or_else(unknown)?;
        match form {
            "csv" => Ok(("text/csv; charset=utf-8; header=present", table.csv())),
            "json" => {
                let mut json = table.json(&scope.query.address());
                json["product"] = json!(scope.question.product);
                json["from"] = json!(iso(scope.question.days.first));
                json["until"] = json!(iso(scope.question.days.last));
                // What arrives late counts for its day, as long as an agent keeps it.
                let complete =
                    scope.question.today - Day::try_from(MAX_EVENT_AGE / SECONDS_A_DAY).unwrap_or(14);
                json["complete_before"] = json!(iso(complete));
                Ok(("application/json", json.to_string()))
            }
            _ => Err(unknown()),
        }
    });
    match made.await {
        Ok((kind, text)) => (guarded(kind), text).into_response(),
        Err(error) => problem(error),
    }
}

/// How many events are counted, by product and component, synthetic ones apart.
pub(crate) async fn totals(
    Shared(state): Shared<PageState>,
    Extension(access): Extension<Access>,
) -> Response {
    let made = ask(state, move |state| {
        let counted = state.reader.ask(|snapshot| {
            let mut counted = serde_json::Map::new();
            let stored = snapshot.products()?;
            for product in products(&stored, &state.manifests, &access) {
                let mut components = serde_json::Map::new();
                for total in snapshot.totals(&product)? {
                    let component = total.component.name().to_owned();
                    let entry =
                        components.entry(component).or_insert_with(|| json!({"events": 0, "synthetic": 0}));
                    let is_synthetic = total.marks.has(aboveboard_types::envelope::Mark::Synthetic);
                    let key = if is_synthetic { "synthetic" } else { "events" };
                    entry[key] = json!(entry[key].as_u64().unwrap_or(0) + total.events);
                }
                counted.insert(product, serde_json::Value::Object(components));
            }
            Ok(counted)
        });
        counted.map_err(PageError::Store)
    });
    match made.await {
        Ok(products) => {
            (guarded("application/json"), json!({ "products": products }).to_string()).into_response()
        }
        Err(error) => problem(error),
    }
}

pub(crate) async fn live(Shared(state): Shared<PageState>, Extension(access): Extension<Access>) -> Response {
    match state.live.upgrade() {
        Some(sender) => {
            let body = Body::new(stream::ArrivalStream::follow(sender.subscribe(), access));
            (guarded("text/event-stream"), body).into_response()
        }
        None => problem(PageError::NotFound("the collector is stopping")),
    }
}
