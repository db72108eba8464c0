//! From a request to the route that answers it.

use std::net::IpAddr;
use std::sync::Arc;

use aboveboard_wire::BATCH_PATH;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, Request, Response};
use http_body_util::{Either, Full};
use hyper::body::{Bytes, Incoming};
use tower_service::Service as _;

use super::activity::{Activity, Phase};
use super::echo::Echo;
use super::limits::MAX_BODY;
use super::peer::Peer;
use super::reply::{Content, Reply};
use crate::ingest::{Ingest, client, read, stated_length};
use crate::refusal::{Reason, Refusal};

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
    let response = match &routes.ingest {
        // Request smuggling: a proxy in front may read a transfer coding in another way, and see another length.
        _ if request.headers().contains_key(TRANSFER_ENCODING) => routes.refuse(&Reason::NoLength.into()),
        Some(ingest) if request.uri().path() == BATCH_PATH => {
            let client = client_of(peer, ingest, request.headers());
            ingest.batch(client, request).await.map(Either::Left)
        }
        _ => other(routes, peer, request).await.unwrap_or_else(|refusal| routes.refuse(&refusal)),
    };
    activity.enter(Phase::Reply);
    echo.in_refusal(response).map(|content| Reply::new(content, activity))
}

/// Whose rate a request counts against; the operator of this machine has none.
fn client_of(peer: Peer, ingest: &Ingest, headers: &HeaderMap) -> Option<IpAddr> {
    match peer {
        Peer::Address(address) => Some(client(address, headers, ingest.trusted_hops)),
        Peer::Local(_) => None,
    }
}

/// Any route but that of batches: the body is read here, under the same deadlines, and handed over whole.
async fn other(
    routes: &Routes,
    peer: Peer,
    request: Request<Incoming>,
) -> Result<Response<Content>, Refusal> {
    let shared = &routes.shared;
    let (parts, body) = request.into_parts();
    if parts.uri.path().starts_with("/v1/") {
        shared.admit(client_of(peer, shared, &parts.headers))?;
    }
    let body = if parts.headers.contains_key(CONTENT_LENGTH) {
        let length = stated_length(&parts.headers, MAX_BODY)?;
        let _reservation = shared.memory_budget.reserve(length as u64)?;
        read(body, length, &shared.limits).await?
    } else {
        Bytes::new()
    };
    let mut request = Request::from_parts(parts, axum::body::Body::new(Full::new(body)));
    request.extensions_mut().insert(peer);
    let Ok(response) = routes.others.clone().call(request).await;
    Ok(response.map(Either::Right))
}
