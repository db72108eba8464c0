//! From a request to the route that answers it.

use std::sync::Arc;
use std::time::Instant;

use aboveboard_wire::BATCH_PATH;
use http::header::CONNECTION;
use http::request::Parts;
use http::{HeaderValue, Request, Response};
use http_body_util::Either;
use hyper::body::Incoming;
use tower_service::Service as _;

use super::activity::{Activity, Phase};
use super::echo::Echo;
use super::framing;
use super::limits::{MAX_BODY, MAX_UNCOUNTED_BODY};
use super::peer::Peer;
use super::protection::protect;
use super::reply::{Content, Reply};
use crate::ingest::{
    ArrivingBody, Ingest, MAX_BATCH_BODY, Prefix, RequestKind, Sender, client, may_be_local_proxy,
};
use crate::refusal::{Reason, Refusal};

/// What monitoring asks, under its own rate.
const MONITORING: [&str; 4] = ["/healthz", "/readyz", "/metrics", "/metrics/products"];

/// The routes behind one address.
#[derive(Clone, Debug)]
pub(crate) struct Routes {
    /// Where batches go, if they come here.
    pub(crate) ingest: Option<Arc<Ingest>>,
    /// Everything else.
    pub(crate) others: axum::Router,
    /// Limits and counters, for what happens before a route is chosen.
    pub(crate) shared: Arc<Ingest>,
}

impl Routes {
    fn refuse(&self, refusal: &Refusal) -> Response<Content> {
        self.shared.refuse(refusal).map(Either::Left)
    }
}

/// Answers one request.
pub(super) async fn respond(
    routes: &Routes,
    peer: Peer,
    activity: Arc<Activity>,
    request: Request<Incoming>,
) -> Response<Reply> {
    let echo = Echo::of(&request);
    let answered = match admit(routes, peer, &request, activity.take_lengths()) {
        Ok((sender, length)) => route(routes, peer, sender, length, &activity, request).await,
        Err(refusal) => routes.refuse(&refusal),
    };
    activity.enter(Phase::Reply);
    echo.in_refusal(answered).map(|content| Reply::new(content, activity))
}

/// Whose request it is and how long its body, if the rate lets it in and it can be read in one way only. This stands before
/// every route. The operator of this machine, who has no address, has no rate.
fn admit(
    routes: &Routes,
    peer: Peer,
    request: &Request<Incoming>,
    lengths: u8,
) -> Result<(Sender, u64), Refusal> {
    let shared = &routes.shared;
    let Peer::Address(peer) = peer else {
        return Ok((Sender { prefix: Prefix::LOCAL, is_metered: false }, framing::check(request, lengths)?));
    };
    let now = Instant::now();
    let prefix = shared.limiter.prefix(client(peer, request.headers(), shared.trusted_hops), now);
    let is_monitoring = MONITORING.contains(&request.uri().path());
    let kind = if is_monitoring { RequestKind::Monitoring } else { RequestKind::Other };
    let framed = framing::check(request, lengths);
    let is_known = shared.trusted_hops > 0 || !may_be_local_proxy(peer);
    let is_batch = request.uri().path() == BATCH_PATH;
    let refused = |refusal: Refusal| {
        if is_batch {
            shared.note_refusal(&refusal, Sender { prefix, is_metered: is_known });
        }
        refusal
    };
    if let Err(seconds) = shared.limiter.admit(prefix, kind, now) {
        // What can be read in two ways closes its connection, also above the rate: what stands behind it may be anything.
        return Err(refused(framed.err().unwrap_or_else(|| Refusal::too_fast(seconds))));
    }
    let length = framed.map_err(refused)?;
    let is_metered = is_known && is_counted(request.uri().path(), length);
    if is_metered {
        let admitted = shared.limiter.admit_bytes(prefix, length, now);
        admitted.map_err(|seconds| refused(Refusal::prefix_quota(seconds)))?;
    }
    Ok((Sender { prefix, is_metered }, length))
}

/// Whether a body counts for what its prefix may send in an hour. What a neighbour sent keeps nobody from an erasure, and no
/// operator from the remedy.
fn is_counted(path: &str, length: u64) -> bool {
    length > 0 && (path == BATCH_PATH || length > MAX_UNCOUNTED_BODY)
}

async fn route(
    routes: &Routes,
    peer: Peer,
    sender: Sender,
    length: u64,
    activity: &Arc<Activity>,
    request: Request<Incoming>,
) -> Response<Content> {
    let shared = &routes.shared;
    let (parts, incoming) = request.into_parts();
    let ingest = routes.ingest.as_ref().filter(|_| parts.uri.path() == BATCH_PATH);
    let max_bytes = if ingest.is_some() { MAX_BATCH_BODY } else { MAX_BODY };
    let Some(length) = usize::try_from(length).ok().filter(|length| *length <= max_bytes) else {
        let refusal = Reason::TooLarge.into();
        if ingest.is_some() {
            shared.note_refusal(&refusal, sender);
        }
        return routes.refuse(&refusal);
    };
    let reservation = shared.memory_budget.open(sender.prefix);
    let meter = sender.is_metered.then(|| (Arc::clone(&shared.limiter), sender.prefix));
    let watch = Arc::clone(activity);
    let body = ArrivingBody::new(incoming, length, &shared.limits, reservation, meter, watch);
    let record = body.record();
    let mut response = match ingest {
        Some(ingest) => Arc::clone(ingest).batch(sender, parts, body).await.map(Either::Left),
        None => {
            let response = other(routes, peer, sender.prefix, parts, body).await;
            // What a route makes of a body that it cannot read says less than why it cannot.
            record.failure().map_or(response, |reason| routes.refuse(&reason.into()))
        }
    };
    if !record.is_whole() {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Any route but that of batches. A route that wants a body reads it from the request, under the same deadlines.
async fn other(
    routes: &Routes,
    peer: Peer,
    prefix: Prefix,
    parts: Parts,
    body: ArrivingBody,
) -> Response<Content> {
    let mut request = Request::from_parts(parts, axum::body::Body::new(body));
    request.extensions_mut().insert(peer);
    request.extensions_mut().insert(prefix);
    let Ok(mut response) = routes.others.clone().call(request).await;
    protect(response.headers_mut());
    response.map(Either::Right)
}
