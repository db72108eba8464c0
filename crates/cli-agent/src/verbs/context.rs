//! What every verb works with.

use std::path::PathBuf;

use aboveboard_core::consent::{Decision, Host, Permit, Question, decide};
use aboveboard_core::identity::stored_secret;
use aboveboard_core::paths::Paths;
use aboveboard_types::declaration::{Component, Declaration};

use super::{Exit, say};
use crate::settings::Settings;

/// The variable by which an agent knows that the program of the product called it, which decided by its own configuration. Should
/// it have no uploader either, it calls no other.
#[doc(hidden)]
pub const CALLED: &str = "ABOVEBOARD_CALLED";

/// A product as its user's verbs see it.
///
/// Programs that embed the agent need none: [`Agent::parse`](crate::Agent::parse) mounts the verbs. A program that mounts
/// them elsewhere gets one from its agent.
#[derive(Clone, Debug)]
pub struct Context<'d> {
    pub(super) settings: Settings<'d>,
    pub(super) host: Host,
    pub(super) paths: Option<Paths>,
    /// The paths that the host's own tree can report; if empty, those of the manifest.
    pub(super) commands: Vec<String>,
}

impl<'d> Context<'d> {
    /// The product of a host that mounts the verbs.
    pub(crate) fn of_host(settings: Settings<'d>, host: Host) -> Self {
        let paths = settings.paths();
        Self { settings, host, paths, commands: Vec::new() }
    }

    /// The same about a server that keeps its state in this directory, for whoever runs the server.
    #[must_use]
    pub fn of_server(mut self, directory: PathBuf) -> Self {
        self.settings.component = Component::Server;
        self.settings.directory = Some(directory);
        self.paths = self.settings.paths();
        self
    }

    /// The paths that the host's own tree can report. Without them, `commands` lists those of the manifest.
    #[must_use]
    pub fn commands(mut self, paths: Vec<String>) -> Self {
        self.commands = paths;
        self
    }

    pub(super) fn declaration(&self) -> &'d Declaration {
        self.settings.declaration
    }

    /// The question of consent for the user of this process.
    pub(super) fn question(&self) -> Question<'_> {
        self.settings.question(&self.host, self.paths.as_ref())
    }

    /// Decides, cheaply: it stops at the first opt-out.
    pub(super) fn decide(&self) -> Decision {
        decide(&self.question())
    }

    /// Whether the host could not read its configuration.
    pub(super) fn is_config_unread(&self) -> bool {
        self.host.without_unread_config().is_some()
    }

    /// The permit under which what waits is shown. A configuration that could not be read silences for now; what waits goes
    /// out under its ids once it can be read, so it is shown with them.
    pub(super) fn permit_to_show(&self) -> Option<Permit> {
        let Some(host) = self.host.without_unread_config() else { return self.decide().permit() };
        // For what is only looked at no secret is made.
        let waits = |paths: &&Paths| stored_secret(paths).is_ok_and(|secret| secret.is_some());
        let paths = self.paths.as_ref().filter(waits)?;
        decide(&self.settings.question(&host, Some(paths))).permit()
    }

    /// The permit of a product that may send now, and where its data lies.
    pub(super) fn permit_to_send(&self) -> Option<(Permit, &Paths)> {
        let permit = self.decide().permit().filter(Permit::may_send)?;
        Some((permit, self.paths.as_ref()?))
    }

    /// What a person calls for a verb, as a part of a sentence.
    pub(super) fn call(&self, verb: &str) -> String {
        let hints = self.settings.hints();
        match &self.settings.directory {
            Some(directory) => hints.call(&format!("{verb} --directory {}", directory.display())),
            None => hints.call(verb),
        }
    }

    /// What allows or refuses, as a part of a sentence: a verb, or the variable where it is not known how verbs are called.
    pub(super) fn call_to_decide(&self, value: bool) -> String {
        if self.has_words() {
            self.call(if value { "on" } else { "off" })
        } else {
            format!("`{}`", self.settings.hints().variable(value))
        }
    }

    /// Whether it is known by which words people call a verb.
    pub(super) fn has_words(&self) -> bool {
        self.settings.hints().verb("").is_some()
    }

    /// The same product in the usual places of its user; `None` unless a variable has moved them to where nothing is the
    /// user's own.
    pub(super) fn in_usual_places(&self) -> Option<Self> {
        if self.paths.is_some() {
            return None;
        }
        let paths = Some(self.settings.usual_paths()?);
        Some(Self { paths, ..self.clone() })
    }

    /// The same product with the user's usual state, where a variable leads to another: a refusal ends both.
    pub(super) fn with_usual_state(&self) -> Option<Self> {
        let usual = self.settings.usual_paths()?;
        let is_other = self.paths.as_ref().is_some_and(|paths| paths.state() != usual.state());
        is_other.then(|| Self { paths: Some(usual), ..self.clone() })
    }

    /// The user's paths, or an explanation why there are none.
    pub(super) fn paths(&self) -> Result<&Paths, Exit> {
        self.paths.as_ref().ok_or_else(|| {
            if self.settings.usual_paths().is_some() {
                say("error: XDG_CONFIG_HOME or XDG_STATE_HOME names no directory of your own, so an answer cannot be stored");
                say("help: unset it, or let it name an absolute path to a directory of yours");
            } else {
                say("error: there is no home directory of your own, so an answer cannot be stored");
                say("help: HOME must be an absolute path to a directory of yours; run this without sudo or setuid");
            }
            Exit::Failed
        })
    }
}
