//! The handler of `POST /v1/batch`.

use std::sync::Arc;

use aboveboard_store::calendar::day_of;
use aboveboard_store::figures::days_to_verify;
use aboveboard_store::read::StoreReader;
use aboveboard_types::limits::MAX_BYTES;
use aboveboard_wire::INGEST_KEY;
use http::header::{ALLOW, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use tokio::sync::broadcast;

use super::body::ArrivingBody;
use super::gzip::inflate;
use super::headers::{self, Coding, is_json};
use super::memory_budget::MemoryBudget;
use super::padding;
use super::prefix::Prefix;
use super::rate::Limiter;
use super::validate::{BatchContext, LiveArrival, validate};
use crate::config::{Limits, Products};
use crate::live::Live;
use crate::log::{AppendError, EntryRef, Log};
use crate::manifests::Manifests;
use crate::metrics::Metrics;
use crate::refusal::{Reason, Refusal};

/// What the route for batches works with. The other routes share its log, limits and counters.
#[derive(Debug)]
pub(crate) struct Ingest {
    pub(crate) manifests: Manifests,
    pub(crate) products: Products,
    pub(crate) limits: Limits,
    /// Proxies in front that append to `X-Forwarded-For`.
    pub(crate) trusted_hops: usize,
    pub(crate) log: Log,
    pub(crate) limiter: Limiter,
    /// Bytes of bodies in memory.
    pub(crate) memory_budget: Arc<MemoryBudget>,
    pub(crate) live: broadcast::Sender<Live>,
    /// Says how new an installation is, to who watches arrivals.
    pub(crate) reader: Arc<dyn StoreReader>,
    pub(crate) metrics: Arc<Metrics>,
    /// Seconds since 1970 UTC.
    pub(crate) clock: fn() -> i64,
}

impl Ingest {
    /// Answers `POST /v1/batch`.
    pub(crate) async fn batch(
        &self,
        prefix: Prefix,
        request: &Parts,
        body: ArrivingBody,
    ) -> Response<Full<Bytes>> {
        if request.method != Method::POST {
            let mut response = self.refuse(&Reason::Method.into());
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
            return response;
        }
        match self.try_batch(prefix, &request.headers, body).await {
            Ok(receipt) => accepted(receipt),
            Err(refusal) => self.refuse(&refusal),
        }
    }

    /// Counts a refusal and answers it.
    pub(crate) fn refuse<B: From<String>>(&self, refusal: &Refusal) -> Response<B> {
        self.metrics.refused(refusal);
        refusal.response()
    }

    async fn try_batch(
        &self,
        prefix: Prefix,
        headers: &HeaderMap,
        body: ArrivingBody,
    ) -> Result<Vec<u8>, Refusal> {
        let coding = headers::coding(headers)?;
        is_json(headers)?;
        self.log.accepts(body.length() as u64).map_err(reason_of)?;
        let record = body.record();
        let body = body.read().await?;
        self.metrics.body_bytes.add(body.len() as u64);
        self.limiter.charge(prefix, body.len() as u64);
        match coding {
            Coding::Identity => self.take(headers, &body).await,
            Coding::Gzip => {
                let body = inflate(&body, MAX_BYTES)?;
                self.limiter.charge(prefix, body.len() as u64);
                // This is held until the disk answers, and is up to a hundred times what was sent.
                record.reserve(body.len() as u64)?;
                self.take(headers, &body).await
            }
        }
    }

    /// Checks a whole body, logs it, and gives its receipt when the disk has it.
    async fn take(&self, headers: &HeaderMap, body: &[u8]) -> Result<Vec<u8>, Refusal> {
        let received = (self.clock)();
        let context = BatchContext {
            manifests: &self.manifests,
            closed: &self.products.closed,
            key: headers.get(INGEST_KEY).map(HeaderValue::as_bytes),
            received,
            is_watched: self.live.receiver_count() > 0,
        };
        let checked = validate(body, &context)?;
        let skew = headers::skew(headers, received);
        let refused = checked.refused;
        let body = checked.rewritten.as_deref().unwrap_or(body);
        let unpadded = padding::without(body);
        let body = unpadded.as_deref().unwrap_or(body);
        self.append(EntryRef::Batch { received, skew, refused, body }).await?;
        self.metrics.acknowledged(checked.accepted, refused);
        if let Some(arrival) = checked.live {
            self.show(arrival);
        }
        Ok(checked.receipt)
    }

    /// Shows an arrival once it is known how new its installation is. The store says that, on a thread that may block,
    /// and only while somebody watches.
    fn show(&self, arrival: LiveArrival) {
        let LiveArrival { mut live, installation, declaration } = arrival;
        let reader = self.reader.clone();
        let sender = self.live.clone();
        tokio::task::spawn_blocking(move || {
            let life = reader.ask(|snapshot| snapshot.life(&live.product, installation));
            let days = days_to_verify(live.component, declaration.report_every);
            // Where the store cannot be read, nothing is claimed.
            live.unverified =
                life.is_ok_and(|life| life.is_none_or(|life| day_of(live.received) - life.first < days));
            // That nobody watches any more is no failure.
            let _ = sender.send(live);
        });
    }

    /// Logs an entry and waits until the disk has it. Should the disk never answer, the connection's own deadline closes
    /// it; the sender tries again, and if the entry was logged after all, the store finds the second one a duplicate.
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
        AppendError::Failed | AppendError::Gone => Reason::LogFailed,
        AppendError::Stopped => Reason::Stopping,
    }
}

fn accepted(receipt: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(receipt)));
    *response.status_mut() = StatusCode::ACCEPTED;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
