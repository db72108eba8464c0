//! What a request names in its headers, repeated in a refusal of it.
//!
//! Senders believe a refusal only if it names what they asked about. The front writes it into every refusal, whatever part
//! of the collector refused, and also where the body was not read.

use aboveboard_types::headers::{BATCH, INSTALLATION};
use aboveboard_types::id::Id;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{Either, Full};
use hyper::body::Bytes;

use super::reply::Content;
use crate::refusal::Refusal;

/// The ids that a request names, as far as they are ids.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Echo {
    batch: Option<Id>,
    installation: Option<Id>,
}

impl Echo {
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        // An answer to HEAD has no body, and its length is that of the answer to GET.
        if request.method() == Method::HEAD {
            return Self::default();
        }
        let headers = request.headers();
        Self { batch: id(headers, BATCH), installation: id(headers, INSTALLATION) }
    }

    /// Adds them to a refusal; any other response stays as it is.
    pub(super) fn in_refusal(self, mut response: Response<Content>) -> Response<Content> {
        let Some(refusal) = response.extensions_mut().remove::<Refusal>() else { return response };
        if self.batch.is_none() && self.installation.is_none() {
            return response;
        }
        let document = refusal.document(self.batch, self.installation);
        response.headers_mut().remove(CONTENT_LENGTH);
        response.map(|_| Either::Left(Full::new(Bytes::from(document))))
    }
}

/// An id that is stated once.
fn id(headers: &HeaderMap, name: &str) -> Option<Id> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        return None;
    }
    Id::parse(value.to_str().ok()?)
}
