//! The door for batches: admit, decode, validate, log, respond. In that order, so that the cheapest no comes first.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use aboveboard_types::limits::MAX_BYTES;
use aboveboard_wire::{INGEST_KEY, SENT_AT};
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use tokio::sync::broadcast;

use crate::config::{Limits, Products};
use crate::live::{Live, days_to_verify};
use crate::log::{AppendError, EntryRef, Log};
use crate::manifests::Manifests;
use crate::metrics::Metrics;
use crate::refusal::{Reason, Refusal};
use crate::store::calendar::day_of;
use crate::store::sqlite::{Reader, export};

mod address;
mod body;
mod padding;
mod rate;
mod validate;

pub(crate) use address::client;
pub(crate) use body::{MemoryBudget, inflate, read, stated_length};
pub(crate) use rate::Limiter;
pub(crate) use validate::{Circumstances, Watched, validate};

/// Last second of the year 9999.
const MAX_TIME: i64 = 253_402_300_799;

/// Everything that takes a batch in.
#[derive(Debug)]
pub(crate) struct Ingest {
    pub(crate) manifests: Manifests,
    pub(crate) products: Products,
    pub(crate) limits: Limits,
    /// Proxies in front that append to `X-Forwarded-For`.
    pub(crate) trusted_hops: usize,
    pub(crate) log: Log,
    pub(crate) limiter: Limiter,
    pub(crate) room: Arc<MemoryBudget>,
    pub(crate) live: broadcast::Sender<Live>,
    /// Where it is asked how new an installation is.
    pub(crate) reader: Reader,
    pub(crate) metrics: Arc<Metrics>,
    /// Seconds since 1970 UTC.
    pub(crate) clock: fn() -> i64,
}

impl Ingest {
    /// Answers `POST /v1/batch`.
    pub(crate) async fn batch(&self, client: IpAddr, request: Request<Incoming>) -> Response<Full<Bytes>> {
        if request.method() != Method::POST {
            let mut response = self.refuse(&Reason::Method.into());
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
            return response;
        }
        match self.try_batch(client, request).await {
            Ok(receipt) => accepted(receipt),
            Err(refusal) => self.refuse(&refusal),
        }
    }

    /// Counts a refusal and answers it.
    pub(crate) fn refuse<B: From<String>>(&self, refusal: &Refusal) -> Response<B> {
        self.metrics.refused(refusal.reason);
        refusal.response()
    }

    async fn try_batch(&self, client: IpAddr, request: Request<Incoming>) -> Result<Vec<u8>, Refusal> {
        self.admit(client)?;
        let (parts, body) = request.into_parts();
        let coding = body::coding(&parts.headers)?;
        is_json(&parts.headers)?;
        let length = stated_length(&parts.headers, MAX_BYTES)?;
        self.log.accepts(length as u64).map_err(reason_of)?;
        let _share = self.room.take(length as u64)?;
        let body = read(body, length, &self.limits).await?;
        self.metrics.received(body.len());
        match coding {
            body::Coding::Identity => self.take(&parts.headers, &body).await,
            body::Coding::Gzip => {
                let body = inflate(&body, MAX_BYTES)?;
                // What is held until the disk answers is the larger part, a hundred times what was sent at most.
                let _share = self.room.take(body.len() as u64)?;
                self.take(&parts.headers, &body).await
            }
        }
    }

    /// Whether the rate of the client and of all together lets another request in.
    pub(crate) fn admit(&self, client: IpAddr) -> Result<(), Refusal> {
        self.limiter.admit(client, Instant::now()).map_err(Refusal::too_fast)
    }

    /// Checks a whole body, logs it, and gives its receipt when the disk has it.
    async fn take(&self, headers: &HeaderMap, body: &[u8]) -> Result<Vec<u8>, Refusal> {
        let received = (self.clock)();
        let verdict = validate(
            body,
            &Circumstances {
                manifests: &self.manifests,
                closed: &self.products.closed,
                key: headers.get(INGEST_KEY).map(HeaderValue::as_bytes),
                received,
                watched: self.live.receiver_count() > 0,
            },
        )?;
        let (skew, refused) = (skew(headers, received), verdict.refused);
        let body = verdict.rewritten.as_deref().unwrap_or(body);
        let unpadded = padding::without(body);
        let body = unpadded.as_deref().unwrap_or(body);
        self.append(EntryRef::Batch { received, skew, refused, body }).await?;
        self.metrics.acknowledged(verdict.accepted, refused);
        if let Some(watched) = verdict.live {
            self.show(watched);
        }
        Ok(verdict.receipt)
    }

    /// Shows an arrival, once it is known how new its installation is: that is asked of the store, on a thread that may
    /// wait, and only while somebody looks.
    fn show(&self, Watched { mut live, installation, declaration }: Watched) {
        let (reader, sender) = (self.reader.clone(), self.live.clone());
        tokio::task::spawn_blocking(move || {
            let life = reader.ask(|snapshot| export::life(snapshot, &live.product, installation));
            let most = days_to_verify(live.component, declaration.report_every);
            // Where the store cannot be asked, nothing is claimed.
            live.unverified =
                life.is_ok_and(|life| life.is_none_or(|(first, _)| day_of(live.received) - first < most));
            // Nobody looking any more is no failure.
            let _ = sender.send(live);
        });
    }

    /// Logs an entry and waits until the disk has it. Should the disk never answer, the connection is closed by its own
    /// deadline; the sender comes again, and if the entry was logged after all, it is found to be there.
    pub(crate) async fn append(&self, entry: EntryRef<'_>) -> Result<(), Reason> {
        let durable = self.log.append(entry).map_err(reason_of)?;
        durable.await.unwrap_or(Err(AppendError::Stopped)).map_err(reason_of)
    }
}

fn reason_of(error: AppendError) -> Reason {
    match error {
        AppendError::Behind => Reason::Busy,
        AppendError::DiskFull => Reason::DiskFull,
        AppendError::Cap => Reason::LogFull,
        AppendError::Failed => Reason::LogFailed,
        AppendError::Stopped => Reason::Stopping,
    }
}

/// `application/json`, with or without a charset of UTF-8. This also keeps simple cross-site posts out.
pub(crate) fn is_json(headers: &HeaderMap) -> Result<(), Reason> {
    let stated = headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let mut parts = stated.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let is_json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case(b"application/json"));
    let is_utf8 = parts.all(|parameter| parameter.eq_ignore_ascii_case(b"charset=utf-8"));
    if is_json && is_utf8 { Ok(()) } else { Err(Reason::MediaType) }
}

/// Seconds by which this clock is ahead of the sender's; 0 where the sender does not state his, or not as a time.
fn skew(headers: &HeaderMap, received: i64) -> i64 {
    let stated = headers.get(SENT_AT).and_then(|value| value.to_str().ok()?.parse::<i64>().ok());
    stated.filter(|sent| (0..=MAX_TIME).contains(sent)).map_or(0, |sent| received - sent)
}

fn accepted(receipt: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(receipt)));
    *response.status_mut() = StatusCode::ACCEPTED;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
