//! Every way to say no, in one table: status, reason, words, and when to come again.

use http::header::{ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;

/// Why a request is refused. Each is answered as `application/problem+json` and counted by its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The address prefix, or all together, send too fast; may come again after these seconds.
    TooFast(u32),
    /// As many bodies as may be are in memory.
    Busy,
    /// The file system is nearly full.
    DiskFull,
    /// The store does not keep up with the log.
    LogFull,
    /// Writing or syncing the log failed, or took too long.
    LogFailed,
    /// The collector stops.
    Stopping,
    /// The body's length is not stated.
    NoLength,
    /// The body is larger than a batch may be, as sent or inflated.
    TooLarge,
    /// The body inflates beyond reason.
    TooDense,
    /// The body came too slowly.
    TooSlow,
    /// The body ended before its stated length.
    CutOff,
    /// The body is no JSON by its own account.
    MediaType,
    /// The body's coding is neither gzip nor identity, or is stated more than once.
    Coding,
    /// The body's gzip is broken or followed by something else.
    BadGzip,
    /// The body is no batch: not JSON, unknown or repeated keys, wrong types.
    NotABatch,
    /// The envelope holds what no agent writes; the text names the key.
    Malformed(&'static str),
    /// No manifest of this product is here.
    UnknownProduct,
    /// The ingest key is not the one in the manifest.
    WrongKey,
    /// The product is no longer collected.
    Closed,
    /// The product is known, this revision of its manifest is not yet.
    UnknownRevision,
    /// There is no such door.
    NotFound,
    /// The door is there, for another method.
    Method(&'static str),
    /// The operator's token is missing or wrong.
    NoToken,
    /// Without a token the door opens on loopback only.
    NotLocal,
    /// A browser asked on behalf of another site.
    CrossSite,
    /// The token is that of another product.
    OtherProduct,
    /// An operator asked for rows of a product that is not known, or not his.
    NoSuchProduct,
    /// What was asked for makes no sense; the text says why.
    Unusable(&'static str),
}

/// Reasons in the order of [`Refusal::index`], for the metrics.
pub(crate) const REASONS: [&str; 28] = [
    "too-fast",
    "busy",
    "disk-full",
    "log-full",
    "log-failed",
    "stopping",
    "length-required",
    "too-large",
    "too-dense",
    "too-slow",
    "cut-off",
    "media-type",
    "coding",
    "bad-gzip",
    "not-a-batch",
    "malformed",
    "unknown-product",
    "wrong-key",
    "product-closed",
    "revision-unknown",
    "not-found",
    "method",
    "no-token",
    "not-local",
    "cross-site",
    "unusable",
    "other-product",
    "no-such-product",
];

/// Seconds after which a passing trouble of the collector itself may be over.
const SOON: u32 = 30;

/// Seconds after which somebody may have looked.
const LATER: u32 = 300;

/// Seconds after which a manifest may have been pushed.
const NEXT_HOUR: u32 = 3_600;

impl Refusal {
    /// Place in [`REASONS`].
    pub(crate) fn index(self) -> usize {
        match self {
            Self::TooFast(_) => 0,
            Self::Busy => 1,
            Self::DiskFull => 2,
            Self::LogFull => 3,
            Self::LogFailed => 4,
            Self::Stopping => 5,
            Self::NoLength => 6,
            Self::TooLarge => 7,
            Self::TooDense => 8,
            Self::TooSlow => 9,
            Self::CutOff => 10,
            Self::MediaType => 11,
            Self::Coding => 12,
            Self::BadGzip => 13,
            Self::NotABatch => 14,
            Self::Malformed(_) => 15,
            Self::UnknownProduct => 16,
            Self::WrongKey => 17,
            Self::Closed => 18,
            Self::UnknownRevision => 19,
            Self::NotFound => 20,
            Self::Method(_) => 21,
            Self::NoToken => 22,
            Self::NotLocal => 23,
            Self::CrossSite => 24,
            Self::Unusable(_) => 25,
            Self::OtherProduct => 26,
            Self::NoSuchProduct => 27,
        }
    }

    /// The status of the answer.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::TooFast(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy | Self::LogFull | Self::LogFailed | Self::Stopping | Self::UnknownRevision => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
            Self::NoLength => StatusCode::LENGTH_REQUIRED,
            Self::TooLarge | Self::TooDense => StatusCode::PAYLOAD_TOO_LARGE,
            // A 400 would make the agent give the batch up, should a proxy still bring him the answer.
            Self::TooSlow | Self::CutOff => StatusCode::REQUEST_TIMEOUT,
            Self::BadGzip | Self::NotABatch | Self::Malformed(_) | Self::Unusable(_) => {
                StatusCode::BAD_REQUEST
            }
            Self::MediaType | Self::Coding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::UnknownProduct | Self::WrongKey => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Closed => StatusCode::GONE,
            Self::NotFound | Self::NoSuchProduct => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoToken => StatusCode::UNAUTHORIZED,
            Self::NotLocal | Self::CrossSite | Self::OtherProduct => StatusCode::FORBIDDEN,
        }
    }

    fn retry_after(self) -> Option<u32> {
        match self {
            Self::TooFast(seconds) => Some(seconds),
            Self::Busy | Self::Stopping | Self::LogFailed => Some(SOON),
            Self::DiskFull | Self::LogFull => Some(LATER),
            Self::UnknownRevision => Some(NEXT_HOUR),
            _ => None,
        }
    }

    /// After these the rest of the connection cannot be trusted, or is not worth reading.
    fn closes(self) -> bool {
        matches!(self, Self::NoLength | Self::TooLarge | Self::TooSlow | Self::CutOff | Self::Stopping)
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::TooFast(_) => "too many requests",
            Self::Busy => "too many requests at once",
            Self::DiskFull => "the collector's disk is nearly full",
            Self::LogFull => "the collector's log is full",
            Self::LogFailed => "the collector cannot write its log",
            Self::Stopping => "the collector stops",
            Self::NoLength => "a body needs Content-Length, and no Transfer-Encoding",
            Self::TooLarge => "the body is too large",
            Self::TooDense => "the body inflates beyond what a batch does",
            Self::TooSlow => "the body came too slowly",
            Self::CutOff => "the body ended early",
            Self::MediaType => "the content type is not the one of this door",
            Self::Coding => "the content coding is neither gzip nor identity",
            Self::BadGzip => "the body is not one whole gzip member",
            Self::NotABatch => "the body is no batch",
            Self::Malformed(what) | Self::Unusable(what) => what,
            Self::UnknownProduct => "no manifest of this product is known here",
            Self::WrongKey => "the ingest key is not the product's",
            Self::Closed => "the product is no longer collected",
            Self::UnknownRevision => "this revision of the manifest is not known here yet",
            Self::NotFound => "no such door",
            Self::Method(_) => "the method does not belong to this door",
            Self::NoToken => "the operator's token is missing or wrong",
            Self::NotLocal => "without an operator token this door opens on loopback only",
            Self::CrossSite => "a page of another site may not ask this",
            Self::OtherProduct => "this token is that of another product",
            Self::NoSuchProduct => "no product of this name is known here",
        }
    }

    /// The answer.
    pub(crate) fn response(self) -> Response<Full<Bytes>> {
        let body = format!(
            "{{\"type\":\"about:blank\",\"title\":\"{}\",\"status\":{},\"reason\":\"{}\"}}",
            self.title(),
            self.status().as_u16(),
            REASONS[self.index()]
        );
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.closes() {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        match self {
            Self::Method(allowed) => {
                headers.insert(ALLOW, HeaderValue::from_static(allowed));
            }
            Self::NoToken => {
                let ask = HeaderValue::from_static("Basic realm=\"aboveboard operator\", charset=\"UTF-8\"");
                headers.insert(http::header::WWW_AUTHENTICATE, ask);
            }
            _ => {}
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_title_is_json_without_escaping_and_every_wait_is_on_a_status_that_keeps_the_batch() {
        let all = [
            Refusal::TooFast(1),
            Refusal::Busy,
            Refusal::DiskFull,
            Refusal::LogFull,
            Refusal::LogFailed,
            Refusal::Stopping,
            Refusal::NoLength,
            Refusal::TooLarge,
            Refusal::TooDense,
            Refusal::TooSlow,
            Refusal::CutOff,
            Refusal::MediaType,
            Refusal::Coding,
            Refusal::BadGzip,
            Refusal::NotABatch,
            Refusal::Malformed("x"),
            Refusal::UnknownProduct,
            Refusal::WrongKey,
            Refusal::Closed,
            Refusal::UnknownRevision,
            Refusal::NotFound,
            Refusal::Method("POST"),
            Refusal::NoToken,
            Refusal::NotLocal,
            Refusal::CrossSite,
            Refusal::Unusable("x"),
            Refusal::OtherProduct,
            Refusal::NoSuchProduct,
        ];
        for (place, refusal) in all.into_iter().enumerate() {
            assert_eq!(refusal.index(), place);
            assert!(!refusal.title().contains(['"', '\\']), "{refusal:?}");
            let keeps = matches!(refusal.status().as_u16(), 429 | 503 | 507);
            assert_eq!(refusal.response().headers().contains_key(RETRY_AFTER), keeps, "{refusal:?}");
        }
        assert_eq!(all.len(), REASONS.len());
    }
}
