//! The bridge of a web console, in a build without telemetry.

use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::Arc;

use aboveboard_types::declaration::Declaration;
pub use aboveboard_types::headers::TOKEN as TOKEN_HEADER;
use aboveboard_types::id::Id;
pub use aboveboard_types::typed::{ConsoleState, Sink, Upstream};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};

/// The bytes of a body that a bridge would read.
pub const MAX_BYTES: usize = 16 * 1024;

/// The origin of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(());

impl Origin {
    /// Takes any text.
    #[must_use]
    pub fn parse(_text: &str) -> Option<Self> {
        Some(Self(()))
    }
}

/// Which pages may talk to the bridge: none.
#[derive(Clone, Debug)]
pub struct Origins(());

impl Origins {
    /// No page.
    #[must_use]
    pub const fn literal() -> Self {
        Self(())
    }

    /// No page.
    #[must_use]
    pub fn listed(_origins: impl IntoIterator<Item = Origin>) -> Self {
        Self(())
    }

    /// No page.
    #[must_use]
    pub const fn loopback(_port: u16) -> Self {
        Self(())
    }
}

/// A bridge that answers no page.
#[derive(Debug)]
pub struct Bridge<S>(PhantomData<fn() -> S>);

impl<S: Sink> Bridge<S> {
    /// A bridge that answers no page.
    #[must_use]
    pub fn new(_declaration: &'static Declaration, _origins: Origins, _random: Id, _sink: S) -> Self {
        Self(PhantomData)
    }

    /// Never.
    #[must_use]
    pub fn is_on(&self) -> bool {
        false
    }

    /// `404`
    #[must_use]
    pub fn answer(&self, _parts: &Parts, _body: &[u8], _peer: Option<SocketAddr>) -> Response<Vec<u8>> {
        let mut response = Response::new(Vec::new());
        *response.status_mut() = StatusCode::NOT_FOUND;
        response
    }

    /// No element: a page without it finds no bridge and is silent.
    #[must_use]
    pub fn meta(&self) -> String {
        String::new()
    }
}

/// A router without routes.
pub fn router<S: Sink>(_bridge: Arc<Bridge<S>>) -> axum::Router {
    axum::Router::new()
}
