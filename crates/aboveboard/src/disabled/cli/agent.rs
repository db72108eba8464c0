//! The builder that a host holds from the first line of its `main` to the command it runs.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use aboveboard_command_line::{Parsed, Program, Read, Texts};
use aboveboard_types::declaration::{Component, Declaration};
use aboveboard_types::event::Event;
use aboveboard_types::outcome::{Delivery, Fate, Unrecorded};
use aboveboard_types::typed::{ConfigValue, Record};
use clap::ArgMatches;

use super::{Command, Resident, verbs};
use crate::disabled::ignored_settings;

/// What a build without telemetry says of its part of a command line.
const TEXTS: Texts =
    Texts { switch: "No effect: this build holds no telemetry", verbs: "This build holds no telemetry" };

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
        deliver_at_exit(Duration);
        hand_over(impl Into<String>, impl Into<OsString>);
    }

    /// Does nothing in a build without telemetry: the function is never called.
    pub fn config_with<V: Into<ConfigValue>>(self, _read: impl FnMut() -> V + 'static) -> Self {
        self
    }

    /// Parses the command line as `C::parse()` does, and reads beside it what is for telemetry, as a build with telemetry
    /// does: the switch has no effect, and the verbs say that there is none.
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
        let program = Program::new(tree, arguments.first().map(OsString::as_os_str));
        match aboveboard_command_line::read(&program, arguments, TEXTS)? {
            Read::Verb(verb, _) => {
                let context = self.context(None).commands(program.command_paths());
                std::process::exit(verbs::exit_of(&verb, &context).code().into())
            }
            Read::Command(Parsed { matches, .. }) => Ok((matches, Command(()))),
        }
    }

    /// What the verbs work with: nothing.
    #[doc(hidden)]
    pub fn context(self, _flag: Option<&str>) -> verbs::Context<'static> {
        verbs::Context::default()
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

/// The same tree with what `parse` reads beside it, for hosts that make completions or man pages of their tree.
#[must_use]
pub fn instrument(tree: clap::Command) -> clap::Command {
    aboveboard_command_line::instrument(tree, TEXTS)
}
