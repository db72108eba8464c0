//! The port through which a batch leaves: one request, one reply.

use aboveboard_core::endpoint::Endpoint;
use aboveboard_types::event::Seconds;
use aboveboard_types::headers::INGEST_KEY;
use aboveboard_types::headers::PROOF;
use aboveboard_types::id::Id;
use aboveboard_types::possession::Proof;
use aboveboard_types::refusal::{RefusalReason, Subject};
use aboveboard_wire::{BATCH_PATH, SENT_AT, believed, is_problem};

/// A `POST` with everything that belongs to it. A transport adds `host`, `content-length` and `user-agent`
/// (`aboveboard`, without a version of anything) and no other header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Where to.
    pub url: String,
    /// Lower-case names with their values.
    pub headers: Vec<(&'static str, String)>,
    /// The bytes, as they stand in the sealed file.
    pub body: Vec<u8>,
}

impl Request {
    /// A post of `body` to a path below the endpoint. `subject` is what the answer has to name to be believed; `now` is
    /// the sender's clock, by which the collector takes out skew; `ingest_key` routes and limits, and proves nothing.
    #[must_use]
    pub fn post(
        endpoint: &Endpoint,
        path: &str,
        subject: Subject,
        ingest_key: &str,
        now: Seconds,
        body: Vec<u8>,
    ) -> Self {
        Self {
            url: endpoint.join(path),
            headers: vec![
                ("content-type", "application/json".to_owned()),
                (SENT_AT, now.to_string()),
                (INGEST_KEY, ingest_key.to_owned()),
                (subject.header(), subject.id().to_string()),
            ],
            body,
        }
    }

    /// The post of a sealed batch, with the proof that it comes from its installation.
    #[must_use]
    pub fn batch(
        endpoint: &Endpoint,
        ingest_key: &str,
        now: Seconds,
        (batch, body): (Id, Vec<u8>),
        proof: &Proof,
    ) -> Self {
        Self::post(endpoint, BATCH_PATH, Subject::Batch(batch), ingest_key, now, body)
            .with(PROOF, proof.to_string())
    }

    /// The same request with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// What came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// `Content-Type` as it was sent, if it was text.
    pub content_type: Option<String>,
    /// `Retry-After` as it was sent, if it was text.
    pub retry_after: Option<String>,
    /// `Date` as it was sent, if it was text.
    pub date: Option<String>,
    /// The whole body, at most [`MAX_REPLY_BYTES`](super::limits::MAX_REPLY_BYTES); a longer one is a
    /// [`Failure::TooLong`].
    pub body: Vec<u8>,
}

impl Reply {
    /// Whether the body says of itself that it is a problem document.
    #[must_use]
    pub fn is_problem(&self) -> bool {
        self.content_type.as_deref().is_some_and(is_problem)
    }

    /// Why a collector refused what `subject` names; `None` where the reply is not a collector's refusal.
    #[must_use]
    pub fn refusal(&self, subject: Subject) -> Option<RefusalReason> {
        believed(self.status, self.content_type.as_deref(), &self.body, subject)
    }
}

aboveboard_types::spelled! {
    /// Why there is no reply. Nothing here holds text from outside.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum Failure {
        /// The name could not be resolved in time, or to nothing.
        Resolve = "resolve",
        /// Every address of the host is one that must not be dialled.
        Forbidden = "forbidden-address",
        /// The connection was refused, or not made in time.
        Connect = "connect",
        /// A proxy is named and cannot be used, so nothing was sent.
        Proxy = "proxy",
        /// The TLS handshake failed: an expired, foreign or untrusted certificate, or no common version.
        Tls = "tls",
        /// Out of time after the connection was made.
        Timeout = "timeout",
        /// The connection ended before the reply was whole, or what came was not HTTP.
        Broken = "broken",
        /// The reply was longer than is read.
        TooLong = "too-long",
    }
}

/// Sends one request and reads one reply, blocking.
///
/// An implementation holds one [`Endpoint`] and: dials only addresses that [`Endpoint::may_dial`] lets pass,
/// checked after resolution and for the very address dialled; follows no redirect; keeps to
/// [`CONNECT_TIMEOUT`](super::limits::CONNECT_TIMEOUT), [`REQUEST_TIMEOUT`](super::limits::REQUEST_TIMEOUT) and
/// [`MAX_REPLY_BYTES`](super::limits::MAX_REPLY_BYTES); never falls back to an unencrypted connection; sends and keeps
/// no cookies. The conformance suite in `conformance` holds it to that.
pub trait Transport {
    /// Sends the request.
    ///
    /// # Errors
    /// Where there is no whole reply. A status of any kind is a reply.
    fn post(&mut self, request: &Request) -> Result<Reply, Failure>;
}
