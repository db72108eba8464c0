//! The handler of `POST /v1/batch`.

use std::sync::Arc;

use aboveboard_store::calendar::{Day, day_of};
use aboveboard_store::read::StoreReader;
use aboveboard_store::verification::Standing;
use aboveboard_types::declaration::Declaration;
use aboveboard_types::headers::INGEST_KEY;
use aboveboard_types::headers::PROOF;
use aboveboard_types::limits::MAX_BYTES;
use http::header::{ALLOW, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;

use super::body::{ArrivingBody, BodyRecord};
use super::gzip::{inflate, stated_size};
use super::headers::{self, Coding, is_json};
use super::limits::{MAX_INLINE_BYTES, MAX_KEPT};
use super::memory_budget::MemoryBudget;
use super::padding;
use super::prefix::Sender;
use super::rate::Limiter;
use super::received::ReceivedBytes;
use super::validate::{BatchContext, CheckedBatch, LiveArrival, validate};
use super::workers::Workers;
use crate::clock::ClockGuard;
use crate::config::{Limits, Products};
use crate::live::Arrivals;
use crate::log::{AppendError, Durable, EntryRef, Log};
use crate::manifests::Manifests;
use crate::metrics::Metrics;
use crate::paused::PausedItems;
use crate::refusal::{Reason, Refusal};
use crate::refusals::Refusals;

/// What the route for batches works with. The other routes share its log, limits and counters.
#[derive(Debug)]
pub(crate) struct Ingest {
    pub(crate) manifests: Manifests,
    pub(crate) products: Products,
    /// What is not to be logged for now.
    pub(crate) paused: Arc<PausedItems>,
    pub(crate) limits: Limits,
    /// Proxies in front that append to `X-Forwarded-For`.
    pub(crate) trusted_hops: usize,
    pub(crate) log: Log,
    pub(crate) limiter: Arc<Limiter>,
    /// What each product has received.
    pub(crate) received_bytes: ReceivedBytes,
    /// The threads that check what is large.
    pub(crate) workers: Workers,
    /// Bytes of bodies in memory.
    pub(crate) memory_budget: Arc<MemoryBudget>,
    pub(crate) live: Arrivals,
    /// Says how new an installation is, to who watches arrivals.
    pub(crate) reader: Arc<dyn StoreReader>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<ClockGuard>,
    /// What was refused lately, for operators.
    pub(crate) refusals: Arc<Refusals>,
}

impl Ingest {
    /// Answers `POST /v1/batch`.
    pub(crate) async fn batch(
        self: Arc<Self>,
        sender: Sender,
        request: Parts,
        body: ArrivingBody,
    ) -> Response<Full<Bytes>> {
        if request.method != Method::POST {
            let mut response = self.refuse(&Reason::Method.into());
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
            return response;
        }
        match self.try_batch(sender, request.headers, body).await {
            Ok(receipt) => accepted(receipt),
            Err(refusal) => {
                self.note_refusal(&refusal, sender);
                self.refuse(&refusal)
            }
        }
    }

    /// Notes a refused batch for the operator who can mend it.
    pub(crate) fn note_refusal(&self, refusal: &Refusal, sender: Sender) {
        let secret = self.limiter.secret_number();
        self.refusals.hear(refusal, sender.voice(), secret, self.clock.unchecked());
    }

    /// Counts a refusal and answers it.
    pub(crate) fn refuse<B: From<String>>(&self, refusal: &Refusal) -> Response<B> {
        self.metrics.refused(refusal);
        refusal.response()
    }

    async fn try_batch(
        self: &Arc<Self>,
        sender: Sender,
        headers: HeaderMap,
        body: ArrivingBody,
    ) -> Result<Vec<u8>, Refusal> {
        self.now()?;
        let coding = headers::coding(&headers)?;
        is_json(&headers)?;
        self.log.accepts(body.length() as u64).map_err(reason_of)?;
        if body.length() > MAX_INLINE_BYTES {
            self.workers.check_room(sender.prefix)?;
        }
        let record = body.record();
        let body = body.read().await?;
        self.metrics.body_bytes.add(body.len() as u64);
        self.limiter.charge(sender.prefix, body.len() as u64);
        let arrived = Arrived { sender, headers, coding, body, record };
        let checked = if arrived.is_small() {
            self.check(&arrived)?
        } else {
            let ingest = Arc::clone(self);
            self.workers.run(sender.prefix, move || ingest.check(&arrived)).await??
        };
        durable(checked.durable).await?;
        self.metrics.acknowledged(checked.accepted, checked.refused);
        let secret = self.limiter.secret_number();
        self.refusals.take(&checked.declaration.product, secret, self.clock.unchecked());
        if let Some(arrival) = checked.live {
            self.show(arrival);
        }
        Ok(checked.receipt)
    }

    /// Inflates and checks a whole body, and hands it to the log. This takes as long as the body is large.
    fn check(&self, arrived: &Arrived) -> Result<LoggedBatch, Refusal> {
        let headers = &arrived.headers;
        let inflated = match arrived.coding {
            Coding::Identity => None,
            Coding::Gzip => Some(self.inflate(arrived)?),
        };
        let body = inflated.as_deref().unwrap_or(&arrived.body);
        let received = self.now()?;
        let context = BatchContext {
            manifests: &self.manifests,
            closed: &self.products.closed,
            paused: Some(&self.paused),
            key: headers.get(INGEST_KEY).map(HeaderValue::as_bytes),
            proof: headers::single(headers, PROOF),
            voice: arrived.sender.voice(),
            received,
            is_watched: self.live.are_watched(),
        };
        let CheckedBatch { declaration, rewritten, accepted, refused, kept, counted_value, receipt, live } =
            validate(body, &context)?;
        let product = &declaration.product;
        let counted = self.count_bytes(arrived, kept, product, received);
        counted.map_err(|reason| Refusal::from(reason).of(Some((**product).into())))?;
        let skew = headers::skew(headers, received);
        let body = rewritten.as_deref().unwrap_or(body);
        let unpadded = padding::without(body);
        let body = unpadded.as_deref().unwrap_or(body);
        let entry = EntryRef::Batch { received, skew, refused, counted_value, body };
        let durable = self.log.append(entry).map_err(reason_of)?;
        self.clock.note(received);
        Ok(LoggedBatch { declaration, durable, accepted, refused, receipt, live })
    }

    /// Counts what was sent for its product, or a part of what is kept of it where that is more; what is more than was sent
    /// also for the prefix.
    fn count_bytes(&self, arrived: &Arrived, kept: u64, product: &str, received: i64) -> Result<(), Reason> {
        let Sender { prefix, is_metered } = arrived.sender;
        let of_sender = is_metered.then(|| self.limiter.sent(prefix));
        let sent = arrived.body.len() as u64;
        let counted = sent.max(kept / MAX_KEPT);
        self.received_bytes.count(product, counted, of_sender, day_of(received))?;
        if is_metered {
            // The batch itself is taken; later ones wait.
            let _ = self.limiter.count_bytes(prefix, counted - sent);
        }
        Ok(())
    }

    fn inflate(&self, arrived: &Arrived) -> Result<Vec<u8>, Refusal> {
        let max_bytes = if arrived.is_small() { MAX_INLINE_BYTES } else { MAX_BYTES };
        let inflated = inflate(&arrived.body, max_bytes);
        // What cannot be inflated may have cost as much as what can.
        let cost = inflated.as_ref().map_or(max_bytes, Vec::len);
        self.limiter.charge(arrived.sender.prefix, cost as u64);
        match inflated {
            Ok(inflated) => {
                // This is held until the disk answers, and is up to a hundred times what was sent.
                arrived.record.reserve(inflated.len() as u64)?;
                Ok(inflated)
            }
            // It states another size than it has.
            Err(Reason::TooLarge) if max_bytes < MAX_BYTES => Err(Reason::BadGzip.into()),
            Err(reason) => Err(reason.into()),
        }
    }

    /// Shows an arrival once it is known how new its installation is. The store says that, on a thread that may block,
    /// and only while somebody watches.
    fn show(&self, arrival: LiveArrival) {
        let LiveArrival { mut live, installation, declaration } = arrival;
        let reader = self.reader.clone();
        let Some(turn) = self.live.take_turn() else { return };
        tokio::task::spawn_blocking(move || {
            let first = reader.ask(|snapshot| snapshot.first_receipt(&live.product, installation));
            let received = day_of(live.received);
            let every = declaration.report_every;
            let standing =
                |first: Option<Day>| Standing::on(received, first.unwrap_or(received), live.component, every);
            // Where the store cannot be read, nothing is claimed.
            live.unverified = first.is_ok_and(|first| standing(first) == Standing::Unverified);
            turn.show(live);
        });
    }

    /// Seconds since 1970 UTC, where the clock can be right: by another nothing is placed on its day.
    pub(crate) fn now(&self) -> Result<i64, Reason> {
        self.clock.check().map_err(|_| Reason::Clock)
    }

    /// Logs an entry and waits until the disk has it. Should the disk never answer, the connection's own deadline closes
    /// it; the sender tries again, and if the entry was logged after all, the store finds the second one a duplicate.
    pub(crate) async fn append(&self, entry: EntryRef<'_>) -> Result<(), Reason> {
        durable(self.log.append(entry).map_err(reason_of)?).await?;
        self.clock.note(entry.received());
        Ok(())
    }
}

async fn durable(durable: Durable) -> Result<(), Reason> {
    durable.await.unwrap_or(Err(AppendError::Stopped)).map_err(reason_of)
}

/// A body that is here, and what is needed to check it.
struct Arrived {
    sender: Sender,
    headers: HeaderMap,
    coding: Coding,
    body: Bytes,
    record: Arc<BodyRecord>,
}

impl Arrived {
    /// Whether it takes no longer to check than to hand over.
    fn is_small(&self) -> bool {
        let is_small = |size: usize| size <= MAX_INLINE_BYTES;
        match self.coding {
            Coding::Identity => is_small(self.body.len()),
            Coding::Gzip => is_small(self.body.len()) && is_small(stated_size(&self.body)),
        }
    }
}

/// A batch on its way to the disk.
struct LoggedBatch {
    declaration: Arc<Declaration>,
    durable: Durable,
    accepted: u32,
    refused: u32,
    /// The receipt, to be sent when the disk has the batch.
    receipt: Vec<u8>,
    live: Option<LiveArrival>,
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
