//! One command of the host, from its opening line to its closing line, and what may follow it.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use aboveboard_core::consent::{self, Decision, Host, Mode, Permit, Reading, reading_of};
use aboveboard_core::paths::Paths;
use aboveboard_types::event::Ending;
use aboveboard_types::typed::{ConfigValue, Finished};

use crate::helper::Next;
use crate::running::Running;
use crate::terminal::Typed;
use crate::{Invocation, Link, Settings, asking, helper, verbs};

/// How the host reads its config key.
pub(crate) type ReadConfig = Box<dyn FnMut() -> ConfigValue>;

/// A command that was parsed and not yet run. Made by [`Agent::parse`](crate::Agent::parse),
/// [`Agent::matches`](crate::Agent::matches) or [`Agent::command`](crate::Agent::command).
#[must_use = "a command that is not run is not recorded"]
pub struct Command {
    invocation: Invocation,
    flag: Option<String>,
    config: ConfigValue,
    read_config: Option<ReadConfig>,
}

impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Command").field("path", &self.invocation.path).finish_non_exhaustive()
    }
}

impl Command {
    /// The command of one invocation, before its configuration is read.
    pub(crate) fn new(
        settings: Settings<'static>,
        read_config: Option<ReadConfig>,
        path: String,
        flag: Option<String>,
    ) -> Self {
        let invocation = Invocation { settings, path, typed: Typed::This, ends: Arc::default() };
        Self { invocation, flag, config: ConfigValue::default(), read_config }
    }

    /// Has nobody asked, and shows no notice, after this command: for what programs run and people do not type, such as
    /// hooks of a shell's prompt, completions and plug-ins.
    pub fn unasked(mut self) -> Self {
        self.invocation.typed = Typed::Nothing;
        self
    }

    /// Hands over the value of the product's config key `enable_telemetry`; `None` where the key is not set, and an error
    /// where the configuration could not be read: that silences this command and deletes nothing.
    pub fn config(mut self, value: impl Into<ConfigValue>) -> Self {
        self.config = value.into();
        self.invocation.settings.has_config = true;
        self
    }

    /// Hands over what the host's own switch says, in whatever type it has; `None` where it was not given. Any opt-out of
    /// the command line beats it.
    ///
    /// A `bool` that is `false` where the switch was not given would be an opt-out of every command: hand over
    /// `given.then_some(true)`.
    pub fn switch(mut self, value: impl Into<ConfigValue>) -> Self {
        let said = strictest(self.flag.take().into(), value.into());
        // No word of a yes or a no stands for a switch that could not be read.
        self.flag = said.text().unwrap_or(Some("unreadable")).map(str::to_owned);
        self
    }

    /// Runs one of the [`verbs`](crate::verbs) for a command line of the host's own, as `command.verb(["status", "--json"])`.
    /// Name the words that call it by [`Agent::verbs`](crate::Agent::verbs), for hints.
    pub fn verb(mut self, words: impl IntoIterator<Item = impl Into<OsString>>) -> ExitCode {
        self.read_config();
        let settings = self.invocation.settings;
        let called = settings.hints().words().to_owned();
        let host = settings.host(self.flag.as_deref(), &self.config);
        match aboveboard_command_line::verb(&called, words) {
            Ok(matches) => verbs::run(&matches, &verbs::Context::of_host(settings, host)),
            Err(error) => {
                let _ = error.print();
                ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
            }
        }
    }

    /// Runs the command and returns what it returned.
    ///
    /// An opening line is written before and a closing line after it; a command that ends otherwise (by
    /// `process::exit`, `exec`, a panic, a signal) is counted as unfinished, unless it calls [`Link::finish`] before. Of a
    /// process that goes into the background as `daemon(3)` does, the child writes the closing line when the closure returns
    /// there. Nothing is written to stdout; to stderr only
    /// the question or the notice, once, where a person typed this command, after it has finished without failing. Where
    /// telemetry is off or undecided, nothing is opened, written or started, but for the day on which the question was put.
    pub fn run<T: Finished>(mut self, work: impl FnOnce(Link) -> T) -> T {
        self.read_config();
        let settings = &self.invocation.settings;
        let host = settings.host(self.flag.as_deref(), &self.config);
        let paths = settings.paths();
        let decision = consent::decide(&settings.question(&host, paths.as_ref()));
        let link = link(settings, paths.as_ref(), &host);
        let Some(paths) = paths else { return work(link) };
        match decision.permit() {
            Some(permit) => self.run_recorded(permit, &paths, &host, link, work),
            None => {
                purge_if_refused(&decision, &paths);
                let outcome = work(link);
                self.ask_first(&decision, &paths, &host, outcome.failed(), || ());
                outcome
            }
        }
    }

    /// Runs with a permit: the command is recorded around it, and delivery and questions come after it.
    fn run_recorded<T: Finished>(
        &self,
        permit: Permit,
        paths: &Paths,
        host: &Host,
        link: Link,
        work: impl FnOnce(Link) -> T,
    ) -> T {
        let Invocation { settings, path, .. } = &self.invocation;
        let consents = helper::consents(self.flag.as_deref(), &self.config);
        let running = Arc::new(Running::begin(settings, permit, paths, path, consents));
        let link = Link { running: Some(Arc::clone(&running)), ..link };
        let outcome = work(link.clone());
        running.end(if outcome.failed() { Ending::Error } else { Ending::Success }, link.peer());
        running.deliver(Next::Ends);
        self.ask_what_is_new(running.permit(), paths, host, outcome.failed());
        outcome
    }

    /// A manifest may have grown since the answer. What is new stays unrecorded, and a person who is there is asked.
    fn ask_what_is_new(&self, permit: &Permit, paths: &Paths, host: &Host, failed: bool) {
        if !asking::is_possible(&self.invocation, failed) {
            return;
        }
        let wider = permit.wider(self.invocation.settings.declaration);
        if !wider.is_empty() {
            asking::after(&self.invocation, paths, host, failed, &wider, || ());
        }
    }

    /// Without a permit nothing is recorded, and a person who has not answered yet is asked.
    fn ask_first(
        &self,
        decision: &Decision,
        paths: &Paths,
        host: &Host,
        failed: bool,
        before: impl FnOnce(),
    ) {
        if decision.mode == Mode::Undecided {
            asking::after(&self.invocation, paths, host, failed, &[], before);
        }
    }

    /// The link of a command that nobody runs here.
    #[cfg(feature = "console")]
    pub(crate) fn into_link(mut self) -> Link {
        self.read_config();
        let settings = &self.invocation.settings;
        let host = settings.host(self.flag.as_deref(), &self.config);
        link(settings, settings.paths().as_ref(), &host)
    }

    /// Asks after a command that our caller ran, until `ends` is set. `before` is called before the question to one who has
    /// not decided.
    pub(crate) fn ask_for_caller(mut self, failed: bool, ends: Arc<AtomicBool>, before: impl FnOnce()) {
        self.invocation.typed = Typed::Caller;
        self.invocation.ends = ends;
        if !asking::is_possible(&self.invocation, failed) {
            return;
        }
        self.read_config();
        let settings = &self.invocation.settings;
        let host = settings.host(self.flag.as_deref(), &self.config);
        let Some(paths) = settings.paths() else { return };
        let decision = consent::decide(&settings.question(&host, Some(&paths)));
        match decision.permit() {
            Some(permit) => self.ask_what_is_new(&permit, &paths, &host, failed),
            None => {
                purge_if_refused(&decision, &paths);
                self.ask_first(&decision, &paths, &host, failed, before);
            }
        }
    }

    /// Reads the configuration. The closure is called even where a value was handed over: any opt-out beats consent.
    fn read_config(&mut self) {
        if let Some(mut read) = self.read_config.take() {
            let given = std::mem::take(&mut self.config);
            self.config = strictest(given, read());
        }
    }
}

#[cfg(feature = "console")]
fn link(settings: &Settings<'static>, paths: Option<&Paths>, host: &Host) -> Link {
    Link { origin: Some(crate::origin::Origin::of(settings, paths, host)), ..Link::default() }
}

#[cfg(not(feature = "console"))]
fn link(_settings: &Settings<'static>, _paths: Option<&Paths>, _host: &Host) -> Link {
    Link::default()
}

/// Deletes what an opt-out forbids to keep.
fn purge_if_refused(decision: &Decision, paths: &Paths) {
    if decision.purges() {
        // What cannot be deleted now is tried again by the next command; nothing is recorded either way.
        let _ = consent::purge(paths);
    }
}

/// Of two values of the same key, the one that refuses: one that was read before one that could not be.
fn strictest(one: ConfigValue, other: ConfigValue) -> ConfigValue {
    let rank = |value: &ConfigValue| match reading_of(value) {
        Reading::Unset => 0,
        Reading::On => 1,
        Reading::Unreadable => 2,
        Reading::Off => 3,
    };
    if rank(&other) > rank(&one) { other } else { one }
}
