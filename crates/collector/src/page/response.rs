//! What every answer of the page has in common.

use axum::http::{HeaderName, header};
use axum::response::IntoResponseParts;

/// Nothing from elsewhere, nothing inline, no frame around it.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What every answer of the page carries.
pub(super) const GUARD: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
];

/// The headers of an answer with this content type.
pub(super) fn guarded(content_type: &'static str) -> impl IntoResponseParts {
    ([(header::CONTENT_TYPE, content_type)], GUARD)
}
