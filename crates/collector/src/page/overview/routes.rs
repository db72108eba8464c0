//! The routes of the overview.

use axum::extract::{Extension, RawQuery, State as Shared};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};

use super::query::OverviewQuery;
use super::summary::{ProductSummary, summaries};
use super::view;
use crate::access::Access;
use crate::page::error::PageError;
use crate::page::response::guarded;
use crate::page::routes::{ask, found, json_response};
use crate::page::state::PageState;

fn parse_overview(query: Option<String>) -> Result<OverviewQuery, PageError> {
    OverviewQuery::parse(&query.unwrap_or_default()).map_err(PageError::Query)
}

/// All products, or the one that is named.
pub(crate) async fn products(
    Shared(state): Shared<PageState>,
    Extension(access): Extension<Access>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let asked = query.clone().unwrap_or_default();
    let made = ask(state, move |state| view::overview(state, &access, &parse_overview(query)?));
    found(made.await, &headers, &asked)
}

/// All products as CSV.
pub(crate) async fn products_csv(
    Shared(state): Shared<PageState>,
    Extension(access): Extension<Access>,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let table = ask(state, move |state| Ok(view::table(&found_products(state, &access, query)?)));
    Ok((guarded("text/csv; charset=utf-8; header=present"), table.await?.csv()).into_response())
}

/// All products as data.
pub(crate) async fn products_json(
    Shared(state): Shared<PageState>,
    Extension(access): Extension<Access>,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let data = ask(state, move |state| Ok(view::data(&found_products(state, &access, query)?)));
    Ok(json_response(&data.await?))
}

fn found_products(
    state: &PageState,
    access: &Access,
    query: Option<String>,
) -> Result<Vec<ProductSummary>, PageError> {
    let query = parse_overview(query)?;
    let mut all = summaries(state, access, &query.along)?;
    all.retain(|product| product.is_like(&query.find));
    Ok(all)
}
