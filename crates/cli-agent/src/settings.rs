//! What the host says: the builders fill it, and everything that runs reads it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use aboveboard_core::consent::{Host, Question};
use aboveboard_core::environment::Environment;
use aboveboard_core::paths::Paths;
use aboveboard_core::recorder::header_at;
use aboveboard_delivery::limits;
use aboveboard_types::clock;
use aboveboard_types::declaration::{Component, Declaration, Policy};
use aboveboard_types::envelope::Header;
use aboveboard_types::event::{Command, Ending, Event, EventKind};
use aboveboard_types::id::Id;
use aboveboard_types::typed::ConfigValue;
use aboveboard_types::value::Version;

use crate::{Calls, Hints};

/// The variable that names a file of roots, after the product's prefix.
pub(crate) const ROOTS: &str = "TELEMETRY_ROOTS";

/// The variables that put other roots in place of the system's.
pub(crate) const SYSTEM_ROOTS: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Whether this build trusts the system's roots.
#[cfg(feature = "uploader")]
pub(crate) const READS_SYSTEM_ROOTS: bool = aboveboard_roots::ARE_OF_THE_SYSTEM;

/// Whether this build trusts the system's roots: it trusts nobody.
#[cfg(not(feature = "uploader"))]
const READS_SYSTEM_ROOTS: bool = false;

/// Everything a host can set, as it set it.
#[derive(Clone, Debug)]
pub(crate) struct Settings<'d> {
    pub(crate) declaration: &'d Declaration,
    pub(crate) version: Version,
    pub(crate) environment: Environment,
    /// The component whose consent is asked for.
    pub(crate) component: Component,
    /// Where the state lies of a server that this is about, instead of the user's own.
    pub(crate) directory: Option<PathBuf>,
    pub(crate) endpoint: Option<String>,
    pub(crate) allow_private: bool,
    /// Whether it reads a configuration that may say no.
    pub(crate) has_config: bool,
    pub(crate) wording: Option<Wording>,
    /// How people call the program, where the host says so.
    pub(crate) program: Option<String>,
    /// How people call the verbs.
    pub(crate) calls: Calls,
    /// Variables that the delivery helper needs.
    pub(crate) handed_over: Vec<(String, OsString)>,
    /// The time between two deliveries that the host set, which [`Settings::interval`] may shorten.
    pub(crate) host_interval: Duration,
    /// Whether this executable may be started once more, as its own helper. See [`crate::helper::Deliverer`].
    pub(crate) starts_itself: bool,
    /// The program that delivers in place of this one.
    pub(crate) helper: Option<PathBuf>,
    /// How long a process delivers itself when it ends, where it does.
    pub(crate) at_exit: Option<Duration>,
}

/// A text of the product's or its distributor's own.
#[derive(Clone, Debug)]
pub(crate) struct Wording {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl<'d> Settings<'d> {
    /// The settings of a host that has said nothing but its product and version.
    pub(crate) fn new(declaration: &'d Declaration, version: Version) -> Self {
        Self::of(declaration, version, Environment::process())
    }

    /// The same under these variables. Relative paths in them count from the directory of this moment: the host may
    /// work elsewhere later, and its helper does.
    fn of(declaration: &'d Declaration, version: Version, environment: Environment) -> Self {
        let mut settings = Self::with_nothing_said(declaration, version, environment);
        let of_system = SYSTEM_ROOTS.iter().filter(|_| READS_SYSTEM_ROOTS).map(|name| (*name).to_owned());
        let is_relative = |path: OsString| Path::new(&path).is_relative();
        settings.handed_over = of_system
            .chain([settings.variable_name(ROOTS)])
            .filter(|name| settings.environment.var(name).is_some_and(is_relative))
            .filter_map(|name| Some((name.clone(), settings.environment.path(&name)?.into())))
            .collect();
        settings
    }

    fn with_nothing_said(declaration: &'d Declaration, version: Version, environment: Environment) -> Self {
        Self {
            declaration,
            version,
            environment,
            component: component_of(declaration),
            directory: None,
            endpoint: None,
            allow_private: false,
            has_config: false,
            wording: None,
            program: None,
            calls: Calls::Unknown,
            handed_over: Vec::new(),
            host_interval: Duration::from_secs(limits::DEFAULT_INTERVAL),
            starts_itself: false,
            helper: None,
            at_exit: None,
        }
    }

    /// The time between two deliveries. A build that is not a release may shorten it by a variable, in seconds.
    pub(crate) fn interval(&self) -> Duration {
        if self.declaration.release {
            return self.host_interval;
        }
        let variable = self.variable("TELEMETRY_PERIOD");
        let seconds = variable.as_deref().and_then(OsStr::to_str).and_then(|text| text.parse().ok());
        seconds.map_or(self.host_interval, |seconds| Duration::from_secs(seconds).min(self.host_interval))
    }

    /// Whether the first delivery waits for people to change their mind. A container that delivers at its end may be gone by
    /// then, with all that was recorded.
    pub(crate) fn waits_at_first(&self) -> bool {
        self.at_exit.is_none() || !self.environment.in_container()
    }

    /// The user's paths, with those of the wording; `None` where the user has no directory of their own.
    pub(crate) fn paths(&self) -> Option<Paths> {
        match &self.directory {
            Some(directory) => Some(Paths::in_directory(directory)),
            None => Paths::of_user(self.declaration, &self.environment).map(|paths| self.worded(paths)),
        }
    }

    /// The same below the home directory, wherever other variables lead.
    pub(crate) fn usual_paths(&self) -> Option<Paths> {
        if self.directory.is_some() {
            // No variable leads to a server's directory.
            return self.paths();
        }
        Paths::usual(self.declaration, &self.environment).map(|paths| self.worded(paths))
    }

    fn worded(&self, paths: Paths) -> Paths {
        match &self.wording {
            Some(wording) => paths.worded(&wording.name),
            None => paths,
        }
    }

    /// What this host says, for a decision.
    pub(crate) fn host(&self, flag: Option<&str>, config: &ConfigValue) -> Host {
        Host::default()
            .flag(flag)
            .config(config.clone())
            .endpoint(self.endpoint.clone())
            .allow_private(self.allow_private)
    }

    /// The question of consent as this host asks it.
    pub(crate) fn question<'q>(&'q self, host: &'q Host, paths: Option<&'q Paths>) -> Question<'q> {
        Question {
            declaration: self.declaration,
            component: self.component,
            host,
            environment: &self.environment,
            places: paths,
        }
    }

    /// What hints say.
    pub(crate) fn hints(&self) -> Hints {
        Hints::new(&self.calls, self.program.as_deref(), self.variable_name("ENABLE_TELEMETRY"))
    }

    /// What the manifest's policy is for the component that is asked for.
    pub(crate) fn policy(&self) -> Policy {
        self.declaration.policy(self.component).unwrap_or(Policy::Off)
    }

    /// What this build and machine say of themselves in a batch.
    pub(crate) fn header(&self) -> Header {
        self.environment.header(self.component, self.version, self.declaration.release)
    }

    /// The same with what the place says at which it would be recorded, for examples.
    pub(crate) fn header_at(&self, paths: Option<&Paths>) -> Header {
        match paths {
            Some(paths) => header_at(self.header(), paths),
            None => self.header(),
        }
    }

    /// The event of a command that ends now with success, as it would be recorded, with placeholders for the ids.
    pub(crate) fn example<'c>(command: &'c str) -> Event<'c> {
        let run = Id::NIL;
        let command = Command { command, run, ending: Ending::Success, server: None, server_version: None };
        Event { time: clock::now(), kind: EventKind::Command(command) }
    }

    /// The value of one of the product's own variables.
    pub(crate) fn variable(&self, name: &str) -> Option<OsString> {
        self.environment.var(&self.variable_name(name))
    }

    /// The path that a variable names, as it was meant when this process started.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        let handed_over = self.handed_over.iter().find(|(known, _)| known == name);
        match handed_over {
            Some((_, path)) => Some(path.into()),
            None => self.environment.path(name),
        }
    }

    /// The name of one of the product's own variables.
    pub(crate) fn variable_name(&self, name: &str) -> String {
        format!("{}{name}", self.declaration.variable_prefix())
    }
}

/// The component whose consent an agent asks for: the app in a product without a CLI.
fn component_of(declaration: &Declaration) -> Component {
    if declaration.cli == Policy::Off && declaration.app != Policy::Off {
        Component::App
    } else {
        Component::Cli
    }
}
