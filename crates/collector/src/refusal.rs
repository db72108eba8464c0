//! Every way in which the collector refuses a request: one table of reasons, and the answer made of a row.

use std::borrow::Cow;
use std::sync::Arc;

use aboveboard_types::id::Id;
use aboveboard_wire::{PROBLEM_TYPE, Problem};
use http::header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};

/// How one reason is answered.
struct Row {
    /// The `reason` of the problem document and of the metric.
    name: &'static str,
    status: StatusCode,
    title: &'static str,
    /// Seconds for `Retry-After`, which agents obey where they keep a batch at the collector's own word: at 429, 503 and
    /// 507, and where the proof did not reach it.
    retry_after: Option<u32>,
    /// Whether the connection closes: what follows on it cannot be trusted, or is not worth reading.
    closes: bool,
}

/// Seconds after which a passing problem of the collector itself may be over.
const SOON: u32 = 30;

/// Seconds after which somebody may have looked.
const LATER: u32 = 300;

/// Seconds after which a manifest may have been pushed, or another hour's bytes count.
const NEXT_HOUR: u32 = 3_600;

/// Declares every reason beside its row.
macro_rules! reasons {
    ($($(#[$doc:meta])* $reason:ident => $row:expr,)*) => {
        /// Why a request is refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Reason { $($(#[$doc])* $reason,)* }

        impl Reason {
            const ALL: &[Self] = &[$(Self::$reason,)*];

            const fn row(self) -> Row {
                match self { $(Self::$reason => $row,)* }
            }
        }
    };
}

reasons! {
    /// The address prefix, or all together, send too fast.
    TooFast => row("too-fast", StatusCode::TOO_MANY_REQUESTS, "too many requests").retry_after(1),
    /// The address prefix has sent as much as it may in an hour.
    PrefixQuota => row("prefix-quota", StatusCode::TOO_MANY_REQUESTS, "this network has sent as much as it may in an hour").retry_after(NEXT_HOUR).closes(),
    /// The product has received as much as it may in a day, or little of that is left for who has sent most.
    ProductQuota => row("product-quota", StatusCode::TOO_MANY_REQUESTS, "this product has received nearly as much as it may in a day").retry_after(NEXT_HOUR),
    /// As many bodies as may be are in memory, or as many exports as may be are under way.
    Busy => row("busy", StatusCode::SERVICE_UNAVAILABLE, "too many requests at once").retry_after(SOON),
    /// The file system is nearly full.
    DiskFull => row("disk-full", StatusCode::INSUFFICIENT_STORAGE, "the collector's disk is nearly full").retry_after(LATER),
    /// The store does not keep up with the log.
    LogFull => row("log-full", StatusCode::SERVICE_UNAVAILABLE, "the ingest log is full").retry_after(LATER),
    /// Writing or syncing the log failed, or took too long.
    LogFailed => row("log-failed", StatusCode::SERVICE_UNAVAILABLE, "the ingest log cannot be written").retry_after(SOON),
    /// The collector's own clock cannot be right.
    Clock => row("clock", StatusCode::SERVICE_UNAVAILABLE, "the collector's clock cannot be right").retry_after(LATER),
    /// The collector is stopping.
    Stopping => row("stopping", StatusCode::SERVICE_UNAVAILABLE, "the collector is stopping").retry_after(SOON).closes(),
    /// The request can be read in two ways: two hosts, a target with a host, a header that stands twice.
    Ambiguous => row("ambiguous", StatusCode::BAD_REQUEST, "the request can be read in two ways").closes(),
    /// The request has a body where its method has none.
    Content => row("unexpected-content", StatusCode::BAD_REQUEST, "this method takes no content").closes(),
    /// The request does not state the length of its body.
    NoLength => row("length-required", StatusCode::LENGTH_REQUIRED, "length required: Content-Length, and no Transfer-Encoding").closes(),
    /// The body is larger than a batch may be, as sent or inflated.
    TooLarge => row("too-large", StatusCode::PAYLOAD_TOO_LARGE, "content too large").closes(),
    /// The body inflates beyond reason.
    TooDense => row("too-dense", StatusCode::PAYLOAD_TOO_LARGE, "the content inflates beyond what a batch does"),
    /// The body came too slowly.
    // A 400 would make the agent give the batch up, should a proxy still deliver the answer.
    TooSlow => row("too-slow", StatusCode::REQUEST_TIMEOUT, "request timeout: the content came too slowly").closes(),
    /// The body ended before its stated length.
    CutOff => row("cut-off", StatusCode::REQUEST_TIMEOUT, "the content ended before its stated length").closes(),
    /// The content type is not JSON.
    MediaType => row("media-type", StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported media type"),
    /// The content coding is neither gzip nor identity, or is stated more than once.
    Coding => row("coding", StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported content coding: neither gzip nor identity"),
    /// The gzip member is broken or followed by something else.
    BadGzip => row("bad-gzip", StatusCode::BAD_REQUEST, "the content is not one complete gzip member"),
    /// The body is not a batch: not JSON, unknown or repeated keys, wrong types.
    NotABatch => row("not-a-batch", StatusCode::BAD_REQUEST, "the content is not a batch"),
    /// The envelope holds what no agent writes.
    Malformed => row("malformed", StatusCode::BAD_REQUEST, "malformed batch"),
    /// The collector has no manifest of this product.
    UnknownProduct => row("unknown-product", StatusCode::UNPROCESSABLE_ENTITY, "no manifest of this product is known here"),
    /// The ingest key is not the one in the manifest.
    WrongKey => row("wrong-key", StatusCode::UNPROCESSABLE_ENTITY, "the ingest key is not the product's"),
    /// The request carries no proof that it comes from the installation that it names.
    ProofMissing => row("proof-missing", StatusCode::FORBIDDEN, "no proof of possession came with it; a proxy may have taken the header out").retry_after(NEXT_HOUR),
    /// The proof is not one of the installation for this purpose.
    ProofWrong => row("proof-wrong", StatusCode::FORBIDDEN, "the proof is not one of this installation"),
    /// The revision is known, with another text than the sender's.
    OtherManifest => row("manifest-differs", StatusCode::UNPROCESSABLE_ENTITY, "this revision of the manifest is known here with another text; each text needs a revision of its own"),
    /// The product is no longer collected.
    Closed => row("product-closed", StatusCode::GONE, "the product is no longer collected"),
    /// The product is known, this revision of its manifest is not yet.
    UnknownRevision => row("revision-unknown", StatusCode::SERVICE_UNAVAILABLE, "this revision of the manifest is not known here yet").retry_after(NEXT_HOUR),
    /// No route has this path.
    NotFound => row("not-found", StatusCode::NOT_FOUND, "not found"),
    /// The route exists, for other methods.
    Method => row("method", StatusCode::METHOD_NOT_ALLOWED, "method not allowed"),
    /// The operator's token is missing or wrong.
    NoToken => row("no-token", StatusCode::UNAUTHORIZED, "the operator's token is missing or wrong"),
    /// The token only reads.
    ReadOnly => row("read-only", StatusCode::FORBIDDEN, "this token may read, and change nothing"),
    /// A link for a first visit is not good any more.
    LinkSpent => row("link-spent", StatusCode::FORBIDDEN, "this link was used, or is older than ten minutes: `aboveboard collector token link` makes another"),
    /// A browser asked on behalf of another site.
    CrossSite => row("cross-site", StatusCode::FORBIDDEN, "cross-site requests are not allowed"),
    /// The request makes no sense here.
    Unusable => row("unusable", StatusCode::BAD_REQUEST, "bad request"),
    /// A pushed manifest contradicts one that is known.
    Conflict => row("unusable", StatusCode::CONFLICT, "conflict with a known manifest"),
    /// A pushed manifest cannot be written.
    NotKept => row("unusable", StatusCode::INTERNAL_SERVER_ERROR, "the manifest cannot be written"),
    /// The token belongs to another product.
    OtherProduct => row("other-product", StatusCode::FORBIDDEN, "this token belongs to another product"),
    /// The operator asked for a product that is not known, or not theirs.
    NoSuchProduct => row("no-such-product", StatusCode::NOT_FOUND, "no product of this name is known here"),
    /// The store cannot be read.
    StoreFailed => row("store-failed", StatusCode::SERVICE_UNAVAILABLE, "the store cannot be read; the collector's log says why").retry_after(SOON),
    /// A fault of the collector.
    Internal => row("internal", StatusCode::INTERNAL_SERVER_ERROR, "internal server error"),
}

const fn row(name: &'static str, status: StatusCode, title: &'static str) -> Row {
    Row { name, status, title, retry_after: None, closes: false }
}

impl Row {
    const fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    const fn closes(self) -> Self {
        Self { closes: true, ..self }
    }
}

impl Reason {
    /// How many there are.
    pub(crate) const COUNT: usize = Self::ALL.len();

    /// The name of each in the order of the reasons. Reasons that differ in their status alone share a name.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|reason| reason.row().name)
    }
}

/// A refused request: its reason, and what this request adds to the row of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    /// What is wrong, in the words of this request's case.
    detail: Option<Cow<'static, str>>,
    retry_after: Option<u32>,
    /// The product of this collector that it is about, or that was nearly named; for its operator, and not in the answer.
    pub(crate) product: Option<Arc<str>>,
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self { reason, detail: None, retry_after: reason.row().retry_after, product: None }
    }
}

impl Refusal {
    /// A refusal that says more than its title does.
    pub(crate) fn new(reason: Reason, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: Some(detail.into()), ..Self::from(reason) }
    }

    /// A batch whose envelope holds what no agent writes; `detail` names the key.
    pub(crate) fn malformed(detail: &'static str) -> Self {
        Self::new(Reason::Malformed, detail)
    }

    /// A request that makes no sense; `detail` says why.
    pub(crate) fn unusable(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Reason::Unusable, detail)
    }

    /// A client that sends too fast and may come again after so many seconds.
    pub(crate) fn too_fast(seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..Self::from(Reason::TooFast) }
    }

    /// A client that may find room after so many seconds.
    pub(crate) fn busy(seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..Self::from(Reason::Busy) }
    }

    /// A client whose network may send again after so many seconds.
    pub(crate) fn prefix_quota(seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..Self::from(Reason::PrefixQuota) }
    }

    /// The same refusal, about a product of this collector.
    pub(crate) fn of(self, product: Option<Arc<str>>) -> Self {
        Self { product, ..self }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.reason.row().status
    }

    /// A sentence for people: the detail, or else the title.
    pub(crate) fn message(&self) -> &str {
        self.detail.as_deref().unwrap_or(self.reason.row().title)
    }

    /// The problem document, with what the headers of the request named.
    pub(crate) fn document(&self, batch: Option<Id>, installation: Option<Id>) -> String {
        let row = self.reason.row();
        let problem = Problem::new(row.status.as_u16(), row.name, row.title, self.detail.as_deref());
        problem.echoing(batch, installation).to_json()
    }

    /// The answer, a problem document. It carries the refusal along, so that the front can write the document again with
    /// what the request named.
    pub(crate) fn response<B: From<String>>(&self) -> Response<B> {
        let row = self.reason.row();
        let mut response = Response::new(B::from(self.document(None, None)));
        *response.status_mut() = row.status;
        response.extensions_mut().insert(self.clone());
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_TYPE));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if row.closes {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if self.reason == Reason::NoToken {
            let challenge =
                HeaderValue::from_static("Basic realm=\"aboveboard operator\", charset=\"UTF-8\"");
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use aboveboard_types::refusal::{Consequence, RefusalReason};

    use super::*;

    #[test]
    fn every_reason_has_its_row_and_every_wait_is_on_a_status_that_keeps_the_batch() {
        assert_eq!(Reason::COUNT, Reason::Internal as usize + 1);
        for reason in Reason::ALL {
            let row = reason.row();
            let response = Refusal::from(*reason).response::<String>();
            let keeps = matches!(row.status.as_u16(), 429 | 503 | 507) || *reason == Reason::ProofMissing;
            assert_eq!(response.headers().contains_key(RETRY_AFTER), keeps, "{reason:?}");
            let problem: serde_json::Value = serde_json::from_str(response.body()).unwrap();
            assert_eq!(problem["reason"], row.name);
            assert_eq!(problem["status"], response.status().as_u16());
        }
    }

    #[test]
    fn an_agent_knows_every_reason_by_which_it_decides() {
        for reason in Reason::ALL {
            let row = reason.row();
            let known = RefusalReason::parse(row.name);
            let consequence = match row.status.as_u16() {
                429 | 503 | 507 => Consequence::Later,
                410 => Consequence::Closed,
                413 | 415 | 422 => Consequence::SetAside,
                // Agents treat what is left as a broken path, except where they know the reason.
                _ if known.is_none() => continue,
                _ => known.unwrap().consequence(),
            };
            let known = known
                .unwrap_or_else(|| panic!("{reason:?} is not in aboveboard_types::refusal::RefusalReason"));
            assert_eq!(
                (known.status(), known.consequence()),
                (row.status.as_u16(), consequence),
                "{reason:?}"
            );
        }
    }

    #[test]
    fn the_api_document_lists_the_reasons_that_there_are() {
        let document: serde_json::Value = serde_json::from_str(crate::routes::OPENAPI).unwrap();
        let reasons = &document["components"]["schemas"]["Problem"]["properties"]["reason"]["enum"];
        let documented: Vec<_> =
            reasons.as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
        let mut names: Vec<_> = Reason::names().collect();
        names.dedup();
        assert_eq!(documented, names);
    }

    #[test]
    fn a_detail_stands_beside_the_title_and_a_measured_wait_replaces_the_usual_one() {
        let problem = Refusal::unusable("a \"quoted\" detail").response::<String>().into_body();
        let problem: serde_json::Value = serde_json::from_str(&problem).unwrap();
        assert_eq!(problem["title"], "bad request");
        assert_eq!(problem["detail"], "a \"quoted\" detail");
        assert_eq!(Refusal::too_fast(7).response::<String>().headers()[RETRY_AFTER], "7");
    }
}
