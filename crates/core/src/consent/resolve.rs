//! The rule itself: a pure function of what every source says.

use std::sync::{Arc, OnceLock};

use super::answer::{Answer, Choice, Found};
use super::{Reading, Scope};
use crate::declaration::{Policy, Text};
use crate::delivery::{Endpoint, endpoint::Unusable};
use crate::event::Seconds;

/// What may decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// The manifest: it has no such component, or says `off` for it; or the policy that is left when nobody said
    /// anything.
    Manifest,
    /// The flag `--enable-telemetry`.
    Flag,
    /// `DO_NOT_TRACK`.
    DoNotTrack,
    /// `ENABLE_TELEMETRY`.
    GenericVariable,
    /// `<PREFIX>_ENABLE_TELEMETRY`.
    Variable,
    /// The product's own configuration.
    Config,
    /// No place that is ours: no home, somebody else's home, borrowed rights.
    Place,
    /// A drop-in of the machine's administrator or of a package.
    Policy,
    /// The stored answer.
    Answer,
    /// The stored answer of the product's family.
    Family,
    /// The build: no release, and nobody named an endpoint.
    Build,
    /// The endpoint: it cannot be used, or is not the one that was answered for.
    Endpoint,
}

impl Source {
    /// A word for it, stable in `status --json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Flag => "flag",
            Self::DoNotTrack => "do-not-track",
            Self::GenericVariable => "generic-variable",
            Self::Variable => "variable",
            Self::Config => "config",
            Self::Place => "place",
            Self::Policy => "policy",
            Self::Answer => "answer",
            Self::Family => "family",
            Self::Build => "build",
            Self::Endpoint => "endpoint",
        }
    }
}

/// What a component may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Record and send.
    On,
    /// Record and show, never send.
    Local,
    /// Nothing.
    Off,
    /// Nothing, and nobody has said anything yet: an agent may show its notice or ask.
    Undecided,
}

impl Mode {
    /// A word for it, stable in `status --json`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Local => "local",
            Self::Off => "off",
            Self::Undecided => "undecided",
        }
    }
}

/// What an answer file says, as far as the rule is concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Stored {
    /// Nothing.
    #[default]
    Nothing,
    /// Something that cannot be read: a no.
    Unreadable,
    /// An answer, given for the endpoint in use or not.
    Answer(Choice),
}

impl Stored {
    pub(super) fn of(found: &Found) -> Self {
        match found {
            Found::Nothing => Self::Nothing,
            Found::Unreadable => Self::Unreadable,
            Found::Answer(answer) => Self::Answer(answer.choice),
        }
    }

    fn is_no(self) -> bool {
        matches!(self, Self::Unreadable | Self::Answer(Choice::No))
    }
}

/// The endpoint, as far as the rule is concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Way {
    /// None.
    #[default]
    Nowhere,
    /// One that cannot be used.
    Unusable,
    /// One that is not the one of the stored answer.
    Elsewhere,
    /// One that may be used under the stored answer, or there is no answer.
    Open,
}

/// What every source says. A source not asked yet says nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) policy: Policy,
    pub(super) flag: Reading,
    pub(super) do_not_track: Reading,
    pub(super) generic: Reading,
    pub(super) variable: Reading,
    pub(super) config: Reading,
    pub(super) has_place: bool,
    pub(super) drop_in: Reading,
    pub(super) answer: Stored,
    pub(super) family: Stored,
    pub(super) way: Way,
}

impl Facts {
    pub(super) fn of(policy: Policy) -> Self {
        Self {
            policy,
            flag: Reading::Unset,
            do_not_track: Reading::Unset,
            generic: Reading::Unset,
            variable: Reading::Unset,
            config: Reading::Unset,
            has_place: true,
            drop_in: Reading::Unset,
            answer: Stored::Nothing,
            family: Stored::Nothing,
            way: Way::Nowhere,
        }
    }

    /// The first source that says no, in the order in which they are asked.
    pub(super) fn no(&self) -> Option<Source> {
        let sources = [
            (self.policy == Policy::Off, Source::Manifest),
            // Before the flag, since it costs no more and deletes what was recorded.
            (self.config.is_no(), Source::Config),
            (self.flag.is_no(), Source::Flag),
            (self.do_not_track.is_no(), Source::DoNotTrack),
            (self.generic.is_no(), Source::GenericVariable),
            (self.variable.is_no(), Source::Variable),
            (!self.has_place, Source::Place),
            (self.drop_in.is_no(), Source::Policy),
            (self.answer.is_no(), Source::Answer),
            (self.policy == Policy::Follow && self.family.is_no(), Source::Family),
        ];
        sources.into_iter().find(|(says_no, _)| *says_no).map(|(_, source)| source)
    }

    /// The first source that says yes to this very process, and so to whatever endpoint it has.
    fn yes_of_process(&self) -> Option<Source> {
        let sources =
            [(self.flag, Source::Flag), (self.variable, Source::Variable), (self.config, Source::Config)];
        sources.into_iter().find(|(reading, _)| *reading == Reading::On).map(|(_, source)| source)
    }

    /// The stored yes that the policy looks at.
    fn yes_of_file(&self) -> Option<Source> {
        match self.policy {
            Policy::Follow => (self.family == Stored::Answer(Choice::Yes)).then_some(Source::Family),
            Policy::Notice if self.answer == Stored::Answer(Choice::Shown) => Some(Source::Manifest),
            _ => (self.answer == Stored::Answer(Choice::Yes)).then_some(Source::Answer),
        }
    }

    /// The rule.
    pub(super) fn resolve(&self) -> (Mode, Source) {
        if let Some(source) = self.no() {
            return (Mode::Off, source);
        }
        if self.answer == Stored::Answer(Choice::Local) {
            return (Mode::Local, Source::Answer);
        }
        let of_process = self.yes_of_process();
        match (of_process.or_else(|| self.yes_of_file()), self.way) {
            // A component that follows never asks, so there is nothing left undecided.
            (None, _) if self.policy == Policy::Follow => (Mode::Off, Source::Family),
            (_, Way::Nowhere) => (Mode::Off, Source::Build),
            (_, Way::Unusable) => (Mode::Off, Source::Endpoint),
            (None, _) => (Mode::Undecided, Source::Manifest),
            (Some(_), Way::Elsewhere) if of_process.is_none() => (Mode::Undecided, Source::Endpoint),
            (Some(source), _) => (Mode::On, source),
        }
    }
}

/// What was decided, and because of whom.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Decision {
    /// What the component may do.
    pub mode: Mode,
    /// Who decided.
    pub because: Source,
    permit: Option<Permit>,
}

impl Decision {
    pub(super) fn new((mode, because): (Mode, Source), permit: impl FnOnce() -> Permit) -> Self {
        let permit = matches!(mode, Mode::On | Mode::Local).then(permit);
        Self { mode, because, permit }
    }

    /// The permit to record, and in [`Mode::On`] to send.
    #[must_use]
    pub fn permit(&self) -> Option<Permit> {
        self.permit.clone()
    }

    /// Whether the no that decided also deletes what was recorded: the stored answer, the product's configuration
    /// and the machine's policy do; a variable or a flag only silences. The caller then calls [`super::purge`].
    #[must_use]
    pub fn purges(&self) -> bool {
        self.mode == Mode::Off && matches!(self.because, Source::Answer | Source::Config | Source::Policy)
    }
}

/// Leave to record, and perhaps to send. Only this module makes one, from a decision.
#[derive(Clone, Debug)]
pub struct Permit {
    pub(super) product: Text,
    pub(super) mode: Mode,
    pub(super) since: Seconds,
    /// The items that may be recorded; `None` for all that are declared.
    pub(crate) scope: Option<Arc<Scope>>,
    pub(super) named: Option<Named>,
    /// Read from `named` when it is asked for: a recorder never asks.
    pub(super) endpoint: OnceLock<Option<Endpoint>>,
}

/// An endpoint as somebody named it.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) text: Text,
    pub(super) allow_private: bool,
    pub(super) is_of_manifest: bool,
}

impl Named {
    pub(super) fn parse(&self) -> Result<Endpoint, Unusable> {
        Endpoint::parse(&self.text, self.allow_private)
    }
}

impl Permit {
    /// The product it was given for.
    #[must_use]
    pub fn product(&self) -> &str {
        &self.product
    }

    /// Whether what is recorded may be sent.
    #[must_use]
    pub fn may_send(&self) -> bool {
        self.endpoint().is_some()
    }

    /// Where it may be sent; `None` where it may not.
    #[must_use]
    pub fn endpoint(&self) -> Option<&Endpoint> {
        let read = || self.named.as_ref().and_then(|named| named.parse().ok());
        if self.mode == Mode::On { self.endpoint.get_or_init(read).as_ref() } else { None }
    }

    /// What the manifest has that it had not when the answer was given or the notice shown, in words, to be shown
    /// when it is asked again. These items are not recorded under this permit.
    #[must_use]
    pub fn wider(&self, declaration: &crate::declaration::Declaration) -> Vec<String> {
        self.scope.as_ref().map_or_else(Vec::new, |scope| scope.wider(declaration))
    }

    /// When the answer was given or the notice first shown; nothing recorded before it is sent. 0 where the yes
    /// stands in a flag, variable or configuration, which say no time.
    #[must_use]
    pub fn since(&self) -> Seconds {
        self.since
    }
}

/// The time from which the decided yes counts.
pub(super) fn since(because: Source, answer: &Found, family: &Found) -> Seconds {
    let at = |found: &Found| match found {
        Found::Answer(Answer { at, .. }) => *at,
        _ => 0,
    };
    match because {
        Source::Answer | Source::Manifest => at(answer),
        Source::Family => at(family),
        _ => 0,
    }
}

/// What the decided yes covers: everything, unless it was stored under another manifest.
pub(super) fn scope(because: Source, answer: &Found, manifest: &str) -> Option<Arc<Scope>> {
    match (because, answer) {
        (Source::Answer | Source::Manifest, Found::Answer(answer)) if answer.manifest != manifest => {
            answer.scope.clone().map(Arc::new)
        }
        _ => None,
    }
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
