//! One command of the host, from its opening line to its closing line, and what may follow it.

use aboveboard_core::clock;
use aboveboard_core::consent::{self, Decision, Host, Mode, Permit};
use aboveboard_core::declaration::Component;
use aboveboard_core::event::Ending;
use aboveboard_core::paths::Paths;
use aboveboard_core::recorder::{Recorder, Run};
use aboveboard_core::typed::Finished;

use crate::agent::Agent;
use crate::asking;
use crate::helper;
use crate::link::{Link, Peer};

/// A command that was parsed and not yet run.
#[derive(Debug)]
#[must_use = "a command that is not run is not recorded"]
pub struct Command {
    pub(crate) agent: Agent,
    /// Canonical path, perhaps not a declared one.
    pub(crate) path: String,
    /// How people call the program.
    pub(crate) program: String,
    flag: Option<String>,
    config: Option<String>,
}

/// What a host's configuration holds under `enable_telemetry`: text, a flag, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigValue(Option<String>);

impl From<Option<String>> for ConfigValue {
    fn from(value: Option<String>) -> Self {
        Self(value)
    }
}

impl From<Option<&str>> for ConfigValue {
    fn from(value: Option<&str>) -> Self {
        Self(value.map(str::to_owned))
    }
}

impl From<Option<bool>> for ConfigValue {
    fn from(value: Option<bool>) -> Self {
        Self(value.map(|value| value.to_string()))
    }
}

impl Command {
    pub(crate) fn new(agent: Agent, path: String, program: String, flag: Option<String>) -> Self {
        Self { agent, path, program, flag, config: None }
    }

    /// Hands over the value of the product's config key `enable_telemetry`; none where the key is not set.
    pub fn config(mut self, value: impl Into<ConfigValue>) -> Self {
        self.config = value.into().0;
        self
    }

    /// Runs the command and returns what it returned.
    ///
    /// An opening line is written before and a closing line after it; a command that ends otherwise (by
    /// `process::exit`, a panic, a signal) is counted as unfinished. Nothing is written to stdout; to stderr only
    /// the question or the notice, once, where a person is, after the command has finished. Where telemetry is
    /// off or undecided, nothing is opened, written or started.
    pub fn run<T: Finished>(mut self, work: impl FnOnce(Link) -> T) -> T {
        let host = self.host();
        let places = self.agent.places();
        let decision = consent::decide(&self.agent.question(&host, places.as_ref()));
        let link = self.link(places.as_ref(), &host);
        let Some(places) = places else { return work(link) };
        match decision.permit() {
            Some(permit) => self.run_recorded(&permit, &places, &host, link, work),
            None => self.run_silent(&decision, &places, &host, link, work),
        }
    }

    fn run_recorded<T: Finished>(
        &self,
        permit: &Permit,
        places: &Paths,
        host: &Host,
        link: Link,
        work: impl FnOnce(Link) -> T,
    ) -> T {
        let recorder = Recorder::open(permit.clone(), self.agent.declaration, places, self.agent.header());
        // A path that the manifest does not declare is counted there and goes no further. An app has no commands.
        let has_commands = self.agent.component == Component::Cli;
        let run = has_commands.then(|| recorder.begin(&self.path, clock::now()).ok()).flatten();
        let link = Link { recorder: Some(recorder), ..link };
        let outcome = work(link.clone());
        if let Some(run) = run {
            end(run, outcome.failed(), link.peer());
        }
        let says_yes = Agent::says_yes(self.flag.as_deref(), self.config.as_deref());
        helper::start_if_due(&self.agent, permit, places, says_yes);
        self.ask_what_is_new(permit, places, host, outcome.failed());
        outcome
    }

    /// A manifest may have grown since the answer. What is new stays unrecorded, and somebody who is there is asked.
    fn ask_what_is_new(&self, permit: &Permit, places: &Paths, host: &Host, failed: bool) {
        if !asking::is_possible(self) {
            return;
        }
        let wider = permit.wider(self.agent.declaration);
        if !wider.is_empty() {
            asking::after(self, places, host, failed, &wider);
        }
    }

    fn run_silent<T: Finished>(
        &self,
        decision: &Decision,
        places: &Paths,
        host: &Host,
        link: Link,
        work: impl FnOnce(Link) -> T,
    ) -> T {
        if decision.purges() {
            // What cannot be deleted now is tried again by the next command; nothing is recorded either way.
            let _ = consent::purge(places);
        }
        let outcome = work(link);
        if decision.mode == Mode::Undecided {
            asking::after(self, places, host, outcome.failed(), &[]);
        }
        outcome
    }

    #[cfg(feature = "console")]
    fn link(&self, places: Option<&Paths>, host: &Host) -> Link {
        Link { origin: Some(crate::console::Origin::of(&self.agent, places, host)), ..Link::default() }
    }

    #[cfg(not(feature = "console"))]
    fn link(&self, _places: Option<&Paths>, _host: &Host) -> Link {
        Link::default()
    }

    /// What the host says; its configuration is read here if it was not handed over.
    fn host(&mut self) -> Host {
        // The closure is called even where a value was handed over: any no beats any yes.
        let read = self.agent.take_config();
        let config = match (&self.config, read) {
            (Some(given), Some(read)) => Some(strictest(given, read)),
            (given, read) => given.clone().or(read),
        };
        self.config.clone_from(&config);
        self.agent.host(self.flag.as_deref(), config.as_deref())
    }
}

fn end(run: Run<'static>, failed: bool, peer: Peer) {
    let ending = if failed { Ending::Error } else { Ending::Success };
    // What could not be written is counted by the recorder; the host has nothing to do with it.
    let _ = match peer {
        Peer::None => run.end(ending, None, None),
        Peer::Server(server, version) => run.end(ending, Some(server), version),
        // The server's operator said no for everybody who talks to it.
        Peer::Off => {
            run.discard();
            Ok(())
        }
    };
}

/// Of two values of the same key, the one that refuses.
fn strictest(one: &str, other: String) -> String {
    if consent::reading(one.as_ref()) == consent::Reading::On { other } else { one.to_owned() }
}
