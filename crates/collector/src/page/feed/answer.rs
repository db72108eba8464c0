//! The route of the feed.

use aboveboard_store::calendar::Day;
use aboveboard_store::read::ReadResult;
use askama::Template as _;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, State as Shared};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::atom::{Feed, address};
use super::beginnings::Beginnings;
use super::entry::over;
use crate::access::Access;
use crate::page::error::PageError;
use crate::page::query::PageQuery;
use crate::page::response::guarded;
use crate::page::routes::ask;
use crate::page::state::PageState;
use crate::page::window::{Window, answer};

/// How many days that are over the feed tells of: a reader that was away for a holiday misses nothing, and what was received on
/// each of them, on the day before and in the weeks before that is still known.
const DAYS: Day = 20;

/// The parameter of the address.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::page) struct FeedQuery {
    #[serde(default)]
    product: String,
}

/// What changed in a product lately.
pub(in crate::page) async fn feed(
    Shared(state): Shared<PageState>,
    Extension(access): Extension<Access>,
    query: Result<Query<FeedQuery>, QueryRejection>,
) -> Result<Response, PageError> {
    let unreadable = || PageError::Query("name the product, and nothing else: ?product=ID".to_owned());
    let Query(FeedQuery { product }) = query.map_err(|_| unreadable())?;
    if product.is_empty() {
        return Err(unreadable());
    }
    ask(state, move |state| {
        let query = PageQuery { product: Some(product), ..PageQuery::default() };
        let made = answer(state, &access, &query, |_, windows| gather(&windows.shown))?;
        let text = made.ok_or(PageError::UnknownProduct)?.render()?;
        Ok((guarded("application/atom+xml; charset=utf-8"), text).into_response())
    })
    .await
}

fn gather(window: &Window<'_>) -> ReadResult<Feed> {
    let scope = window.scope;
    let today = scope.question.today;
    let id = id(window);
    let mut beginnings = Beginnings::default();
    for day in today - DAYS..=today {
        beginnings.add(&window.answers.changes_as_of(day)?, &id);
    }
    let table = scope.query.with(|query| query.table = Some("changes".to_owned()));
    let page = scope.query.address();
    let product = scope.manifest.as_deref().map(|manifest| &manifest.product);
    Ok(Feed {
        title: format!("{}: what changed", scope.title()),
        author: product.map_or_else(|| scope.title().to_owned(), |product| product.controller.clone()),
        updated: over(today - 1),
        own: address(&scope.question.product),
        page,
        changes: table,
        entries: beginnings.entries(),
        id,
    })
}

/// A tag URI (RFC 4151) of whoever the manifest says receives the data. It does not depend on where the page is reached.
fn id(window: &Window<'_>) -> String {
    let product = &window.scope.question.product;
    let endpoint = window.scope.manifest.as_deref().map_or("", |manifest| manifest.product.endpoint.as_str());
    let host = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    let host = host.split(['/', ':', '?', '#']).next();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let host = host.filter(|host| !host.is_empty() && host.bytes().all(is_name));
    format!("tag:{},2026:aboveboard/{product}", host.unwrap_or("aboveboard.invalid"))
}
