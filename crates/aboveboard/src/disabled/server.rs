//! The agent of a server, without telemetry.

use std::fmt;
use std::future::Future;
use std::path::Path;
use std::time::Duration;

use axum::http::HeaderName;

pub use aboveboard_types::typed::{Counted, Fallible, Perhaps, Plain};

use crate::{Declaration, Record, Timings};

/// The name of the link header.
pub const LINK: HeaderName = HeaderName::from_static(aboveboard_types::headers::LINK);

/// The target of every tracing event of the agent.
pub const TARGET: &str = "aboveboard";

/// Why a host could not load or swap.
pub type StateStoreError = Box<dyn std::error::Error + Send + Sync>;

/// Keeps a few short texts by name where the server keeps its data. Never asked.
pub trait StateStore: Send + Sync + 'static {
    /// The text under this name; `None` if there is none.
    ///
    /// # Errors
    /// Whatever kept the host from looking.
    fn load(
        &self,
        name: &'static str,
    ) -> impl Future<Output = Result<Option<String>, StateStoreError>> + Send;

    /// Puts `after` in the place of `before`, in one step. False where something else than `before` is there.
    ///
    /// # Errors
    /// Whatever kept the host from doing it.
    fn swap(
        &self,
        name: &'static str,
        before: Option<String>,
        after: Option<String>,
    ) -> impl Future<Output = Result<bool, StateStoreError>> + Send;
}

/// The agent of one server, before it is started.
#[derive(Debug)]
#[must_use = "an agent does nothing before `start`"]
pub struct Agent(());

impl Agent {
    /// An agent for the product that `manifest!` declared.
    pub fn new(_declaration: &'static Declaration, _version: &str) -> Self {
        Self(())
    }

    /// The value of the server's `--enable-telemetry`.
    pub fn flag(self, _value: Option<&str>) -> Self {
        self
    }

    /// The value of `enable_telemetry` in the server's configuration.
    pub fn config(self, _value: Option<&str>) -> Self {
        self
    }

    /// Where id and spool would live.
    pub fn directory(self, _directory: impl AsRef<Path>) -> Self {
        self
    }

    /// Where the host would keep what makes it one installation. Dropped.
    pub fn state_store(self, _store: impl StateStore) -> Self {
        self
    }

    /// Where batches would go.
    pub fn endpoint(self, _endpoint: impl Into<String>) -> Self {
        self
    }

    /// Allows private addresses.
    pub fn allow_private(self, _allowed: bool) -> Self {
        self
    }

    /// How long nothing is recorded after the notice was first shown.
    pub fn first_delay(self, _delay: Duration) -> Self {
        self
    }

    /// The time between two reports.
    pub fn every(self, _every: Duration) -> Self {
        self
    }

    /// How the server counts its objects. Never called.
    pub fn counts<Kind, F, C>(self, _count: F) -> Self
    where
        F: Fn() -> C + Send + Sync + 'static,
        C: Future + Send + 'static,
        C::Output: Counted<Kind>,
    {
        self
    }

    /// What the server measures of the requests that it serves.
    pub fn timings(self, _timings: &'static Timings) -> Self {
        self
    }

    /// The certificates that the collector's must come from.
    pub fn roots(self, _file: impl AsRef<Path>) -> Self {
        self
    }

    /// How the notice is shown. Never called.
    pub fn notice(self, _show: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self
    }

    /// The origins under which the server's console is reached.
    pub fn origins(self, _origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self
    }

    /// A handle that does nothing.
    pub fn start(self) -> Handle {
        Handle(())
    }
}

/// The handle of an agent that does nothing.
#[derive(Clone, Debug)]
pub struct Handle(());

impl Handle {
    /// Returns at once.
    #[allow(clippy::unused_async, reason = "the agent's own is async")]
    pub async fn shutdown(&self) {}

    /// Drops the event.
    pub fn record(&self, _event: impl Record) {}

    /// That telemetry is off, because of the build.
    #[must_use]
    pub fn status(&self) -> Status {
        Status(())
    }

    /// An empty document.
    #[must_use]
    pub fn preview(&self) -> String {
        "{}".to_owned()
    }

    /// A layer that adds nothing.
    #[must_use]
    pub fn layer(&self) -> LinkLayer {
        LinkLayer(())
    }

    /// A router without routes.
    pub fn router(&self) -> axum::Router {
        axum::Router::new()
    }
}

/// That telemetry is off.
#[derive(Clone, Debug)]
pub struct Status(());

impl Status {
    /// `off`
    #[must_use]
    pub fn mode(&self) -> &'static str {
        "off"
    }

    /// `build`
    #[must_use]
    pub fn because(&self) -> &'static str {
        "build"
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{\"mode\":\"off\",\"because\":\"build\"}")
    }
}

/// Adds nothing to the answers that pass.
#[derive(Clone, Debug)]
pub struct LinkLayer(());

/// A service as it was.
pub type Link<S> = S;

impl<S> tower_layer::Layer<S> for LinkLayer {
    type Service = Link<S>;

    fn layer(&self, inner: S) -> Link<S> {
        inner
    }
}
