//! Why a question has no answer.

use aboveboard_store::StoreError;
use axum::body::Body;
use axum::response::{IntoResponse, Response};

use super::response::GUARD;
use crate::refusal::{Reason, Refusal};

/// Why a question has no answer.
#[derive(Debug)]
pub(crate) enum PageError {
    /// The address does not make sense.
    Query(String),
    /// There is no table, panel or file of this name.
    NotFound(&'static str),
    /// There is no such product, or no data of it yet.
    UnknownProduct,
    /// As many questions as may be wait for an answer.
    Busy,
    /// The store cannot be read.
    Store(StoreError),
    /// The page cannot be rendered, or there is no thread for it.
    Internal,
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<askama::Error> for PageError {
    fn from(_error: askama::Error) -> Self {
        Self::Internal
    }
}

/// A problem document, for tables and streams.
impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        (GUARD, Refusal::from(self).response::<Body>()).into_response()
    }
}

impl From<PageError> for Refusal {
    /// What the store says goes to the log alone: it names paths.
    fn from(error: PageError) -> Self {
        match error {
            PageError::Query(detail) => Self::unusable(detail),
            PageError::NotFound(detail) => Self::new(Reason::NotFound, detail),
            PageError::UnknownProduct => Reason::NoSuchProduct.into(),
            PageError::Busy => Reason::Busy.into(),
            PageError::Store(error) => {
                tracing::error!(%error, detail = ?error, "the page cannot read the store");
                Reason::StoreFailed.into()
            }
            PageError::Internal => Reason::Internal.into(),
        }
    }
}
