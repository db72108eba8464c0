//! The route of the gauges.

use std::sync::Arc;

use axum::extract::{Extension, State as Shared};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tokio::sync::OwnedMutexGuard;

use super::measure::measure;
use super::samples::Gauges;
use crate::access::{Access, Scope};
use crate::exposition;
use crate::page::error::PageError;
use crate::page::response::GUARD;
use crate::page::routes::ask;
use crate::page::scope::products;
use crate::page::state::PageState;

/// The gauges of the products that the token opens.
pub(in crate::page) async fn gauges(
    Shared(state): Shared<PageState>,
    Extension(access): Extension<Access>,
) -> Result<Response, PageError> {
    let known = Arc::clone(&state.gauges).lock_owned().await;
    let text = ask(state, move |state| tell(state, &access, known)).await?;
    Ok(([(header::CONTENT_TYPE, exposition::CONTENT_TYPE)], GUARD, text).into_response())
}

fn tell(state: &PageState, access: &Access, mut known: OwnedMutexGuard<Gauges>) -> Result<String, PageError> {
    let stored = state.reader.ask(|snapshot| snapshot.products())?;
    let everything = Access::to_all(&access.who, Scope::Read);
    let mut products = products(&stored, &state.manifests, &everything);
    known.retain(&products);
    products.retain(|product| access.sees(product));
    for product in products.iter().filter(|product| known.is_due(product)).cloned().collect::<Vec<_>>() {
        if let Some(samples) = measure(state, &everything, &product)? {
            known.keep(&product, samples);
        }
    }
    Ok(known.text(&products))
}
