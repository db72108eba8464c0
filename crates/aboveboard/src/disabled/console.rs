//! The bridge of a web console, without telemetry.

use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::http;

use crate::Declaration;
use crate::event::Event;
use crate::id::Id;

/// The header that carries the token of a page.
pub const TOKEN_HEADER: &str = "aboveboard-token";

/// Whether a console may record, and on whose behalf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsoleState {
    /// Nothing is recorded.
    Off,
    /// What pages tell would be recorded with these ids.
    On {
        /// The server.
        server: Option<Id>,
        /// The CLI.
        cli: Option<Id>,
    },
}

/// What a CLI that serves a console knows of the server behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// The console needs no server.
    Absent,
    /// The server has not said who it is.
    Silent,
    /// The server's last answer carried its installation id.
    Linked(Id),
}

impl ConsoleState {
    /// Of a console that a server serves: off.
    #[must_use]
    pub const fn of_server(_installation: Id) -> Self {
        Self::Off
    }

    /// Of a console that a CLI serves: off.
    #[must_use]
    pub const fn of_cli(_installation: Id, _upstream: Upstream) -> Self {
        Self::Off
    }
}

/// The agent that serves the console. Never called.
pub trait Sink: Send + Sync + 'static {
    /// Whether pages may speak.
    fn state(&self) -> ConsoleState;

    /// Takes a console event.
    fn record(&self, event: Event<'static>);

    /// Counts events that the manifest does not declare.
    fn undeclared(&self, events: u64);
}

/// An origin.
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
    /// None.
    #[must_use]
    pub const fn literal() -> Self {
        Self(())
    }

    /// None.
    #[must_use]
    pub fn listed(_origins: impl IntoIterator<Item = Origin>) -> Self {
        Self(())
    }

    /// None.
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

    /// `404`
    #[must_use]
    pub fn answer(
        &self,
        _request: &http::request::Parts,
        _body: &[u8],
        _peer: Option<SocketAddr>,
    ) -> http::Response<Vec<u8>> {
        let mut response = http::Response::new(Vec::new());
        *response.status_mut() = http::StatusCode::NOT_FOUND;
        response
    }

    /// Nothing.
    #[must_use]
    pub fn meta(&self) -> String {
        String::new()
    }
}

/// A router without routes.
pub fn router<S: Sink>(_bridge: Arc<Bridge<S>>) -> axum::Router {
    axum::Router::new()
}
