//! The tower layer that adds the link header.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{HeaderName, HeaderValue, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::{LINK_HEADER, RunningAgent};

/// The name of the link header.
const NAME: HeaderName = HeaderName::from_static(LINK_HEADER);

/// Adds the link header to every response that passes. Made by [`Handle::layer`](crate::Handle::layer).
#[derive(Clone)]
pub struct LinkLayer(Arc<RunningAgent>);

impl LinkLayer {
    pub(crate) fn new(agent: Arc<RunningAgent>) -> Self {
        Self(agent)
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
        Link { inner, agent: Arc::clone(&self.0) }
    }
}

/// A service whose responses carry the link header.
#[derive(Clone)]
pub struct Link<S> {
    inner: S,
    agent: Arc<RunningAgent>,
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
        let response = self.inner.call(request);
        let agent = Arc::clone(&self.agent);
        Box::pin(async move {
            let mut response = response.await?;
            response.headers_mut().insert(NAME, value(&agent));
            Ok(response)
        })
    }
}

/// The value of the header for this response, by a decision that is at most a second old.
fn value(agent: &RunningAgent) -> HeaderValue {
    HeaderValue::from_str(agent.switch.state().link()).unwrap_or(HeaderValue::from_static("off"))
}
