//! The agent of a command line program, in a build without telemetry.
//!
//! The switch `--enable-telemetry` and the subcommand `telemetry` stay, so that scripts that use them keep working: the
//! switch has no effect, and the subcommand says that this build holds no telemetry.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use aboveboard_types::declaration::{Component, Declaration};
use aboveboard_types::event::{Ending, Event};
use aboveboard_types::outcome::{DropReason, Unrecorded};
use aboveboard_types::typed::Record;
use clap::builder::OsStringValueParser;
use clap::{Arg, ArgAction, ArgMatches};

pub use aboveboard_types::headers::LINK as LINK_HEADER;
pub use aboveboard_types::outcome::{Delivery, Fate};
pub use aboveboard_types::typed::{ConfigValue, Finished};

use super::ignored_settings;

const VERBS: &str = "telemetry";
const SWITCH: &str = "enable-telemetry";

/// The first line of `main`. Does nothing.
pub fn start(_declaration: &'static Declaration, _version: &str) -> Agent {
    Agent(())
}

/// The first call of a library. Does nothing.
pub fn library(_declaration: &'static Declaration, _version: &str) -> Agent {
    Agent(())
}

/// The agent of a command line program, or of a library.
#[derive(Debug)]
#[must_use]
pub struct Agent(());

impl Agent {
    ignored_settings! {
        endpoint(impl Into<String>);
        allow_private(bool);
        every(Duration);
        wording(impl Into<String>, impl Into<String>);
        program(impl AsRef<str>);
        verbs(impl Into<String>);
        helper(impl Into<PathBuf>);
        hand_over(impl Into<String>, impl Into<OsString>);
    }

    /// Does nothing in a build without telemetry: the function is never called.
    pub fn config_with<V: Into<ConfigValue>>(self, _read: impl FnMut() -> V + 'static) -> Self {
        self
    }

    /// Parses the command line as `C::parse()` does, with the switch and the subcommand `telemetry` added.
    pub fn parse<C: clap::Parser>(self) -> (C, Command) {
        self.parse_from(std::env::args_os())
    }

    /// Does the same for a command line that the host hands over.
    pub fn parse_from<C: clap::Parser>(
        self,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> (C, Command) {
        self.try_parse_from(arguments).unwrap_or_else(|error| error.exit())
    }

    /// Does what `parse` does, and returns what clap has to say instead of exiting with it.
    ///
    /// # Errors
    /// What clap says in place of a command: an error, or the text of `--help` or `--version`.
    pub fn try_parse<C: clap::Parser>(self) -> Result<(C, Command), clap::Error> {
        self.try_parse_from(std::env::args_os())
    }

    /// Does the same for a command line that the host hands over.
    ///
    /// # Errors
    /// As of `try_parse`.
    pub fn try_parse_from<C: clap::Parser>(
        self,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Result<(C, Command), clap::Error> {
        let (mut matches, command) = self.try_matches_from(C::command(), arguments)?;
        match C::from_arg_matches_mut(&mut matches) {
            Ok(parsed) => Ok((parsed, command)),
            Err(error) => Err(error.format(&mut C::command())),
        }
    }

    /// Does the same as `parse` for a command that was made with clap's builder.
    pub fn matches(self, tree: clap::Command) -> (ArgMatches, Command) {
        self.try_matches_from(tree, std::env::args_os()).unwrap_or_else(|error| error.exit())
    }

    /// Does the same for a command line that the host hands over, and returns what clap has to say.
    ///
    /// # Errors
    /// As of `try_parse`.
    pub fn try_matches_from(
        self,
        tree: clap::Command,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Result<(ArgMatches, Command), clap::Error> {
        let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
        let matches = instrument(tree).try_get_matches_from(arguments)?;
        if matches.subcommand_name() == Some(VERBS) {
            let _ = writeln!(std::io::stdout().lock(), "off: this build holds no telemetry");
            std::process::exit(0);
        }
        Ok((matches, Command(())))
    }

    /// A command of a program that does not parse with clap.
    pub fn command(self, _path: impl Into<String>, _flag: Option<String>) -> Command {
        Command(())
    }

    /// Drops the event.
    pub fn record(self, _component: Component, _event: impl Record, _flag: Option<&str>) -> Fate {
        Err(Unrecorded::Off)
    }

    /// Drops the event.
    pub fn record_event(self, _component: Component, _event: &Event<'_>, _flag: Option<&str>) -> Fate {
        Err(Unrecorded::Off)
    }

    /// Delivers nothing.
    pub fn deliver_now(self, _flag: Option<&str>) -> Delivery {
        Delivery::Off
    }

    /// Telemetry of a program that lives. There is none.
    pub fn resident(self, _flag: Option<String>) -> Resident {
        Resident(())
    }
}

/// How many commands could be open at once.
pub const MAX_RUNS: usize = 256;

/// Telemetry of a program that lives, in a build without.
#[derive(Debug)]
#[must_use]
pub struct Resident(());

impl Resident {
    /// Drops the event.
    pub fn record(&mut self, _component: Component, _event: &Event<'_>) -> Fate {
        Err(Unrecorded::Off)
    }

    /// Begins nothing.
    pub fn begin(&mut self, _number: u64, _command: &str) -> Fate {
        Err(Unrecorded::Off)
    }

    /// No command is ever open.
    #[must_use]
    pub fn is_open(&self, _number: u64) -> bool {
        false
    }

    /// None.
    #[must_use]
    pub fn open_runs(&self) -> usize {
        0
    }

    /// Ends nothing.
    pub fn end(&mut self, _number: u64, _ending: Ending) -> Option<Fate> {
        None
    }

    /// The build.
    #[must_use]
    pub fn because(&self, _component: Component) -> &'static str {
        "build, which holds no telemetry"
    }

    /// Notes nothing.
    pub fn link(&mut self, _value: &str, _number: Option<u64>) {}

    /// Counts nothing.
    pub fn dropped(&mut self, _reason: DropReason, _number: u64) {}

    /// Never.
    #[must_use]
    pub fn tends_at(&self) -> Option<SystemTime> {
        None
    }

    /// Does nothing.
    pub fn tend(&mut self) {}

    /// Does nothing.
    pub fn close(self) {}
}

/// The same command with what `parse` adds to it.
#[must_use]
pub fn instrument(tree: clap::Command) -> clap::Command {
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
    ignored_settings! {
        config(impl Into<ConfigValue>);
        unasked();
        switch(impl Into<ConfigValue>);
    }

    /// Says that this build holds no telemetry.
    pub fn verb(self, words: impl IntoIterator<Item = impl Into<OsString>>) -> ExitCode {
        let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
        if words.iter().any(|word| word == "--check") {
            return ExitCode::from(3);
        }
        let _ = writeln!(std::io::stdout().lock(), "off: this build holds no telemetry");
        ExitCode::SUCCESS
    }

    /// Runs the command and returns what it returned.
    pub fn run<T: Finished>(self, work: impl FnOnce(Link) -> T) -> T {
        work(Link::default())
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
    pub fn server(&self, _value: &str) {}

    /// `None`: a console works without.
    #[cfg(feature = "console")]
    #[must_use]
    pub fn console(&self, _port: u16) -> Option<super::console::Bridge<ConsoleSink>> {
        None
    }
}

/// What would record the events of a console. There is none.
#[cfg(feature = "console")]
#[derive(Debug)]
pub enum ConsoleSink {}

#[cfg(feature = "console")]
impl super::console::Sink for ConsoleSink {
    fn state(&self) -> super::console::ConsoleState {
        match *self {}
    }

    fn record(&self, _event: Event<'static>) {
        match *self {}
    }

    fn undeclared(&self, _events: u64) {
        match *self {}
    }
}
