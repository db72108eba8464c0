//! What a server says to its agent, and what follows from it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aboveboard_core::consent::{self, Decision, Host, Question};
use aboveboard_core::environment::Environment;
use aboveboard_core::paths::Paths;
use aboveboard_types::clock::{Clock, SystemClock};
use aboveboard_types::declaration::{Component, Declaration};
use aboveboard_types::envelope::Header;
use aboveboard_types::event::Seconds;
use aboveboard_types::typed::{ConfigValue, Timings};
use aboveboard_types::value::{Channel, Version};

use super::timing::Timing;

/// Shows a line to who reads the server's log. False where nothing listens: then the line was not shown.
pub type Show = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// Reads the server's configuration key.
pub type ReadConfig = Box<dyn Fn() -> ConfigValue + Send + Sync>;

/// Everything a server says, as it said it.
#[non_exhaustive]
pub struct Settings {
    /// The product.
    pub declaration: &'static Declaration,
    /// The product's version.
    pub version: Version,
    /// Flag, configuration value and endpoint.
    pub host: Host,
    /// How the configuration key is read with each decision, in place of a value of `host` that was read at the start.
    pub read_config: Option<ReadConfig>,
    /// Where answer, id and spool live; `$STATE_DIRECTORY` by default.
    pub directory: Option<PathBuf>,
    /// Whether the installation's secret and the last report live in a store of the host, and not in the directory.
    pub is_kept_elsewhere: bool,
    /// How long nothing is recorded after the notice was first shown; an hour by default.
    pub first_delay: Option<Duration>,
    /// The interval between two reports; the manifest's by default.
    pub interval: Option<Duration>,
    /// What this server offers to turn telemetry off beside the variables, as the notice names it. A switch that the host
    /// does not hand over does not exist for its operator.
    pub opt_outs: Vec<String>,
    /// How the notice is shown.
    pub show: Show,
    /// What the server measures of its requests.
    pub timings: Option<&'static Timings>,
    /// Whether the token that opens status and preview is made in the directory.
    pub makes_token: bool,
    /// Called when an opt-out that deletes begins or ends, from whichever thread noticed it.
    pub purge_changed: Box<dyn Fn() + Send + Sync>,
    /// Called when a server that was off or undecided may record again or waits for its first delay, from whichever thread
    /// noticed it.
    pub opt_out_ended: Box<dyn Fn() + Send + Sync>,
    /// The variables of this process.
    pub environment: Environment,
    /// The wall clock.
    pub clock: Box<dyn Clock>,
}

impl Settings {
    /// The settings of a server that has said nothing but its product and version. A version that cannot be read is
    /// reported as `0.0.0-other`. Nothing listens to its notice.
    #[must_use]
    pub fn new(declaration: &'static Declaration, version: &str) -> Self {
        let unknown = Version { channel: Channel::Other, ..Version::default() };
        Self {
            declaration,
            version: Version::from_product(version).unwrap_or(unknown),
            host: Host::default(),
            read_config: None,
            directory: None,
            is_kept_elsewhere: false,
            first_delay: None,
            interval: None,
            opt_outs: Vec::new(),
            show: Box::new(|_| false),
            timings: None,
            makes_token: false,
            purge_changed: Box::new(|| ()),
            opt_out_ended: Box::new(|| ()),
            environment: Environment::process(),
            clock: Box::new(SystemClock),
        }
    }
}

impl Settings {
    /// Where answer, id and spool live: what the server named, else what its service manager gives it.
    #[must_use]
    pub fn directory(&self) -> Option<PathBuf> {
        self.directory.clone().or_else(|| state_directory(&self.environment))
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("product", &self.declaration.product).finish_non_exhaustive()
    }
}

/// The settings, and what follows from them and the environment at the start.
#[derive(Debug)]
pub struct Setup {
    /// What the server said.
    pub settings: Settings,
    /// Where answer, id and spool live; `None` where the server named no directory.
    pub paths: Option<Paths>,
    /// When things are due.
    pub timing: Timing,
    started_at: Seconds,
    started: Instant,
}

impl Setup {
    /// Resolves what the server said against the environment. Reads no file.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let paths = settings.directory().map(|directory| Paths::in_directory(&directory));
        let paths = if settings.is_kept_elsewhere { paths.map(Paths::kept_elsewhere) } else { paths };
        let Settings { declaration, environment, first_delay, interval, .. } = &settings;
        let timing = Timing::new(declaration, environment, *first_delay, *interval);
        let started_at = settings.clock.now();
        Self { settings, paths, timing, started_at, started: Instant::now() }
    }

    /// The question of consent as this server asks it.
    #[must_use]
    pub fn question(&self) -> Question<'_> {
        Question {
            declaration: self.settings.declaration,
            component: Component::Server,
            host: &self.settings.host,
            environment: &self.settings.environment,
            places: self.paths.as_ref(),
        }
    }

    /// Asks the cheapest consent source first and stops at the first opt-out.
    #[must_use]
    pub fn decide(&self) -> Decision {
        let question = self.question();
        match &self.settings.read_config {
            Some(read) => {
                let host = self.settings.host.clone().config(read());
                consent::decide(&Question { host: &host, ..question })
            }
            None => consent::decide(&question),
        }
    }

    /// What this build and machine say of themselves in a batch of this component.
    #[must_use]
    pub fn header(&self, component: Component) -> Header {
        let Settings { declaration, version, environment, .. } = &self.settings;
        environment.header(component, *version, declaration.release)
    }

    /// Seconds since 1970 by the server's clock.
    #[must_use]
    pub fn now(&self) -> Seconds {
        self.settings.clock.now()
    }

    /// When this process started, by the wall clock; where that has been set back since, by the time it has run.
    #[must_use]
    pub fn started_at(&self) -> Seconds {
        let now = self.now();
        if self.started_at <= now {
            self.started_at
        } else {
            now.saturating_sub(self.started.elapsed().as_secs())
        }
    }
}

/// The directory that the service manager gives this server; the first if there are several.
fn state_directory(environment: &Environment) -> Option<PathBuf> {
    let variable = environment.var("STATE_DIRECTORY")?;
    let first = Path::new(variable.to_str()?.split(':').next()?);
    first.is_absolute().then(|| first.to_owned())
}
