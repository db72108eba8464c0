//! A body on its way: within its length and in time, in memory that is taken as it arrives.

use std::fmt;
use std::future::Future as _;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep};

use super::limits::SLOW_START;
use super::memory_budget::Reservation;
use super::prefix::Prefix;
use super::rate::Limiter;
use crate::config::Limits;
use crate::lock::lock;
use crate::refusal::Reason;

/// Who is told how far a body has come.
pub(crate) trait WatchBody: Send + Sync {
    /// A part of it is here.
    fn arrived(&self);
    /// All of it is here.
    fn ended(&self);
}

/// Why a body cannot be read to its end.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the content cannot be read: {0:?}")]
pub(crate) struct BodyError(pub(crate) Reason);

/// The body of a request. Nothing of it is read before somebody asks for it.
pub(crate) struct ArrivingBody {
    incoming: Incoming,
    /// The stated length.
    length: usize,
    arrived: usize,
    /// From the first byte that was asked for to the last.
    time: Duration,
    /// The least bytes each second.
    rate: u64,
    start: Option<Instant>,
    deadline: Option<Pin<Box<Sleep>>>,
    /// Counts what arrives, where that is bounded.
    meter: Option<(Arc<Limiter>, Prefix)>,
    watch: Arc<dyn WatchBody>,
    record: Arc<BodyRecord>,
}

/// What became of a body, for whoever answers the request.
#[derive(Debug)]
pub(crate) struct BodyRecord {
    /// The memory of the body, given back when the request has its answer.
    reservation: Mutex<Reservation>,
    is_whole: AtomicBool,
    failure: OnceLock<Reason>,
}

impl BodyRecord {
    /// Reserves memory for what is made of the body.
    pub(crate) fn reserve(&self, bytes: u64) -> Result<(), Reason> {
        lock(&self.reservation).grow(bytes)
    }

    /// Whether all of it was read.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole.load(Ordering::Relaxed)
    }

    /// Why it could not be read, if so.
    pub(crate) fn failure(&self) -> Option<Reason> {
        self.failure.get().copied()
    }
}

impl ArrivingBody {
    pub(crate) fn new(
        incoming: Incoming,
        length: usize,
        limits: &Limits,
        reservation: Reservation,
        meter: Option<(Arc<Limiter>, Prefix)>,
        watch: Arc<dyn WatchBody>,
    ) -> Self {
        let record = BodyRecord {
            reservation: Mutex::new(reservation),
            is_whole: AtomicBool::new(length == 0),
            failure: OnceLock::new(),
        };
        Self {
            incoming,
            length,
            arrived: 0,
            time: limits.request,
            rate: limits.body_rate.max(1),
            start: None,
            deadline: None,
            meter,
            watch,
            record: Arc::new(record),
        }
    }

    pub(crate) fn length(&self) -> usize {
        self.length
    }

    pub(crate) fn record(&self) -> Arc<BodyRecord> {
        Arc::clone(&self.record)
    }

    /// Reads all of it. A body that comes in one piece is not copied.
    pub(crate) async fn read(mut self) -> Result<Bytes, Reason> {
        let mut gathered = Vec::new();
        while gathered.len() < self.length {
            let piece = match self.frame().await {
                Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
                Some(Err(BodyError(reason))) => return Err(reason),
                None => return Err(Reason::CutOff),
            };
            if gathered.is_empty() && piece.len() == self.length {
                return Ok(piece);
            }
            gathered.extend_from_slice(&piece);
        }
        Ok(Bytes::from(gathered))
    }

    fn take(&mut self, piece: Bytes) -> Result<Frame<Bytes>, BodyError> {
        self.arrived += piece.len();
        self.watch.arrived();
        if let Some((limiter, prefix)) = &self.meter
            && !limiter.count_bytes(*prefix, piece.len() as u64)
        {
            return Err(self.fail(Reason::PrefixQuota));
        }
        if let Err(reason) = self.record.reserve(piece.len() as u64) {
            return Err(self.fail(reason));
        }
        if self.arrived >= self.length {
            self.record.is_whole.store(true, Ordering::Relaxed);
            self.watch.ended();
        }
        Ok(Frame::data(piece))
    }

    fn fail(&self, reason: Reason) -> BodyError {
        BodyError(*self.record.failure.get_or_init(|| reason))
    }

    /// Until when the next piece must come: the end of the whole request, or earlier the moment at which what is here would
    /// be less than the minimum rate asks.
    fn due(&self, start: Instant) -> Instant {
        let covered = self.arrived as f64 / self.rate as f64;
        let covered = Duration::try_from_secs_f64(covered).unwrap_or(self.time);
        (start + self.time).min(start + SLOW_START.min(self.time) + covered)
    }
}

impl fmt::Debug for ArrivingBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArrivingBody")
            .field("length", &self.length)
            .field("arrived", &self.arrived)
            .finish_non_exhaustive()
    }
}

impl Body for ArrivingBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        if this.arrived >= this.length || this.record.failure().is_some() {
            return Poll::Ready(None);
        }
        let start = *this.start.get_or_insert_with(Instant::now);
        loop {
            match Pin::new(&mut this.incoming).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => {
                    // What is no data follows the body; the loop ends with it.
                    let Ok(piece) = frame.into_data() else { continue };
                    return Poll::Ready(Some(this.take(piece)));
                }
                Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(Some(Err(this.fail(Reason::CutOff)))),
                Poll::Pending => {
                    let due = this.due(start);
                    let deadline =
                        this.deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
                    if deadline.deadline() != due {
                        deadline.as_mut().reset(due);
                    }
                    ready!(deadline.as_mut().poll(context));
                    return Poll::Ready(Some(Err(this.fail(Reason::TooSlow))));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.arrived >= self.length
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact((self.length - self.arrived.min(self.length)) as u64)
    }
}
