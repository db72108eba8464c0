//! Why a request is refused, and the response that says so. No response repeats anything of its request.

use http::{Response, StatusCode, header};

use crate::limits::WAIT_SECONDS;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No route of this name.
    NotFound,
    /// Another method; this is the one allowed.
    Method(&'static str),
    /// The `Host` is none of ours: the request was meant for another server.
    Misdirected,
    /// Not a page of this console, not this process's token, or another user's browser.
    Forbidden,
    /// Not plain JSON.
    NotJson,
    /// Longer than any client sends.
    TooLarge,
    /// Not what a client sends.
    Malformed,
    /// Too many posts.
    TooMany,
}

impl Refusal {
    /// The status of the response.
    const fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    /// The response: a status, with what its status requires, and no body.
    pub(crate) fn response(self) -> Response<Vec<u8>> {
        let mut response = plain(self.status());
        let headers = response.headers_mut();
        match self {
            Self::Method(allowed) => {
                headers.insert(header::ALLOW, header::HeaderValue::from_static(allowed));
            }
            Self::TooMany => {
                headers.insert(header::RETRY_AFTER, header::HeaderValue::from_static(WAIT_SECONDS));
            }
            _ => {}
        }
        response
    }
}

/// A response without a body, with the headers that all of ours carry.
pub(crate) fn plain(status: StatusCode) -> Response<Vec<u8>> {
    with_body(status, None, Vec::new())
}

/// A response that no other origin may read, embed or reinterpret, and that no cache keeps.
pub(crate) fn with_body(
    status: StatusCode,
    content_type: Option<&'static str>,
    body: Vec<u8>,
) -> Response<Vec<u8>> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if let Some(content_type) = content_type {
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    }
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, header::HeaderValue::from_static("nosniff"));
    headers.insert("cross-origin-resource-policy", header::HeaderValue::from_static("same-origin"));
    response
}
