//! The states of consent in which a host runs, and what each may leave behind.

use std::path::PathBuf;

use aboveboard_core::consent::{Choice, Host, Question, Surface, answer};
use aboveboard_core::environment::Environment;
use aboveboard_core::paths::Paths;
use aboveboard_types::clock;
use aboveboard_types::declaration::{Component, Declaration, Policy};
use harness::home::Home;

/// What a user has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    On,
    Local,
    Off,
    Undecided,
}

pub(crate) const STATES: [State; 4] = [State::On, State::Local, State::Off, State::Undecided];

impl State {
    fn choice(self) -> Option<Choice> {
        match self {
            Self::On => Some(Choice::Yes),
            Self::Local => Some(Choice::Local),
            Self::Off => Some(Choice::No),
            Self::Undecided => None,
        }
    }
}

/// A user of a product.
pub(crate) struct User {
    pub(crate) home: Home,
    pub(crate) declaration: &'static Declaration,
    environment: Environment,
    /// What lay in the home when this user had answered.
    files: Vec<PathBuf>,
}

impl User {
    /// A user in this state, whose collector has this address. What was recorded is sent after every command.
    pub(crate) fn new(declaration: &'static Declaration, state: State, endpoint: &str) -> Self {
        let prefix = declaration.variable_prefix();
        let home = Home::new()
            .with(&format!("{prefix}TELEMETRY_ENDPOINT"), endpoint)
            .with(&format!("{prefix}TELEMETRY_ALLOW_PRIVATE"), "true")
            .with(&format!("{prefix}TELEMETRY_PERIOD"), "0");
        let environment = Environment::of([("HOME", home.path())]);
        let mut user = Self { home, declaration, environment, files: Vec::new() };
        if let Some(choice) = state.choice() {
            user.say(choice, endpoint);
        }
        user.files = user.home.files();
        user
    }

    /// Answers as the verb does.
    fn say(&self, choice: Choice, endpoint: &str) {
        let host = Host::default().endpoint(Some(endpoint.to_owned())).allow_private(true);
        let places = self.places();
        let said = self.question(&host, &places).answer(choice, Surface::Verb, clock::now());
        answer::store(&places, self.declaration, &said).expect("an answer");
    }

    /// The question that a host of this user asks.
    pub(crate) fn question<'q>(&'q self, host: &'q Host, places: &'q Paths) -> Question<'q> {
        Question {
            declaration: self.declaration,
            component: self.component(),
            host,
            environment: &self.environment,
            places: Some(places),
        }
    }

    /// The component that records: the app in a product without a CLI.
    fn component(&self) -> Component {
        if self.declaration.cli == Policy::Off { Component::App } else { Component::Cli }
    }

    /// Where this user's answer and spool lie.
    pub(crate) fn places(&self) -> Paths {
        Paths::of_user(self.declaration, &self.environment).expect("a home")
    }

    /// What lies in the home that did not lie there at first.
    pub(crate) fn new_files(&self) -> Vec<PathBuf> {
        self.home.files().into_iter().filter(|file| !self.files.contains(file)).collect()
    }
}
