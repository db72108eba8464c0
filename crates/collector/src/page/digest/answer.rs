//! The route of the digest.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, State as Shared};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::content::{Digest, Line};
use super::{html, markdown, product, text};
use crate::access::Access;
use crate::page::error::PageError;
use crate::page::format::long_day;
use crate::page::health::of_collector;
use crate::page::query::PageQuery;
use crate::page::response::guarded;
use crate::page::routes::ask;
use crate::page::scope::products;
use crate::page::state::PageState;
use crate::page::window::answer;

/// What mail needs and a browser may show: a style in place, and nothing that is fetched or run.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                           frame-ancestors 'none'";

/// The parameters of the address. Empty values ask for nothing, as on the page.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::page) struct DigestQuery {
    #[serde(default)]
    format: String,
    #[serde(default)]
    product: String,
    #[serde(default)]
    page: String,
}

/// The digest of one product, or of all that the token opens.
pub(in crate::page) async fn digest(
    Shared(state): Shared<PageState>,
    Extension(access): Extension<Access>,
    query: Result<Query<DigestQuery>, QueryRejection>,
) -> Result<Response, PageError> {
    let unreadable = "a digest is asked for by format, product and page".to_owned();
    let Query(query) = query.map_err(|_| PageError::Query(unreadable))?;
    let page = page_address(&query.page)?;
    let form = match query.format.as_str() {
        "" | "text" => Form::Text,
        "md" => Form::Markdown,
        "html" => Form::Html,
        _ => return Err(PageError::Query("format must be md, html or text".to_owned())),
    };
    ask(state, move |state| {
        let digest = gather(state, &access, &query.product, page.as_deref())?;
        Ok(match form {
            Form::Text => (guarded("text/plain; charset=utf-8"), text::render(&digest)).into_response(),
            Form::Markdown => {
                (guarded("text/markdown; charset=utf-8"), markdown::render(&digest)).into_response()
            }
            Form::Html => {
                let mut response =
                    (guarded("text/html; charset=utf-8"), html::render(&digest)?).into_response();
                let policy = axum::http::HeaderValue::from_static(MAIL_POLICY);
                response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
                response
            }
        })
    })
    .await
}

enum Form {
    Text,
    Markdown,
    Html,
}

/// Where browsers find the page, without the slash at the end; none where the asker does not say.
fn page_address(text: &str) -> Result<Option<String>, PageError> {
    if text.is_empty() {
        return Ok(None);
    }
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/[]%@".contains(&byte);
    match rest {
        Some(rest) if !rest.is_empty() && rest.bytes().all(is_plain) => {
            Ok(Some(text.trim_end_matches('/').to_owned()))
        }
        _ => Err(PageError::Query(
            "page must be the address of the page, as https://figures.example.org".to_owned(),
        )),
    }
}

/// One product after the other, each from one moment of the store.
fn gather(state: &PageState, access: &Access, only: &str, page: Option<&str>) -> Result<Digest, PageError> {
    let stored = state.reader.ask(|snapshot| snapshot.products())?;
    let mut all = products(&stored, &state.manifests, access);
    if !only.is_empty() {
        all.retain(|product| product == only);
        if all.is_empty() {
            return Err(PageError::UnknownProduct);
        }
    }
    let collector = of_collector(state, access, &all).iter().map(Line::of_health).collect();
    let mut digest = Digest { until: String::new(), collector, products: Vec::new() };
    for product in all {
        let query = PageQuery { product: Some(product), ..PageQuery::default() };
        let made = answer(state, access, &query, |snapshot, windows| {
            Ok((product::until(&windows.shown)?, product::of_product(state, snapshot, &windows.shown, page)?))
        })?;
        if let Some((until, product)) = made {
            digest.until = long_day(until);
            digest.products.push(product);
        }
    }
    Ok(digest)
}
