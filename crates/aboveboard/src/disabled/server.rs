//! The agent of a server, in a build without telemetry.

use std::fmt;
use std::future::Future;
use std::path::Path;
use std::time::Duration;

use aboveboard_types::declaration::Declaration;
pub use aboveboard_types::headers::LINK as LINK_HEADER;
use aboveboard_types::typed::Record;
pub use aboveboard_types::typed::{
    ConfigValue, Counted, Fallible, Perhaps, Plain, StateStore, StateStoreError,
};

use super::{Timings, ignored_settings};

/// The target of every tracing event of the agent, of which there are none.
pub const TARGET: &str = "aboveboard";

/// The agent of one server, before it is started.
#[derive(Debug)]
#[must_use = "an agent does nothing before `start`"]
pub struct Agent(());

impl Agent {
    /// An agent that does nothing.
    pub fn new(_declaration: &'static Declaration, _version: &str) -> Self {
        Self(())
    }

    ignored_settings! {
        flag(Option<&str>);
        config(impl Into<ConfigValue>);
        directory(impl AsRef<Path>);
        state_store(impl StateStore);
        endpoint(impl Into<String>);
        allow_private(bool);
        first_delay(Duration);
        every(Duration);
        timings(&'static Timings);
        roots(impl AsRef<Path>);
        notice(impl Fn(&str) + Send + Sync + 'static);
        origins(impl IntoIterator<Item = impl Into<String>>);
        token(impl Into<String>);
    }

    /// Does nothing in a build without telemetry: the closure is never called.
    pub fn counts<Kind, F, C>(self, _count: F) -> Self
    where
        F: Fn() -> C + Send + Sync + 'static,
        C: Future + Send + 'static,
        C::Output: Counted<Kind>,
    {
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

    /// Says that telemetry is off because of the build.
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

/// The status of an agent that is off because of the build.
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

/// Adds nothing to the responses that pass.
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
