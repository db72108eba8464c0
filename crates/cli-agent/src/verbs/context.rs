//! What every verb works with.

use std::fmt::Display;
use std::io::Write as _;

use aboveboard_core::consent::{Decision, Host, Question, Reading, decide, reading};
use aboveboard_core::declaration::{Declaration, Policy};
use aboveboard_core::envelope::Header;
use aboveboard_core::environment::Environment;
use aboveboard_core::paths::Paths;
use aboveboard_core::value::Version;
use clap::ArgMatches;

use super::{Exit, answering, doctor, erasure, handover, payload, status};
use crate::agent::component_of;

/// A product as its user's verbs see it.
#[derive(Debug)]
pub struct Context<'d> {
    pub(super) declaration: &'d Declaration,
    pub(super) environment: Environment,
    pub(super) places: Option<Paths>,
    pub(super) host: Host,
    pub(super) period: u64,
    commands: Vec<String>,
    allow_private: bool,
    version: Version,
    program: String,
}

impl<'d> Context<'d> {
    /// The product of this declaration, for the user of this process. `version` is the product's own; it stands
    /// in a preview and nowhere else.
    #[must_use]
    pub fn new(declaration: &'d Declaration, version: Version) -> Self {
        let environment = Environment::process();
        let places = Paths::of_user(declaration, &environment);
        let program = format!("{} telemetry", declaration.product);
        let period = aboveboard_core::delivery::limits::EVERY;
        Self {
            declaration,
            environment,
            places,
            host: Host::default(),
            period,
            commands: Vec::new(),
            allow_private: false,
            version,
            program,
        }
    }

    /// The words that call the verbs, for hints: `quarry telemetry`.
    #[must_use]
    pub fn program(mut self, words: impl Into<String>) -> Self {
        self.program = words.into();
        self
    }

    /// The name of the host's own wording, to which an answer is one too.
    #[must_use]
    pub fn wording(mut self, name: &str) -> Self {
        self.places = self.places.map(|places| places.worded(name));
        self
    }

    /// What the host says: flag, configuration, endpoint.
    #[must_use]
    pub fn host(mut self, host: Host) -> Self {
        self.host = host;
        self
    }

    /// The paths that the host's own tree can report; without them, those of the manifest.
    #[must_use]
    pub fn commands(mut self, paths: Vec<String>) -> Self {
        self.commands = paths;
        self
    }

    /// Whether the host allows an endpoint at a private address.
    #[must_use]
    pub fn allow_private(mut self, allow: bool) -> Self {
        self.allow_private = allow;
        self
    }

    /// Seconds between two deliveries of this host.
    #[must_use]
    pub fn period(mut self, seconds: u64) -> Self {
        self.period = seconds;
        self
    }

    pub(crate) fn run(&self, matches: &ArgMatches) -> Exit {
        match matches.subcommand() {
            Some(("status", arguments)) => status::run(self, arguments),
            Some(("on", _)) => answering::on(self),
            Some(("local", _)) => answering::local(self),
            Some(("off", arguments)) => answering::off(self, arguments.get_flag("forget")),
            Some(("preview", _)) => payload::preview(self),
            Some(("send", _)) => payload::send(self),
            Some(("sent", arguments)) => payload::sent(self, arguments.get_flag("json")),
            Some(("forget", _)) => erasure::forget(self),
            Some(("export", arguments)) => handover::export(self, &super::command::file_of(arguments)),
            Some(("import", arguments)) => handover::import(self, &super::command::file_of(arguments)),
            Some(("commands", _)) => self.list_commands(),
            Some(("doctor", arguments)) => doctor::run(self, arguments.get_flag("json")),
            _ => Exit::Failed,
        }
    }

    fn list_commands(&self) -> Exit {
        let mut declared = self.declaration.commands.iter().map(|path| &**path);
        let shown =
            if self.commands.is_empty() { declared.all(print) } else { self.commands.iter().all(print) };
        if shown { Exit::Done } else { Exit::Failed }
    }

    pub(super) fn question(&self) -> Question<'_> {
        Question {
            declaration: self.declaration,
            component: component_of(self.declaration),
            host: &self.host,
            environment: &self.environment,
            places: self.places.as_ref(),
        }
    }

    pub(super) fn policy(&self) -> Policy {
        self.declaration.policy(component_of(self.declaration)).unwrap_or(Policy::Off)
    }

    pub(super) fn decide(&self) -> Decision {
        decide(&self.question())
    }

    pub(super) fn header(&self) -> Header {
        self.environment.header(component_of(self.declaration), self.version, self.declaration.release)
    }

    pub(super) fn allows_private(&self) -> bool {
        let name = format!("{}TELEMETRY_ALLOW_PRIVATE", self.declaration.variable_prefix());
        self.allow_private || self.environment.var(&name).is_some_and(|value| reading(&value) == Reading::On)
    }

    /// The words that call a verb.
    pub(super) fn call(&self, verb: &str) -> String {
        format!("{} {verb}", self.program)
    }

    /// The user's places, or a word on why there are none.
    pub(super) fn places(&self) -> Result<&Paths, Exit> {
        self.places.as_ref().ok_or_else(|| {
            say("error: there is no home directory that is yours, so there is no place for an answer");
            say("help: HOME must be an absolute path to a directory of yours; run this without sudo or setuid");
            Exit::Failed
        })
    }
}

/// One line for people, on stderr.
pub(super) fn say(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// One line of data, on stdout. False if nobody can read it any more.
pub(super) fn print(line: impl Display) -> bool {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}").and_then(|()| stdout.flush()).is_ok()
}
