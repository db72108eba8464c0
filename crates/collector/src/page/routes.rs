//! Requests and answers.

use std::sync::Arc;

use aboveboard_store::limits::OPEN_DAYS;
use aboveboard_types::envelope::Mark;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Extension, Path, RawQuery, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::error::PageError;
use super::health::HealthMessage;
use super::live::follow;
use super::overview::{Found, OverviewQuery, overview};
use super::panels::{PANELS, panel_named};
use super::query::PageQuery;
use super::response::{GUARD, guarded};
use super::scope::{self, Scope};
use super::state::PageState;
use super::table::Table;
use super::window::answer;
use super::{panel, view};
use crate::access::Access;
use crate::dates::iso;
use crate::refusal::Refusal;

/// The error as a page, for people, with a way on from the address that was asked for.
fn error_page(error: PageError, query: &str) -> Response {
    let mended = PageQuery::mended(query);
    let way = match error {
        PageError::Query(_) => ("Show the page without what cannot be meant", mended.address()),
        PageError::NotFound(_) => ("Show all panels", mended.with(|query| query.table = None)),
        PageError::UnknownProduct => ("Show all products", "products".to_owned()),
        PageError::Busy | PageError::Store(_) | PageError::Internal => ("Ask again", mended.address()),
    };
    let refusal = Refusal::from(error);
    let text = view::error(refusal.status().as_u16(), refusal.message(), &way).unwrap_or_default();
    let mut response = (refusal.status(), guarded("text/html; charset=utf-8"), text).into_response();
    if let Some(again) = refusal.response::<Body>().headers_mut().remove(header::RETRY_AFTER) {
        response.headers_mut().insert(header::RETRY_AFTER, again);
    }
    response
}

fn parse(query: Option<String>) -> Result<PageQuery, PageError> {
    PageQuery::parse(&query.unwrap_or_default()).map_err(PageError::Query)
}

/// The same for answers that are no page.
fn parse_without_table(query: Option<String>) -> Result<PageQuery, PageError> {
    PageQuery::parse_without_table(&query.unwrap_or_default()).map_err(PageError::Query)
}

/// Whether an operator may see more than one product.
fn has_several(state: &PageState, access: &Access) -> Result<bool, PageError> {
    let stored = state.reader.ask(|snapshot| snapshot.products())?;
    Ok(scope::products(&stored, &state.manifests, access).len() > 1)
}

pub(super) fn json_response(value: &Value) -> Response {
    (guarded("application/json"), value.to_string()).into_response()
}

/// Reads the store on a thread that may block.
pub(super) async fn ask<T: Send + 'static>(
    state: PageState,
    work: impl FnOnce(&PageState) -> Result<T, PageError> + Send + 'static,
) -> Result<T, PageError> {
    let Ok(_place) = Arc::clone(&state.waiting).try_acquire_owned() else { return Err(PageError::Busy) };
    let permit = Arc::clone(&state.questions).acquire_owned().await.map_err(|_| PageError::Internal)?;
    let answered = tokio::task::spawn_blocking(move || {
        // Held until the answer is made, even if nobody waits for it any more.
        let _permit = permit;
        work(&state)
    });
    answered.await.unwrap_or(Err(PageError::Internal))
}

pub(crate) async fn page(
    Shared(state): Shared<PageState>,
    Extension(access): Extension<Access>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let asked = query.clone().unwrap_or_default();
    let made = ask(state, move |state| {
        let query = parse(query)?;
        if query.product.is_none() && query.table.is_none() && has_several(state, &access)? {
            let all = OverviewQuery { find: String::new(), along: query };
            return overview(state, &access, &all);
        }
        view::page(state, &access, &query).map(Found::Page)
    });
    found(made.await, &headers, &asked)
}

/// The page that was made, or where it is.
pub(super) fn found(made: Result<Found, PageError>, headers: &HeaderMap, query: &str) -> Response {
    match made {
        Ok(Found::Page(text)) => html(text, headers),
        Ok(Found::Product(address)) => {
            (StatusCode::SEE_OTHER, GUARD, [(header::LOCATION, address)]).into_response()
        }
        Err(error) => error_page(error, query),
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

/// The tables there are, at addresses that are seen from this answer's own.
pub(crate) async fn tables() -> Response {
    let list = PANELS.map(
        |(name, _)| json!({"name": name, "json": format!("tables/{name}.json"), "csv": format!("tables/{name}.csv")}),
    );
    json_response(&json!({ "tables": list }))
}

pub(crate) async fn table(
    Shared(state): Shared<PageState>,
    Extension(access): Extension<Access>,
    file: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    ask(state, move |state| {
        let unknown = || PageError::NotFound("no such table; /api/tables.json lists them");
        let Path(file) = file.map_err(|_| unknown())?;
        let (name, form) = file.rsplit_once('.').ok_or_else(unknown)?;
        let made = answer(state, &access, &parse_without_table(query)?, |_, windows| {
            let Some((name, panel)) = panel_named(name) else { return Ok(None) };
            let table = panel::table(panel, windows)?;
            Ok(match form {
                "csv" => {
                    Some((guarded("text/csv; charset=utf-8; header=present"), table.csv()).into_response())
                }
                "json" => Some(json_response(&table_json(name, &table, windows.shown.scope))),
                _ => None,
            })
        });
        made?.ok_or(PageError::UnknownProduct)?.ok_or_else(unknown)
    })
    .await
}

fn table_json(name: &str, table: &Table, scope: &Scope) -> Value {
    let question = &scope.question;
    let mut json = table.json(name, &format!("../../{}", &scope.query.address()[2..]));
    json["product"] = json!(question.product);
    json["from"] = json!(iso(question.days.first));
    json["until"] = json!(iso(question.days.last));
    // What arrives late counts for its day, as long as an agent keeps it.
    json["complete_before"] = json!(iso(question.today - OPEN_DAYS));
    json
}

/// What is to be said of the health of a product, as data.
pub(crate) async fn health(
    Shared(state): Shared<PageState>,
    Extension(access): Extension<Access>,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    ask(state, move |state| {
        let made = answer(state, &access, &parse_without_table(query)?, |_, windows| {
            let messages: Vec<Value> = windows.shown.health()?.iter().map(HealthMessage::json).collect();
            let severity = windows.shown.health()?.first().map(|loudest| loudest.severity.name());
            let product = &windows.shown.scope.question.product;
            Ok(json!({"product": product, "severity": severity, "messages": messages}))
        });
        Ok(json_response(&made?.ok_or(PageError::UnknownProduct)?))
    })
    .await
}

/// How many events are counted, by product and component, synthetic ones apart.
pub(crate) async fn totals(
    Shared(state): Shared<PageState>,
    Extension(access): Extension<Access>,
) -> Result<Response, PageError> {
    ask(state, move |state| {
        let counted = state.reader.ask(|snapshot| {
            let mut counted = serde_json::Map::new();
            let stored = snapshot.products()?;
            for product in scope::products(&stored, &state.manifests, &access) {
                let mut components = json!({});
                for total in snapshot.totals(&product)? {
                    let component = &mut components[total.component.name()];
                    if component.is_null() {
                        *component = json!({"events": 0, "synthetic": 0});
                    }
                    let is_synthetic = total.marks.has(Mark::Synthetic);
                    let sum = &mut component[if is_synthetic { "synthetic" } else { "events" }];
                    *sum = json!(sum.as_u64().unwrap_or(0) + total.events);
                }
                counted.insert(product, components);
            }
            Ok(counted)
        })?;
        Ok(json_response(&json!({ "products": counted })))
    })
    .await
}

pub(crate) async fn live(
    Shared(state): Shared<PageState>,
    Extension(access): Extension<Access>,
) -> Result<Response, PageError> {
    let sender = state.live.upgrade().ok_or(PageError::NotFound("the collector is stopping"))?;
    let body = Body::new(follow(sender.subscribe(), access, state.manifests.clone()));
    // nginx would keep the stream until it has gathered a buffer of it.
    let at_once = [("x-accel-buffering", "no")];
    Ok((guarded("text/event-stream"), at_once, body).into_response())
}
