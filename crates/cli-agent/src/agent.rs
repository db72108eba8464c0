//! The handle that a host holds from the first line of its `main` to the command it runs.

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use aboveboard_core::clock;
use aboveboard_core::consent::{self, Host, Question, Reading};
use aboveboard_core::declaration::{Component, Declaration, Policy};
use aboveboard_core::envelope::Header;
use aboveboard_core::environment::Environment;
use aboveboard_core::event::Event;
use aboveboard_core::outcome::DropReason;
use aboveboard_core::paths::Paths;
use aboveboard_core::recorder::Recorder;
use aboveboard_core::typed::Record;
use aboveboard_core::value::Version;
use clap::ArgMatches;

use crate::command::Command;
use crate::{arguments, helper, path, verbs};

/// How often a helper delivers, unless the host says otherwise.
const PERIOD: Duration = Duration::from_secs(24 * 60 * 60);

/// Begins telemetry. Must be the first line of `main`: where this process is the delivery helper, it takes over
/// and does not return.
///
/// It never fails, reads a handful of bytes and touches no file. `version` is the product's own, as
/// `env!("CARGO_PKG_VERSION")` gives it.
pub fn start(declaration: &'static Declaration, version: &str) -> Agent {
    let agent = Agent::new(declaration, version);
    helper::take_over(&agent);
    agent
}

/// The agent of a command line program. See [`start`].
#[must_use]
pub struct Agent {
    pub(crate) declaration: &'static Declaration,
    pub(crate) version: Version,
    pub(crate) environment: Environment,
    pub(crate) endpoint: Option<String>,
    pub(crate) allow_private: bool,
    pub(crate) component: Component,
    pub(crate) handed_over: Vec<(String, OsString)>,
    program: Option<String>,
    pub(crate) wording: Option<Wording>,
    period: Duration,
    config: Option<Box<dyn FnOnce() -> Option<String>>>,
}

impl Agent {
    /// An agent for a process that has checked already that it is no helper.
    pub(crate) fn new(declaration: &'static Declaration, version: &str) -> Self {
        Self {
            declaration,
            version: Version::from_product(version).unwrap_or_default(),
            environment: Environment::process(),
            endpoint: None,
            allow_private: false,
            component: component_of(declaration),
            handed_over: Vec::new(),
            program: None,
            wording: None,
            period: PERIOD,
            config: None,
        }
    }

    /// Sends to this endpoint instead of the manifest's, as `https://host[:port][/path]`. An endpoint that is not
    /// usable means that nothing is ever sent.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Lets the endpoint be a private or loopback address, and plain `http` there.
    pub fn allow_private(mut self, allow: bool) -> Self {
        self.allow_private = allow;
        self
    }

    /// Delivers at most once in this time; 24 hours if not said. The first delivery comes after an hour or one
    /// period, whichever is less.
    pub fn period(mut self, period: Duration) -> Self {
        self.period = period;
        self
    }

    /// A text of the product's or its distributor's own, shown before the question or the notice. What is answered to
    /// it is kept apart under its name, which is short, in lower case and changes with the text: a yes to the product
    /// alone, or to another text, asks again. A no to it is a no to the product.
    pub fn wording(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.wording = Some(Wording { name: name.into(), text: text.into() });
        self
    }

    /// The words by which people call this program, for hints; else what they typed.
    pub fn program(mut self, words: impl Into<String>) -> Self {
        self.program = Some(words.into());
        self
    }

    /// A variable that the delivery helper must find in its environment to become the helper of this product, for
    /// programs that learn from elsewhere which product they serve.
    pub fn hand_over(mut self, variable: impl Into<String>, value: impl Into<OsString>) -> Self {
        self.handed_over.push((variable.into(), value.into()));
        self
    }

    /// How to read the product's config key `enable_telemetry`. Called at most once, and only where its value can
    /// still matter: by a command that is about to record, or by the verbs of `telemetry`.
    ///
    /// Hosts whose configuration depends on their arguments hand the value to [`Command::config`] instead; the
    /// verbs then know of variables, files and answers, but not of that key.
    pub fn config_with(mut self, read: impl FnOnce() -> Option<String> + 'static) -> Self {
        self.config = Some(Box::new(read));
        self
    }

    /// Parses the command line as `C::parse()` does, with the global switch `--enable-telemetry[=VALUE]` and the
    /// subcommand `telemetry` added. Exits where clap would exit, and after a verb of `telemetry`.
    pub fn parse<C: clap::Parser>(self) -> (C, Command) {
        let (mut matches, command) = self.matches(C::command());
        match C::from_arg_matches_mut(&mut matches) {
            Ok(parsed) => (parsed, command),
            Err(error) => error.format(&mut C::command()).exit(),
        }
    }

    /// The same for a command that was made with clap's builder.
    pub fn matches(self, tree: clap::Command) -> (ArgMatches, Command) {
        let arguments: Vec<OsString> = std::env::args_os().collect();
        let mut tree = arguments::instrument(tree);
        let matches = match arguments::parse(&mut tree, &arguments) {
            Ok(matches) => matches,
            Err(error) => error.exit(),
        };
        let flag = arguments::switch(&matches, &arguments);
        let called = tree.get_bin_name().unwrap_or_else(|| tree.get_name()).to_owned();
        let program = self.program.clone().unwrap_or(called);
        if let Some((verbs::NAME, verb)) = matches.subcommand() {
            let context = self.into_context(&program, flag.as_deref());
            let exit = context.commands(path::command_paths(&tree)).run(verb);
            std::process::exit(exit.code().into());
        }
        let path = path::of(tree.get_name(), &matches);
        (matches, Command::new(self, path, program, flag))
    }

    /// A command of a program that does not parse with clap. `path` is its canonical path as the manifest
    /// declares it, `flag` what its own switch says.
    pub fn command(self, path: impl Into<String>, flag: Option<String>) -> Command {
        let program = self.program.clone().unwrap_or_else(|| self.declaration.product.to_string());
        Command::new(self, path.into(), program, flag)
    }

    /// Records one declared event of a component and delivers as a command would: for a library that has no command
    /// of its own. `flag` is what a switch of its own says. What became of the event: `None` where telemetry is off or
    /// undecided.
    pub fn record(
        self,
        component: Component,
        event: impl Record,
        flag: Option<&str>,
    ) -> Option<Result<(), DropReason>> {
        self.record_event(component, &event.event(clock::now()), flag)
    }

    /// The same for an event that no macro typed, as of a manifest that was read as the program runs.
    pub fn record_event(
        mut self,
        component: Component,
        event: &Event<'_>,
        flag: Option<&str>,
    ) -> Option<Result<(), DropReason>> {
        self.component = component;
        let config = self.take_config();
        let host = self.host(flag, config.as_deref());
        let places = self.places()?;
        let decision = consent::decide(&self.question(&host, Some(&places)));
        if decision.purges() {
            // What cannot be deleted now is tried again by the next call; nothing is recorded either way.
            let _ = consent::purge(&places);
        }
        let permit = decision.permit()?;
        let recorder = Recorder::open(permit.clone(), self.declaration, &places, self.header());
        let done = recorder.record(event);
        helper::start_if_due(&self, &permit, &places, Self::says_yes(flag, config.as_deref()));
        Some(done)
    }

    /// The user's places, with those of the wording.
    pub(crate) fn places(&self) -> Option<Paths> {
        let places = Paths::of_user(self.declaration, &self.environment)?;
        Some(match &self.wording {
            Some(wording) => places.worded(&wording.name),
            None => places,
        })
    }

    pub(crate) fn question<'q>(&'q self, host: &'q Host, places: Option<&'q Paths>) -> Question<'q> {
        Question {
            declaration: self.declaration,
            component: self.component,
            host,
            environment: &self.environment,
            places,
        }
    }

    /// The verbs of this product, as this host mounts them.
    fn into_context(mut self, program: &str, flag: Option<&str>) -> verbs::Context<'static> {
        let config = self.take_config();
        let context = verbs::Context::new(self.declaration, self.version);
        let context = match &self.wording {
            Some(wording) => context.wording(&wording.name),
            None => context,
        };
        context
            .program(format!("{program} {}", verbs::NAME))
            .host(self.host(flag, config.as_deref()))
            .allow_private(self.allow_private)
            .period(self.pace().as_secs())
    }

    /// Whether flag or configuration say yes, which the helper cannot see.
    pub(crate) fn says_yes(flag: Option<&str>, config: Option<&str>) -> bool {
        let is_on = |value: &str| consent::reading(value.as_ref()) == Reading::On;
        flag.is_some_and(is_on) || config.is_some_and(is_on)
    }

    pub(crate) fn take_config(&mut self) -> Option<String> {
        self.config.take().and_then(|read| read())
    }

    /// What this host says, for a decision.
    pub(crate) fn host(&self, flag: Option<&str>, config: Option<&str>) -> Host {
        Host::default()
            .flag(flag)
            .config(config)
            .endpoint(self.endpoint.clone())
            .allow_private(self.allow_private)
    }

    /// What this build and machine say of themselves.
    pub(crate) fn header(&self) -> Header {
        self.environment.header(self.component, self.version, self.declaration.release)
    }

    /// The time between two deliveries. A build that is no release may be told a shorter one, in seconds.
    pub(crate) fn pace(&self) -> Duration {
        if self.declaration.release {
            return self.period;
        }
        let shorter = self.variable("TELEMETRY_PERIOD");
        let seconds = shorter.as_deref().and_then(OsStr::to_str).and_then(|text| text.parse().ok());
        seconds.map_or(self.period, |seconds| Duration::from_secs(seconds).min(self.period))
    }

    /// The value of one of the product's own variables.
    pub(crate) fn variable(&self, name: &str) -> Option<OsString> {
        self.environment.var(&self.variable_name(name))
    }

    pub(crate) fn variable_name(&self, name: &str) -> String {
        let mut variable = self.declaration.variable_prefix();
        variable.push_str(name);
        variable
    }
}

/// A text of the product's or its distributor's own.
#[derive(Clone, Debug)]
pub(crate) struct Wording {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The component whose consent an agent asks for: that of the app in a product without a CLI.
pub(crate) fn component_of(declaration: &Declaration) -> Component {
    if declaration.cli == Policy::Off && declaration.app != Policy::Off {
        Component::App
    } else {
        Component::Cli
    }
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agent").field("product", &self.declaration.product).finish_non_exhaustive()
    }
}
