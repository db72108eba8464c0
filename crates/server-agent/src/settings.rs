//! What the host says: the builder fills it, and everything that runs reads it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use aboveboard_core::consent::{Host, Permit, Question};
use aboveboard_core::environment::Environment;
use aboveboard_core::operator_token;
use aboveboard_core::paths::Paths;
use aboveboard_types::bearer::{bearer, is_same};
use aboveboard_types::clock::{Clock, SystemClock};
use aboveboard_types::declaration::{Component, Declaration};
use aboveboard_types::envelope::Header;
use aboveboard_types::event::Seconds;
use aboveboard_types::typed::Timings;
use aboveboard_types::value::{Channel, Version};
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::notice::NoticeSink;
use crate::timing::Timing;
use crate::{Counter, Resolver, SharedState, System};

/// Everything a host can set, as it set it.
pub(crate) struct Settings {
    pub(crate) declaration: &'static Declaration,
    pub(crate) version: Version,
    /// Flag, configuration value and endpoint.
    pub(crate) host: Host,
    pub(crate) directory: Option<PathBuf>,
    pub(crate) state_store: Option<SharedState>,
    pub(crate) first_delay: Option<Duration>,
    pub(crate) interval: Option<Duration>,
    pub(crate) counter: Option<Counter>,
    pub(crate) notice_sink: Option<NoticeSink>,
    pub(crate) timings: Option<&'static Timings>,
    pub(crate) roots: Option<PathBuf>,
    #[cfg_attr(not(feature = "router"), expect(dead_code, reason = "only the router needs origins"))]
    pub(crate) origins: Vec<String>,
    pub(crate) token: Option<String>,
    pub(crate) environment: Environment,
    pub(crate) resolver: Resolver,
    pub(crate) clock: Box<dyn Clock>,
}

impl Settings {
    /// The settings of a host that has said nothing but its product and version. A version that cannot be read is
    /// reported as `0.0.0-other`.
    pub(crate) fn new(declaration: &'static Declaration, version: &str) -> Self {
        let unknown = Version { channel: Channel::Other, ..Version::default() };
        Self {
            declaration,
            version: Version::from_product(version).unwrap_or(unknown),
            host: Host::default(),
            directory: None,
            state_store: None,
            first_delay: None,
            interval: None,
            counter: None,
            notice_sink: None,
            timings: None,
            roots: None,
            origins: Vec::new(),
            token: None,
            environment: Environment::process(),
            resolver: Resolver::new(System),
            clock: Box::new(SystemClock),
        }
    }
}

/// The settings, and what follows from them and the environment at the start.
pub(crate) struct Setup {
    pub(crate) settings: Settings,
    /// Where answer, id and spool live; `None` where the host named no directory.
    pub(crate) paths: Option<Paths>,
    pub(crate) timing: Timing,
    /// The file of the certificates to trust, where they are not the roots of the web.
    pub(crate) roots: Option<PathBuf>,
    /// What opens status and preview, where the host or the operator gave it.
    token: Option<String>,
    started_at: Seconds,
    started: Instant,
}

impl Setup {
    /// Resolves what the host said against the environment. Reads no file.
    pub(crate) fn new(settings: Settings) -> Self {
        let environment = &settings.environment;
        let directory = settings.directory.clone().or_else(|| state_directory(environment));
        let paths = directory.map(|directory| Paths::in_directory(&directory));
        let paths = if settings.state_store.is_some() { paths.map(Paths::kept_elsewhere) } else { paths };
        let variable = format!("{}TELEMETRY_ROOTS", settings.declaration.variable_prefix());
        // What the operator names comes before what the host was built with.
        let roots = environment.var(&variable).map(PathBuf::from).or_else(|| settings.roots.clone());
        let timing = Timing::new(settings.declaration, environment, settings.first_delay, settings.interval);
        let started_at = settings.clock.now();
        let variable = format!("{}TELEMETRY_TOKEN", settings.declaration.variable_prefix());
        let given = environment.var(&variable).map(|value| value.to_string_lossy().into_owned());
        let token = given.or_else(|| settings.token.clone()).filter(|token| !token.is_empty());
        Self { settings, paths, timing, roots, token, started_at, started: Instant::now() }
    }

    /// Makes the token of the state directory, where no other was given.
    pub(crate) fn make_token(&self, permit: &Permit, paths: &Paths) {
        if self.token.is_none() {
            operator_token::make(permit, paths);
        }
    }

    /// Whether a request states what opens status and preview.
    #[cfg_attr(not(feature = "router"), expect(dead_code, reason = "only the router has requests"))]
    pub(crate) fn knows_token_of(&self, headers: &HeaderMap) -> bool {
        let mut stated = headers.get_all(AUTHORIZATION).iter();
        // Of two, a proxy in front may have checked the other one.
        let Some((value, None)) = stated.next().map(|value| (value, stated.next())) else { return false };
        let Some(token) = bearer(value.as_bytes()) else { return false };
        let own = self.token.clone().or_else(|| operator_token::read(self.paths.as_ref()?));
        own.is_some_and(|own| is_same(token, own.as_bytes()))
    }

    /// The question of consent as this server asks it.
    pub(crate) fn question(&self) -> Question<'_> {
        Question {
            declaration: self.settings.declaration,
            component: Component::Server,
            host: &self.settings.host,
            environment: &self.settings.environment,
            places: self.paths.as_ref(),
        }
    }

    /// What this build and machine say of themselves in a batch of this component.
    pub(crate) fn header(&self, component: Component) -> Header {
        let Settings { declaration, version, environment, .. } = &self.settings;
        environment.header(component, *version, declaration.release)
    }

    pub(crate) fn now(&self) -> Seconds {
        self.settings.clock.now()
    }

    /// When this process started, by the wall clock; where that has been set back since, by the time it has run.
    pub(crate) fn started_at(&self) -> Seconds {
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
    let first = PathBuf::from(variable.to_str()?.split(':').next()?);
    first.is_absolute().then_some(first)
}
