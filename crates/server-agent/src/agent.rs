//! The builder: what the host says, then `start`.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aboveboard_core::clock::SystemClock;
use aboveboard_core::consent::Host;
use aboveboard_core::declaration::Declaration;
use aboveboard_core::environment::Environment;
use aboveboard_core::typed::Counted;
use aboveboard_core::typed::Timings;
use aboveboard_core::value::Version;
use tokio::sync::watch;

use crate::counts::Counter;
use crate::handle::Handle;
use crate::notice::Show;
use crate::resolver::{Resolver, System};
use crate::state_store::{Kept, StateStore};
use crate::switch::{Parts, Switch};
use crate::timing::Timing;
use crate::worker::{Shared, Worker};

/// The agent of one server, before it is started.
///
/// Every setting has a default; the host hands over what it has and calls [`Agent::start`].
#[must_use = "an agent does nothing before `start`"]
pub struct Agent {
    declaration: &'static Declaration,
    version: Version,
    host: Host,
    flag: Option<String>,
    config: Option<String>,
    endpoint: Option<String>,
    allow_private: bool,
    directory: Option<PathBuf>,
    kept: Option<Kept>,
    first_delay: Option<Duration>,
    every: Option<Duration>,
    counter: Option<Counter>,
    show: Option<Show>,
    timings: Option<&'static Timings>,
    roots: Option<PathBuf>,
    origins: Vec<String>,
    environment: Environment,
    resolver: Resolver,
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agent").field("product", &self.declaration.product).finish_non_exhaustive()
    }
}

impl Agent {
    /// An agent for the product that `manifest!` declared. `version` is the product's own, as a rule
    /// `env!("CARGO_PKG_VERSION")`; what cannot be read as a version is told as `0.0.0-other`.
    pub fn new(declaration: &'static Declaration, version: &str) -> Self {
        let unknown = Version { channel: aboveboard_core::value::Channel::Other, ..Version::default() };
        Self {
            declaration,
            version: Version::from_product(version).unwrap_or(unknown),
            host: Host::default(),
            flag: None,
            config: None,
            endpoint: None,
            allow_private: false,
            directory: None,
            kept: None,
            first_delay: None,
            every: None,
            counter: None,
            show: None,
            timings: None,
            roots: None,
            origins: Vec::new(),
            environment: Environment::process(),
            resolver: Resolver::new(System),
        }
    }

    /// The value of the server's `--enable-telemetry`, `None` if it was not given. Anything that is not clearly
    /// a yes is a no.
    pub fn flag(mut self, value: Option<&str>) -> Self {
        self.flag = value.map(str::to_owned);
        self
    }

    /// The value of `enable_telemetry` in the server's configuration, `None` if it is not there.
    pub fn config(mut self, value: Option<&str>) -> Self {
        self.config = value.map(str::to_owned);
        self
    }

    /// Where the id and the spool live: a directory that outlives restarts. Without it `$STATE_DIRECTORY` is
    /// taken, as a service manager sets it; without that either, the agent is off.
    pub fn directory(mut self, directory: impl AsRef<Path>) -> Self {
        self.directory = Some(directory.as_ref().to_owned());
        self
    }

    /// Keeps what makes this server one installation with the host's data, instead of in the directory: replicas that
    /// share the store are one installation and report once between them, and a restart on an empty disk is no new
    /// one. The directory is still needed, for the spool, and may be one that goes with a container.
    ///
    /// A no that deletes in one replica deletes for all; give all of them the same configuration.
    pub fn state_store(mut self, store: impl StateStore) -> Self {
        self.kept = Some(Kept::new(store));
        self
    }

    /// Where batches go, instead of what the manifest or the variable says.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Allows private addresses, and plain http to them. Off by default.
    pub fn allow_private(mut self, allowed: bool) -> Self {
        self.allow_private = allowed;
        self
    }

    /// How long nothing is recorded after the notice was first shown to this installation; an hour by default.
    /// Where the manifest's policy is `ask` it only spreads the first reports of a fleet.
    pub fn first_delay(mut self, delay: Duration) -> Self {
        self.first_delay = Some(delay);
        self
    }

    /// The time between two reports, in whole seconds and at least one; the manifest's by default. In a release it is
    /// never shorter than the manifest's, which was reviewed.
    pub fn every(mut self, every: Duration) -> Self {
        self.every = Some(every);
        self
    }

    /// How the server counts its objects. The closure is called once a period, in a task of its own; it may take
    /// half a minute, fail or panic without hurt. It gives the product's typed counts, or an `Option` or
    /// `Result` of them.
    ///
    /// Without a closure the report says that the server is there, with its version and platform.
    pub fn counts<Kind, F, C>(mut self, count: F) -> Self
    where
        F: Fn() -> C + Send + Sync + 'static,
        C: Future + Send + 'static,
        C::Output: Counted<Kind>,
    {
        self.counter = Some(Counter::new(count));
        self
    }

    /// What the server measures of the requests that it serves: the static `TIMINGS` that `manifest!` makes where the
    /// manifest has `[timings]`. Each report tells the sums since this server may record, under a restart tag; what was
    /// counted while it might not is never told.
    pub fn timings(mut self, timings: &'static Timings) -> Self {
        self.timings = Some(timings);
        self
    }

    /// A file of certificates in PEM that the collector's must come from, in place of the roots of the web: for
    /// collectors behind an authority of one's own. `<PREFIX>_TELEMETRY_ROOTS` names one too, and comes first. Where the
    /// file cannot be read, nothing is sent.
    pub fn roots(mut self, file: impl AsRef<Path>) -> Self {
        self.roots = Some(file.as_ref().to_owned());
        self
    }

    /// How the notice is shown, for hosts that do not log through tracing. It is called once per start with one
    /// line. Without it the line is a tracing event of level `INFO` and target `aboveboard`, and where nothing
    /// listens to that, the notice counts as not shown and nothing is recorded.
    pub fn notice(mut self, show: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.show = Some(Arc::new(show));
        self
    }

    /// The origins under which the server's console is reached (`https://quarry.example.org`). Without any, a
    /// console that is asked for as `localhost` or by an IP address is answered.
    pub fn origins(mut self, origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.origins = origins.into_iter().map(Into::into).collect();
        self
    }

    #[cfg(test)]
    pub(crate) fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    #[cfg(test)]
    pub(crate) fn resolver(mut self, look_up: impl crate::resolver::LookUp) -> Self {
        self.resolver = Resolver::new(look_up);
        self
    }

    /// Starts the agent: one task on the runtime that this is called in. It never fails; whatever is wrong, the
    /// agent is off and [`Handle::status`] says why. Called outside a tokio runtime it is off, with a warning.
    pub fn start(self) -> Handle {
        let timing = Timing::new(self.declaration, &self.environment, self.first_delay, self.every);
        let variable = format!("{}TELEMETRY_ROOTS", self.declaration.variable_prefix());
        let roots = self.environment.var(&variable).map(PathBuf::from).or(self.roots);
        let host = self
            .host
            .flag(self.flag.as_deref())
            .config(self.config.as_deref())
            .endpoint(self.endpoint)
            .allow_private(self.allow_private);
        let shared = Arc::new(Shared::new(Switch::new(Parts {
            declaration: self.declaration,
            version: self.version,
            host,
            environment: self.environment,
            directory: self.directory,
            kept: self.kept,
            timing,
            show: self.show,
            timings: self.timings,
            roots,
            clock: Box::new(SystemClock),
        })));
        let (stopper, stop) = watch::channel(false);
        let worker = Worker {
            shared: Arc::clone(&shared),
            counter: self.counter,
            resolver: self.resolver,
            stop,
            forgot: false,
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => {
                // Decided now, so that the notice stands where a reader of the log looks for it: at the start.
                shared.switch.decide();
                let task = runtime.spawn(worker.run());
                Handle::running(shared, self.origins, stopper, task)
            }
            Err(_) => {
                tracing::warn!(target: crate::TARGET, "telemetry is off: the agent was not started inside a tokio runtime");
                Handle::idle(shared, self.origins)
            }
        }
    }
}
