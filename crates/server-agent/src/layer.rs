//! The link header: lets a command line program of the product say which server it talked to.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use aboveboard_core::headers;
use http::{HeaderName, HeaderValue, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::state::{Silence, Standing};
use crate::worker::Shared;

/// The name of the link header.
pub const LINK: HeaderName = HeaderName::from_static(headers::LINK);

/// What it says while the server's telemetry is off, or nobody has said yes where it asks.
pub(crate) const OFF: HeaderValue = HeaderValue::from_static("off");

/// What it says while the server waits: its notice was shown and the first delay is not over, or its id has not been
/// had yet. A server that waits has not said no.
pub(crate) const WAITING: HeaderValue = HeaderValue::from_static("waiting");

/// Adds the link header to every answer that passes. Made by [`Handle::layer`](crate::Handle::layer).
#[derive(Clone)]
pub struct LinkLayer(Arc<Shared>);

impl LinkLayer {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }
}

impl std::fmt::Debug for LinkLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LinkLayer").finish_non_exhaustive()
    }
}

impl<S> Layer<S> for LinkLayer {
    type Service = Link<S>;

    fn layer(&self, inner: S) -> Link<S> {
        Link { inner, shared: Arc::clone(&self.0) }
    }
}

/// A service whose answers carry the link header.
#[derive(Clone)]
pub struct Link<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S> std::fmt::Debug for Link<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}

impl<S, Q, A> Service<Q> for Link<S>
where
    S: Service<Q, Response = Response<A>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Q) -> Self::Future {
        let answer = self.inner.call(request);
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            let mut answer = answer.await?;
            answer.headers_mut().insert(LINK, value(&shared));
            Ok(answer)
        })
    }
}

fn value(shared: &Shared) -> HeaderValue {
    match shared.switch.standing() {
        Standing::Open(open) => open.link.clone(),
        Standing::Silent(Silence::Until(_) | Silence::NoId) => WAITING,
        Standing::Silent(Silence::Off(_) | Silence::Undecided(_)) => OFF,
    }
}
