//! The agent of a command line program, without telemetry.
//!
//! The switch `--enable-telemetry` and the subcommand `telemetry` stay, so that scripts that use them go on
//! working: the one is read by nobody, the other says that there is no telemetry in this build.

use std::ffi::OsString;
use std::io::Write as _;
use std::time::Duration;

use clap::builder::OsStringValueParser;
use clap::{Arg, ArgAction, ArgMatches};

pub use aboveboard_types::typed::Finished;

use crate::declaration::Component;
use crate::event::Event;
use crate::id::Id;
use crate::value::Version;
use crate::{Declaration, Record};

/// The header by which a server names itself.
pub const SERVER_HEADER: &str = aboveboard_types::headers::LINK;

const VERBS: &str = "telemetry";
const SWITCH: &str = "enable-telemetry";

/// The first line of `main`. Does nothing.
pub fn start(_declaration: &'static Declaration, _version: &str) -> Agent {
    Agent(())
}

/// The agent of a command line program.
#[derive(Debug)]
#[must_use]
pub struct Agent(());

impl Agent {
    /// Where batches would go.
    pub fn endpoint(self, _endpoint: impl Into<String>) -> Self {
        self
    }

    /// Allows private addresses.
    pub fn allow_private(self, _allow: bool) -> Self {
        self
    }

    /// The time between two deliveries.
    pub fn every(self, _interval: Duration) -> Self {
        self
    }

    /// A text of its own before the question, which nobody asks.
    pub fn wording(self, _name: impl Into<String>, _text: impl Into<String>) -> Self {
        self
    }

    /// The words by which people call this program.
    pub fn program(self, _words: impl Into<String>) -> Self {
        self
    }

    /// A variable for the delivery helper, of which there is none.
    pub fn hand_over(self, _variable: impl Into<String>, _value: impl Into<OsString>) -> Self {
        self
    }

    /// How to read the config key. Never called.
    pub fn config_with(self, _read: impl FnOnce() -> Option<String> + 'static) -> Self {
        self
    }

    /// Parses the command line as `C::parse()` does, with the switch and the subcommand `telemetry` added.
    pub fn parse<C: clap::Parser>(self) -> (C, Command) {
        let mut tree = C::command();
        let (mut matches, command) = self.matches(tree.clone());
        match C::from_arg_matches_mut(&mut matches) {
            Ok(parsed) => (parsed, command),
            Err(error) => error.format(&mut tree).exit(),
        }
    }

    /// The same for a command that was made with clap's builder.
    pub fn matches(self, tree: clap::Command) -> (ArgMatches, Command) {
        let matches = instrument(tree).get_matches();
        if matches.subcommand_name() == Some(VERBS) {
            let _ = writeln!(std::io::stdout().lock(), "off: this build holds no telemetry");
            std::process::exit(0);
        }
        (matches, Command(()))
    }

    /// A command of a program that does not parse with clap.
    pub fn command(self, _path: impl Into<String>, _flag: Option<String>) -> Command {
        Command(())
    }

    /// Drops the event.
    pub fn record(
        self,
        _component: Component,
        _event: impl Record,
        _flag: Option<&str>,
    ) -> Option<Result<(), aboveboard_types::outcome::DropReason>> {
        None
    }

    /// Drops the event.
    pub fn record_event(
        self,
        _component: Component,
        _event: &Event<'_>,
        _flag: Option<&str>,
    ) -> Option<Result<(), aboveboard_types::outcome::DropReason>> {
        None
    }
}

fn instrument(tree: clap::Command) -> clap::Command {
    let has_own = tree.get_arguments().any(|arg| arg.get_long() == Some(SWITCH));
    let tree = if has_own { tree } else { tree.arg(enable_telemetry()) };
    if tree.find_subcommand(VERBS).is_some() {
        return tree;
    }
    let rest = Arg::new("rest").num_args(0..).trailing_var_arg(true).allow_hyphen_values(true);
    tree.subcommand(clap::Command::new(VERBS).about("This build holds no telemetry").arg(rest.hide(true)))
}

/// The ready global argument `--enable-telemetry[=VALUE]`. It rejects no value.
#[must_use]
pub fn enable_telemetry() -> Arg {
    Arg::new("aboveboard-enable-telemetry")
        .long(SWITCH)
        .global(true)
        .num_args(0..=1)
        .require_equals(true)
        .default_missing_value("true")
        .action(ArgAction::Append)
        .value_parser(OsStringValueParser::new())
        .value_name("VALUE")
        .help("This build holds no telemetry")
}

/// Every command path of this tree, sorted; what a manifest lists under `[cli] commands`.
#[must_use]
pub fn command_paths(root: &clap::Command) -> Vec<String> {
    let mut paths = Vec::new();
    collect(root, "", &mut paths);
    paths.sort_unstable();
    paths
}

fn collect(command: &clap::Command, prefix: &str, paths: &mut Vec<String>) {
    for inner in command.get_subcommands() {
        let name = inner.get_name();
        if name == "help" || (prefix.is_empty() && name == VERBS) {
            continue;
        }
        let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix} {name}") };
        let runs_alone = !inner.has_subcommands() || !inner.is_subcommand_required_set();
        collect(inner, &path, paths);
        if runs_alone {
            paths.push(path);
        }
    }
}

/// A command that was parsed and not yet run.
#[derive(Debug)]
#[must_use]
pub struct Command(());

impl Command {
    /// Takes the value of the config key.
    pub fn config(self, _value: impl Into<ConfigValue>) -> Self {
        self
    }

    /// Runs the command and returns what it returned.
    pub fn run<T: Finished>(self, work: impl FnOnce(Link) -> T) -> T {
        work(Link::default())
    }
}

/// What a host's configuration holds under `enable_telemetry`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigValue(());

impl From<Option<String>> for ConfigValue {
    fn from(_value: Option<String>) -> Self {
        Self(())
    }
}

impl From<Option<&str>> for ConfigValue {
    fn from(_value: Option<&str>) -> Self {
        Self(())
    }
}

impl From<Option<bool>> for ConfigValue {
    fn from(_value: Option<bool>) -> Self {
        Self(())
    }
}

/// Where a command would note the server it talks to.
#[derive(Clone, Debug, Default)]
pub struct Link(());

impl Link {
    /// Reads nothing.
    pub fn headers<N, V>(&self, _headers: impl IntoIterator<Item = (N, V)>)
    where
        N: AsRef<str>,
        V: AsRef<[u8]>,
    {
    }

    /// Records nothing.
    pub fn record(&self, _event: impl Record) {}

    /// Notes nothing.
    pub fn server(&self, _installation: Id, _version: Option<Version>) {}

    /// `None`: a console works without.
    #[cfg(feature = "console")]
    #[must_use]
    pub fn console(&self, _port: u16) -> Option<crate::console::Bridge<ConsoleSink>> {
        None
    }
}

/// What would record the events of a console. There is none.
#[cfg(feature = "console")]
#[derive(Debug)]
pub enum ConsoleSink {}

#[cfg(feature = "console")]
impl crate::console::Sink for ConsoleSink {
    fn state(&self) -> crate::console::ConsoleState {
        match *self {}
    }

    fn record(&self, _event: Event<'static>) {
        match *self {}
    }

    fn undeclared(&self, _events: u64) {
        match *self {}
    }
}
