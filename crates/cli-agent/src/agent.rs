//! The builder that a host holds from the first line of its `main` to the command it runs.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use aboveboard_command_line::{Parsed, Program, Read};
use aboveboard_types::clock;
use aboveboard_types::declaration::{Component, Declaration};
use aboveboard_types::event::Event;
use aboveboard_types::outcome::{Delivery, Fate};
use aboveboard_types::typed::{ConfigValue, Record};
use aboveboard_types::value::Version;
use clap::ArgMatches;

use crate::command::{Command, ReadConfig};
use crate::{Calls, Resident, Settings, Wording, arguments, verbs};

/// Begins telemetry of a program. Must be the first line of its `main`: where this process is the delivery helper, it
/// takes over and does not return. A library calls [`library`] instead.
///
/// It never fails, reads a handful of bytes and touches no file. `version` is the product's own, as
/// `env!("CARGO_PKG_VERSION")` gives it; a version that cannot be read is reported as `0.0.0`.
pub fn start(declaration: &'static Declaration, version: &str) -> Agent {
    library(declaration, version).take_over()
}

/// Begins telemetry of a library, in whatever program has loaded it: a program in another language, a plug-in's host, a
/// service. That program is never started again. Who delivers is a program that [`Agent::helper`] names, or the
/// `aboveboard-agent` of the machine; or the host calls [`Agent::deliver_now`]. Where there is none, events wait.
///
/// It never fails, reads a handful of bytes and touches no file. `version` is the library's own.
pub fn library(declaration: &'static Declaration, version: &str) -> Agent {
    let settings = Settings::new(declaration, Version::from_product(version).unwrap_or_default());
    Agent { settings, read_config: None }
}

/// The agent of a program before its command is known, or of a library. See [`start`] and [`library`].
///
/// Every setting has a default. One of [`parse`](Agent::parse), [`matches`](Agent::matches) and
/// [`command`](Agent::command) makes the [`Command`] to run; a library without commands calls
/// [`record`](Agent::record) instead.
#[must_use]
pub struct Agent {
    settings: Settings<'static>,
    read_config: Option<ReadConfig>,
}

impl std::fmt::Debug for Agent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Agent").field("product", &self.settings.declaration.product).finish_non_exhaustive()
    }
}

impl Agent {
    /// Sends to this endpoint instead of the manifest's, as `https://host[:port][/path]`. An endpoint that is not
    /// usable means that nothing is ever sent.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.settings.endpoint = Some(endpoint.into());
        self
    }

    /// Allows an endpoint at a private or loopback address, and plain `http` to it. Off by default.
    pub fn allow_private(mut self, allow: bool) -> Self {
        self.settings.allow_private = allow;
        self
    }

    /// Takes over and does not return, where this process is the delivery helper of this product. For programs that learn from
    /// elsewhere which product they serve; any other calls [`start`].
    #[doc(hidden)]
    pub fn take_over(mut self) -> Self {
        #[cfg(feature = "uploader")]
        crate::helper::take_over(&self.settings);
        self.settings.starts_itself = crate::helper::is_on_main_thread();
        self
    }

    /// Delivers at most once in this time; 24 hours by default. The first delivery comes after an hour or one
    /// interval, whichever is less.
    pub fn every(mut self, interval: Duration) -> Self {
        self.settings.host_interval = interval;
        self
    }

    /// A text of the product's or its distributor's own, shown before the question or the notice. The answer to it is
    /// kept apart under `name`, which is short, in lower case and changes with the text: consent to the product
    /// alone, or to another text, asks again. An opt-out from it is an opt-out from the product.
    pub fn wording(mut self, name: impl Into<String>, text: impl Into<String>) -> Self {
        self.settings.wording = Some(Wording { name: name.into(), text: text.into() });
        self
    }

    /// How people call this program, for hints. The default is the name by which they called it.
    pub fn program(mut self, words: impl AsRef<str>) -> Self {
        self.settings.program = Some(words.as_ref().to_owned());
        self
    }

    /// How people call the verbs, for hints, where the host has them at a place of its own: the words before a verb, as
    /// `kiln privacy` or, where a verb is the value of a flag, `kiln --privacy=`. Without it a program that does not parse by
    /// this agent has the product's variable in its hints.
    pub fn verbs(mut self, words: impl Into<String>) -> Self {
        self.settings.calls = Calls::Named(words.into());
        self
    }

    /// A program that delivers in place of this one: another program of the same product, whose `main` begins with
    /// [`start`], or an `aboveboard-agent` that is installed with it. It is started as `<path> telemetry-deliver`. A path that
    /// is not absolute names none.
    pub fn helper(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.helper = Some(path.into());
        self
    }

    /// Delivers what is due at the end of a command, or of a [`Resident`], in this process and on this thread, for this long at
    /// most and never longer than ten seconds, and starts no helper: for containers that end with their command, which takes
    /// a helper along. Two seconds are enough for a collector that can be reached. In a container the first delivery is due
    /// at once.
    pub fn deliver_at_exit(mut self, limit: Duration) -> Self {
        self.settings.at_exit = Some(limit);
        self
    }

    /// A variable that the delivery helper must find in its environment to become the helper of this product, for
    /// programs that learn from elsewhere which product they serve.
    pub fn hand_over(mut self, variable: impl Into<String>, value: impl Into<OsString>) -> Self {
        self.settings.handed_over.push((variable.into(), value.into()));
        self
    }

    /// How to read the product's config key `enable_telemetry`. Called only where its value can still matter: once by a
    /// command that is about to record or by the verbs of `telemetry`, and again and again by a [`Resident`].
    ///
    /// It returns text or a flag, `None` where the key is not set, or a `Result` of these. An error, as of a file that is being
    /// written at this moment, silences this process and deletes nothing; a value that says no deletes what was recorded.
    ///
    /// Hosts whose configuration depends on their arguments hand the value to [`Command::config`] instead. The verbs
    /// then know of variables, files and answers, but not of that key.
    pub fn config_with<V: Into<ConfigValue>>(mut self, mut read: impl FnMut() -> V + 'static) -> Self {
        self.read_config = Some(Box::new(move || read().into()));
        self.settings.has_config = true;
        self
    }

    /// Parses the command line as `C::parse()` does, and reads beside it what is for telemetry: the switch
    /// `--enable-telemetry[=VALUE]` anywhere, and the verbs, as the subcommand `telemetry` of a program that has subcommands
    /// and else as the flag `--telemetry=VERB`. Exits where clap would exit, and after a verb.
    ///
    /// A command line that the host accepts without telemetry means what it means there, but for that subcommand. What the
    /// host has of its own under these names stays the host's: it hands over what its switch says by
    /// [`Command::switch`], and runs a verb by [`Command::verb`]. An opt-out by a switch of the host's own counts by itself
    /// if it is called `--enable-telemetry` or `--no-telemetry`.
    pub fn parse<C: clap::Parser>(self) -> (C, Command) {
        self.parse_from(std::env::args_os())
    }

    /// Does the same for a command line that the host hands over, the name of the program first, as `C::parse_from` does.
    pub fn parse_from<C: clap::Parser>(
        self,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> (C, Command) {
        self.try_parse_from(arguments).unwrap_or_else(|error| error.exit())
    }

    /// Does what [`parse`](Self::parse) does, and returns what clap has to say instead of exiting with it. A verb is run
    /// and ends the process here too.
    ///
    /// # Errors
    /// What clap says in place of a command: an error, or the text of `--help` or `--version`.
    pub fn try_parse<C: clap::Parser>(self) -> Result<(C, Command), clap::Error> {
        self.try_parse_from(std::env::args_os())
    }

    /// Does the same for a command line that the host hands over.
    ///
    /// # Errors
    /// As of [`try_parse`](Self::try_parse).
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

    /// Does the same as [`parse`](Self::parse) for a command that was made with clap's builder.
    pub fn matches(self, tree: clap::Command) -> (ArgMatches, Command) {
        self.try_matches_from(tree, std::env::args_os()).unwrap_or_else(|error| error.exit())
    }

    /// Does the same for a command line that the host hands over, and returns what clap has to say instead of exiting.
    ///
    /// # Errors
    /// As of [`try_parse`](Self::try_parse).
    pub fn try_matches_from(
        self,
        tree: clap::Command,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Result<(ArgMatches, Command), clap::Error> {
        let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
        let program = Program::new(tree, arguments.first().map(OsString::as_os_str));
        let read = aboveboard_command_line::read(&program, arguments, arguments::TEXTS)?;
        let paths = matches!(read, Read::Verb(..)).then(|| program.command_paths());
        let agent = self.called_as(program);
        match read {
            Read::Verb(verb, said) => {
                let context = agent.context(arguments::flag(&said).as_deref());
                let context = context.commands(paths.unwrap_or_default());
                std::process::exit(verbs::exit_of(&verb, &context).code().into())
            }
            Read::Command(Parsed { matches, path, switch }) => {
                let command = agent.command(path, arguments::flag(&switch));
                Ok((matches, command))
            }
        }
    }

    /// Notes how people call this program, unless the host says how they call the verbs.
    fn called_as(mut self, program: Program) -> Self {
        if matches!(self.settings.calls, Calls::Unknown) {
            self.settings.calls = Calls::Read(Box::new(program));
        }
        self
    }

    /// What the [`verbs`] work with, for a program that mounts them elsewhere than below `telemetry`. `flag` is the value
    /// of the program's own switch.
    #[doc(hidden)]
    pub fn context(self, flag: Option<&str>) -> verbs::Context<'static> {
        let config = self.read_config.map_or_else(ConfigValue::default, |mut read| read());
        let host = self.settings.host(flag, &config);
        verbs::Context::of_host(self.settings, host)
    }

    /// A command of a program that does not parse with clap. `path` is its canonical path as the manifest declares
    /// it, `flag` the value of the program's own switch.
    pub fn command(self, path: impl Into<String>, flag: Option<String>) -> Command {
        Command::new(self.settings, self.read_config, path.into(), flag)
    }

    /// Asks after a command of the program that called this one, which then waits for it as its last act: by the same rules,
    /// with that program in the place of this process. For programs that embed no agent. `failed` says that the command
    /// failed; then nobody is asked. Once `ends` is set the question ends, and the terminal has the modes that it had.
    /// `before` is called before somebody is asked who has not decided yet: not where nobody can be, or where it cannot be
    /// kept that they were.
    #[doc(hidden)]
    pub fn ask(
        self,
        path: impl Into<String>,
        flag: Option<String>,
        failed: bool,
        ends: Arc<AtomicBool>,
        before: impl FnOnce(),
    ) {
        self.command(path, flag).ask_for_caller(failed, ends, before);
    }

    /// The bridge for a console that a program without an agent of its own serves on this port of the loopback interface,
    /// and the link by which it hears of the server behind that program. See [`Link::console`](crate::Link::console).
    #[cfg(feature = "console")]
    #[doc(hidden)]
    pub fn console(
        self,
        port: u16,
        flag: Option<String>,
    ) -> (crate::Link, Option<aboveboard_console_bridge::Bridge<crate::ConsoleSink>>) {
        let link = self.command("", flag).into_link();
        let bridge = link.console(port);
        (link, bridge)
    }

    /// Records one declared event of a component, for a library that has no command of its own. `flag` is the value of a
    /// switch of its own. If a delivery is due, the helper of a library is started, and never the running program.
    ///
    /// # Errors
    /// Why the event was not recorded.
    pub fn record(self, component: Component, event: impl Record, flag: Option<&str>) -> Fate {
        self.record_event(component, &event.event(clock::now()), flag)
    }

    /// Does the same as [`record`](Self::record) for an event that no macro typed, as of a manifest that was read at
    /// run time.
    ///
    /// # Errors
    /// Why the event was not recorded.
    pub fn record_event(mut self, component: Component, event: &Event<'_>, flag: Option<&str>) -> Fate {
        // Who records so may be a library, whichever way its agent was made, and the running program another one's.
        self.settings.starts_itself = false;
        let mut resident = self.resident(flag.map(str::to_owned));
        let recorded = resident.record(component, event);
        // The process goes on.
        resident.tend();
        recorded
    }

    /// Delivers what is due, in this process and on this thread: for hosts that have no program to start, and for libraries
    /// whose host calls it now and then, in tokio by `spawn_blocking`. At most once an interval it talks to the collector,
    /// for ten seconds at most; no process is started. `flag` is the value of the program's own switch.
    pub fn deliver_now(self, flag: Option<&str>) -> Delivery {
        let config = self.read_config.map_or_else(ConfigValue::default, |mut read| read());
        let host = self.settings.host(flag, &config);
        crate::delivering::now(&self.settings, &host)
    }

    /// Telemetry of a program that lives, has several commands at a time, or learns of them from elsewhere. `flag` is the
    /// value of the program's own switch.
    pub fn resident(self, flag: Option<String>) -> Resident {
        Resident::new(self.settings, flag, self.read_config)
    }
}
