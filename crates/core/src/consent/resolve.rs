//! The rule itself: a pure function of what every source says.

use super::answer::{Choice, StoredAnswer};
use super::reading::Reading;
use aboveboard_types::declaration::Policy;

aboveboard_types::spelled! {
    /// What may decide.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub enum Source {
        /// The manifest: it has no such component, or says `off` for it; or the policy that is left when no source
        /// decided.
        Manifest = "manifest",
        /// The flag `--enable-telemetry`.
        Flag = "flag",
        /// `DO_NOT_TRACK`.
        DoNotTrack = "do-not-track",
        /// `ENABLE_TELEMETRY`.
        GenericVariable = "generic-variable",
        /// `<PREFIX>_ENABLE_TELEMETRY`.
        Variable = "variable",
        /// The product's own configuration.
        Config = "config",
        /// No place that is ours: no home, another user's home, borrowed rights.
        Place = "place",
        /// A policy file of the machine's administrator or of a package.
        PolicyFile = "policy",
        /// The stored answer.
        Answer = "answer",
        /// The stored answer of the product's family.
        Family = "family",
        /// The stored answer to a product's or a distributor's own wording.
        Wording = "wording",
        /// The build: no release, and no endpoint was named.
        Build = "build",
        /// The endpoint: it cannot be used, or is not the one that was answered for.
        Endpoint = "endpoint",
    }
}

aboveboard_types::spelled! {
    /// What a component may do.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Mode {
        /// Record and send.
        On = "on",
        /// Record and show, never send.
        Local = "local",
        /// Nothing.
        Off = "off",
        /// Nothing, and no source has decided yet: an agent may show its notice or ask.
        Undecided = "undecided",
    }
}

/// What an answer file says, as far as the rule is concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StoredChoice {
    /// Nothing.
    #[default]
    Nothing,
    /// Something that cannot be read, or not at this moment: it counts as an opt-out.
    Unreadable,
    /// An answer, given for the endpoint in use or not.
    Answer(Choice),
}

impl StoredChoice {
    pub(super) fn of(found: &StoredAnswer) -> Self {
        match found {
            StoredAnswer::Nothing => Self::Nothing,
            StoredAnswer::Unreadable | StoredAnswer::Unavailable => Self::Unreadable,
            StoredAnswer::Answer(answer) => Self::Answer(answer.choice),
        }
    }

    pub(super) fn is_no(self) -> bool {
        matches!(self, Self::Unreadable | Self::Answer(Choice::No))
    }
}

/// The endpoint, as far as the rule is concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum EndpointState {
    /// None is set.
    #[default]
    Missing,
    /// One that cannot be used.
    Unusable,
    /// One that is not the one of the stored answer, or the same under other terms.
    NotAnsweredFor,
    /// One that no stored answer can be given for: a variable named it, and another one has moved the answers.
    Unanswerable,
    /// One that may be used under the stored answer, or there is no answer.
    Usable,
}

/// What every source says. A source not asked yet says nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConsentInputs {
    /// The component's policy in the manifest.
    pub(super) policy: Policy,
    pub(super) flag: Reading,
    pub(super) do_not_track: Reading,
    pub(super) generic: Reading,
    pub(super) variable: Reading,
    pub(super) config: Reading,
    pub(super) has_place: bool,
    pub(super) policy_file: Reading,
    pub(super) answer: StoredChoice,
    pub(super) family: StoredChoice,
    /// What was answered to a wording; `None` where the host has none of its own.
    pub(super) wording: Option<StoredChoice>,
    pub(super) endpoint: EndpointState,
}

impl ConsentInputs {
    pub(super) fn of(policy: Policy) -> Self {
        Self {
            policy,
            flag: Reading::Unset,
            do_not_track: Reading::Unset,
            generic: Reading::Unset,
            variable: Reading::Unset,
            config: Reading::Unset,
            has_place: true,
            policy_file: Reading::Unset,
            answer: StoredChoice::Nothing,
            family: StoredChoice::Nothing,
            wording: None,
            endpoint: EndpointState::Missing,
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
            (self.policy_file.is_no(), Source::PolicyFile),
            (self.answer.is_no(), Source::Answer),
            (self.policy == Policy::Follow && self.family.is_no(), Source::Family),
            (self.wording.is_some_and(StoredChoice::is_no), Source::Wording),
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
            Policy::Follow => (self.family == StoredChoice::Answer(Choice::Yes)).then_some(Source::Family),
            Policy::Notice if self.answer == StoredChoice::Answer(Choice::Shown) => Some(Source::Manifest),
            _ => (self.answer == StoredChoice::Answer(Choice::Yes)).then_some(Source::Answer),
        }
    }

    /// Whether the wording waits for its own yes, without which a stored one does not count.
    fn lacks_wording(&self) -> bool {
        let agrees = |wording| match wording {
            StoredChoice::Answer(Choice::Yes) => true,
            StoredChoice::Answer(Choice::Shown) => self.policy == Policy::Notice,
            _ => false,
        };
        self.wording.is_some_and(|wording| !agrees(wording))
    }

    /// The decision, with the source that made it. In this order:
    /// 1. Any no: off, because of the first source in the order of [`Self::no`].
    /// 2. The stored answer `local`: local, also against a yes of this process.
    /// 3. A component that follows and has no yes: off. No endpoint, or one that cannot be used, or one that only a yes of
    ///    this process could be for: off.
    /// 4. No yes: undecided.
    /// 5. A yes of this process (flag, variable, configuration): on, at whatever endpoint it has.
    /// 6. A stored yes: on, unless the wording lacks its own yes, or the yes was given for another endpoint or under other
    ///    terms: then undecided, and off for a component that follows.
    pub(super) fn resolve(&self) -> (Mode, Source) {
        if let Some(source) = self.no() {
            return (Mode::Off, source);
        }
        if self.answer == StoredChoice::Answer(Choice::Local) {
            return (Mode::Local, Source::Answer);
        }
        let of_process = self.yes_of_process();
        match (of_process.or_else(|| self.yes_of_file()), self.endpoint) {
            // A component that follows never asks, so there is nothing left undecided.
            (None, _) if self.policy == Policy::Follow => (Mode::Off, Source::Family),
            (_, EndpointState::Missing) => (Mode::Off, Source::Build),
            (_, EndpointState::Unusable) => (Mode::Off, Source::Endpoint),
            (_, EndpointState::Unanswerable) if of_process.is_none() => (Mode::Off, Source::Endpoint),
            (None, _) => (Mode::Undecided, Source::Manifest),
            (Some(_), _) if of_process.is_none() && self.lacks_wording() => {
                (Mode::Undecided, Source::Wording)
            }
            // As above: a component that follows never asks.
            (Some(_), EndpointState::NotAnsweredFor)
                if of_process.is_none() && self.policy == Policy::Follow =>
            {
                (Mode::Off, Source::Endpoint)
            }
            (Some(_), EndpointState::NotAnsweredFor) if of_process.is_none() => {
                (Mode::Undecided, Source::Endpoint)
            }
            (Some(source), _) => (Mode::On, source),
        }
    }
}
