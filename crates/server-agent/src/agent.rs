//! The builder: what the host says, then `start`.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aboveboard_delivery::server::Settings;
use aboveboard_types::declaration::Declaration;
use aboveboard_types::typed::{ConfigValue, Counted, StateStore, Timings};

use crate::worker::Worker;
use crate::{Counter, Handle, Integration, RunningAgent, SharedState, notice};

/// The agent of one server, before it is started.
///
/// Every setting has a default; the host hands over what it has and calls [`Agent::start`]. Only
/// [`directory`](Agent::directory) has no default outside a service manager that sets `$STATE_DIRECTORY`.
#[must_use = "an agent does nothing before `start`"]
pub struct Agent {
    settings: Settings,
    integration: Integration,
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agent").field("product", &self.settings.declaration.product).finish_non_exhaustive()
    }
}

impl Agent {
    /// An agent for the product that `manifest!` declared. `version` is the product's own, as a rule
    /// `env!("CARGO_PKG_VERSION")`; a version that cannot be read is reported as `0.0.0-other`.
    pub fn new(declaration: &'static Declaration, version: &str) -> Self {
        let mut settings = Settings::new(declaration, version);
        settings.show = Box::new(notice::show);
        Self { settings, integration: Integration::new() }
    }

    /// The value of the server's `--enable-telemetry`; `None` if it was not given. Hand it over as text: the agent
    /// reads it, and any value that is not clearly a consent turns telemetry off. The notice names the flag to the
    /// operator only if it is handed over here, given or not.
    pub fn flag(mut self, value: Option<&str>) -> Self {
        self.settings.host = self.settings.host.flag(value);
        self.settings.opt_outs.push("--enable-telemetry=false".to_owned());
        self
    }

    /// The value of `enable_telemetry` in the server's configuration; `None` if the key is not set, and an error if the
    /// configuration could not be read: that silences this process and deletes nothing. A value is read like
    /// [`flag`](Self::flag), and named in the notice under the same condition.
    pub fn config(mut self, value: impl Into<ConfigValue>) -> Self {
        self.settings.host = self.settings.host.config(value);
        self.settings.opt_outs.push("enable_telemetry = false in the configuration".to_owned());
        self
    }

    /// Where the id and the spool live: a directory that outlives restarts. The default is `$STATE_DIRECTORY`, which
    /// a service manager sets; without either, the agent is off.
    pub fn directory(mut self, directory: impl AsRef<Path>) -> Self {
        self.settings.directory = Some(directory.as_ref().to_owned());
        self
    }

    /// Keeps what makes this server one installation in a store of the host, instead of in the directory. Replicas
    /// that share the store are one installation and report once between them, and a restart on an empty disk is not
    /// a new installation. The directory is still needed for the spool, and may be one that goes with a container.
    ///
    /// An opt-out that deletes in one replica deletes for all of them, so give all of them the same configuration.
    pub fn state_store(mut self, store: impl StateStore) -> Self {
        self.settings.is_kept_elsewhere = true;
        self.integration.state_store = Some(SharedState::new(store));
        self
    }

    /// Where batches go, instead of what the manifest or the variable says: `https://host[:port][/path]`. With an
    /// endpoint that cannot be used nothing is sent, and [`Handle::status`] says why.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.settings.host = self.settings.host.endpoint(Some(endpoint.into()));
        self
    }

    /// Allows an endpoint at a private address, and plain `http` to it. Off by default.
    pub fn allow_private(mut self, allowed: bool) -> Self {
        self.settings.host = self.settings.host.allow_private(allowed);
        self
    }

    /// How long nothing is recorded after the notice was first shown to this installation; an hour by default. The first
    /// report follows. Where the manifest's policy is `ask`, it only spreads the first reports of a fleet over this time.
    /// In builds that are not releases, `<PREFIX>_TELEMETRY_FIRST_DELAY` comes first.
    pub fn first_delay(mut self, delay: Duration) -> Self {
        self.settings.first_delay = Some(delay);
        self
    }

    /// The interval between two reports, in whole seconds and at least one; the manifest's `every` by default. In a release
    /// it is never shorter than the manifest's, which was reviewed. In builds that are not releases,
    /// `<PREFIX>_TELEMETRY_PERIOD` comes first.
    pub fn every(mut self, interval: Duration) -> Self {
        self.settings.interval = Some(interval);
        self
    }

    /// How the server counts its objects. The closure is called once per report, in a task of its own. It has 30
    /// seconds; a closure that takes longer, fails or panics costs this report and nothing else. It returns the
    /// product's typed counts, or an `Option` or `Result` of them.
    ///
    /// Without a closure the report only says that the server exists, with its version and platform.
    pub fn counts<Kind, F, C>(mut self, count: F) -> Self
    where
        F: Fn() -> C + Send + Sync + 'static,
        C: Future + Send + 'static,
        C::Output: Counted<Kind>,
    {
        self.integration.counter = Some(Counter::new(count));
        self
    }

    /// What the server measures of the requests that it serves: the static `TIMINGS` that `manifest!` generates for a
    /// manifest with `[timings]`. Each report holds the sums since this server may record, under a random restart tag
    /// that changes when the sums begin anew. What was counted while it might not record is never reported.
    pub fn timings(mut self, timings: &'static Timings) -> Self {
        self.settings.timings = Some(timings);
        self
    }

    /// A file of PEM certificates that replace the roots of the web, for a collector behind a private certificate
    /// authority. `<PREFIX>_TELEMETRY_ROOTS` names such a file, too, and comes before this one. If the file cannot be read,
    /// nothing is sent.
    pub fn roots(mut self, file: impl AsRef<Path>) -> Self {
        let file = file.as_ref();
        // The host may work elsewhere later.
        self.integration.roots = Some(std::path::absolute(file).unwrap_or_else(|_| file.to_owned()));
        self
    }

    /// How the notice is shown, for hosts that do not log through `tracing`. It is called once per start with one
    /// line. By default the line is a tracing event of level `INFO` and target `aboveboard`; if no subscriber listens
    /// to that, the notice counts as not shown and nothing is recorded.
    pub fn notice(mut self, show: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.settings.show = Box::new(move |line| {
            show(line);
            true
        });
        self
    }

    /// The origins under which the server's console is reached (`https://quarry.example.org`). Without any, the
    /// bridge answers a console that was opened as `localhost` or by an IP address.
    pub fn origins(mut self, origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.integration.origins = origins.into_iter().map(Into::into).collect();
        self
    }

    /// What a request must state as a bearer to read status and preview; `<PREFIX>_TELEMETRY_TOKEN` comes before it. Without
    /// either, the agent makes a token while it records, in the file `telemetry/token` of the directory.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.integration.token = Some(token.into());
        self
    }

    #[cfg(test)]
    pub(crate) fn environment(mut self, environment: aboveboard_core::environment::Environment) -> Self {
        self.settings.environment = environment;
        self
    }

    #[cfg(test)]
    pub(crate) fn resolver(mut self, look_up: impl crate::resolver::LookUp) -> Self {
        self.integration.resolver = crate::resolver::Resolver::new(look_up);
        self
    }

    /// Starts the agent: one task on the tokio runtime that this is called in. It never fails. Whatever is wrong, the
    /// agent is off and [`Handle::status`] says why. Called outside a tokio runtime it is off, with a warning.
    pub fn start(self) -> Handle {
        let agent = Arc::new(RunningAgent::new(self.settings, self.integration));
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            tracing::warn!(target: crate::TARGET, "telemetry is off: the agent was not started inside a tokio runtime");
            return Handle::idle(agent);
        };
        // Decided now, so that the notice stands where readers of the log look for it: at the start.
        agent.switch.decide();
        let (stopper, worker) = Worker::new(Arc::clone(&agent));
        Handle::working(agent, stopper, runtime.spawn(worker.run()))
    }
}
