//! Asking the sources: cheaply for a decision, all of them for an explanation.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use aboveboard_types::declaration::{Declaration, Policy};
use aboveboard_types::scope::Scope;

use super::answer::{self, Answer, Choice, StoredAnswer};
use super::moved::{Found, Place, usual};
use super::permit::{Decision, Named, Permit, since};
use super::policy::{self, PolicyFile};
use super::question::Question;
use super::reading::{Reading, do_not_track, reading, reading_of};
use super::resolve::{ConsentInputs, EndpointState, Mode, Source, StoredChoice};
use crate::paths::Paths;

/// Decides. Asks the cheapest source first and stops at the first no; reads at most six names on the disk and
/// never writes.
#[must_use]
pub fn decide(question: &Question<'_>) -> Decision {
    let mut asked = Prompted::new(question);
    for ask in [Prompted::variables, Prompted::policy_files, Prompted::files] {
        if let Some(source) = asked.inputs.no() {
            return asked.decision(Mode::Off, source);
        }
        ask(&mut asked, question);
    }
    asked.decide()
}

/// The sources as far as they were asked.
pub(super) struct Prompted<'q> {
    declaration: &'q Declaration,
    pub(super) inputs: ConsentInputs,
    pub(super) policy_file: Option<PolicyFile>,
    pub(super) answer: Found,
    pub(super) family: Found,
    pub(super) wording: Found,
    /// Whether a variable has moved the answers.
    is_moved: bool,
    /// What the stored answer covers, where that is not just what the manifest has.
    scope: Option<Arc<Scope>>,
    named: Option<Named>,
    /// Whether a variable has moved what was recorded.
    is_state_moved: bool,
}

impl<'q> Prompted<'q> {
    /// What costs nothing: the manifest and what the host handed over.
    pub(super) fn new(question: &Question<'q>) -> Self {
        let given =
            |value: &Option<String>| value.as_ref().map_or(Reading::Unset, |value| reading(value.as_ref()));
        let inputs = ConsentInputs {
            flag: given(&question.host.flag),
            config: reading_of(&question.host.config),
            has_place: question.places.is_some(),
            ..ConsentInputs::of(question.declaration.policy(question.component).unwrap_or(Policy::Off))
        };
        Self {
            declaration: question.declaration,
            policy_file: None,
            answer: Found::default(),
            family: Found::default(),
            wording: Found::default(),
            is_moved: question.places.is_some_and(Paths::is_answer_moved),
            inputs,
            scope: None,
            named: None,
            is_state_moved: question.places.is_some_and(Paths::is_state_moved),
        }
    }

    pub(super) fn variables(&mut self, question: &Question<'_>) {
        let switch =
            |name: &str| question.environment.var(name).map_or(Reading::Unset, |value| reading(&value));
        let track = question.environment.var("DO_NOT_TRACK");
        self.inputs.do_not_track = track.map_or(Reading::Unset, |value| do_not_track(&value));
        self.inputs.generic = switch("ENABLE_TELEMETRY");
        let mut name = question.declaration.variable_prefix();
        name.push_str("ENABLE_TELEMETRY");
        self.inputs.variable = switch(&name);
    }

    pub(super) fn policy_files(&mut self, question: &Question<'_>) {
        self.inputs.has_place = question.places.is_some_and(|places| !places.have_borrowed_rights());
        self.policy_file = policy::read(&question.declaration.product, question.environment);
        self.inputs.policy_file = self.policy_file.as_ref().map_or(Reading::Unset, |found| found.reading);
    }

    pub(super) fn files(&mut self, question: &Question<'_>) {
        let Some(places) = question.places else { return };
        self.inputs.has_place &= places.has_own_state();
        let usual = usual(question);
        let read = |file: fn(&Paths) -> Option<&Path>| {
            file(places).map(|place| Found::read(places, place, usual.as_ref().and_then(file)))
        };
        self.answer = read(|places| Some(places.answer())).unwrap_or_default();
        if self.inputs.policy == Policy::Follow {
            self.family = read(Paths::family_answer).unwrap_or_default();
        }
        if let Some(wording) = read(Paths::wording_answer) {
            self.inputs.wording = Some(StoredChoice::of(&wording.answer));
            self.wording = wording;
        }
        self.scope = self.other_scope(places);
        self.named = question.named();
        self.inputs.answer = StoredChoice::of(&self.answer.answer);
        self.inputs.family = StoredChoice::of(&self.family.answer);
        self.inputs.endpoint = self.endpoint_state();
    }

    fn endpoint_state(&self) -> EndpointState {
        let Some(named) = &self.named else { return EndpointState::Missing };
        if self.is_moved && named.is_of_variable && named.parse().is_ok() {
            return EndpointState::Unanswerable;
        }
        let answered = match (&self.answer.answer, &self.family.answer) {
            // The family's answer was given to another product and names that one's endpoint. It covers what the manifest
            // or the host names, and of variables nothing that it does not name itself.
            (_, StoredAnswer::Answer(family))
                if self.inputs.policy == Policy::Follow && named.is_of_variable =>
            {
                Some(family.endpoint.as_deref())
            }
            (StoredAnswer::Answer(answer), _) if self.inputs.policy != Policy::Follow => {
                Some(answer.endpoint.as_deref())
            }
            _ => None,
        };
        // The usual case costs no more than this: an answer is stored with an endpoint that could be read.
        if named.is_of_manifest && answered == Some(Some(&*named.text)) && !self.is_under_other_terms() {
            return EndpointState::Usable;
        }
        match (named.parse(), answered) {
            (Err(_), _) => EndpointState::Unusable,
            (Ok(endpoint), Some(answered))
                if answered != Some(endpoint.as_str()) || self.is_under_other_terms() =>
            {
                EndpointState::NotAnsweredFor
            }
            _ => EndpointState::Usable,
        }
    }

    /// Whether the answer was given when others answered for the data, kept it elsewhere or for another time.
    fn is_under_other_terms(&self) -> bool {
        self.scope.as_ref().is_some_and(|scope| !scope.covers_terms(self.declaration))
    }

    /// What consent covers that was stored under another manifest. Nearly always it is the same one, and the digest
    /// alone tells.
    fn other_scope(&self, places: &Paths) -> Option<Arc<Scope>> {
        match &self.answer.answer {
            StoredAnswer::Answer(answer)
                if answer.items.as_deref().is_some_and(|items| items != &*self.declaration.agreement) =>
            {
                Some(Arc::new(answer::agreed(places, answer)))
            }
            _ => None,
        }
    }

    pub(super) fn decide(&self) -> Decision {
        let (mode, because) = self.inputs.resolve();
        self.decision(mode, because)
    }

    fn decision(&self, mode: Mode, because: Source) -> Decision {
        let is_permitted = matches!(mode, Mode::On | Mode::Local);
        let permit = is_permitted.then(|| self.permit(mode, because));
        Decision { mode, because, purges: self.deletes(), permit }
    }

    /// Whether the first no is one that deletes: one that was read and says no. What cannot be read counts as an opt-out,
    /// but no person decided that. Where a variable has moved what says no or what was recorded, nobody knows that the one is
    /// about the other, and variables only silence.
    fn deletes(&self) -> bool {
        let says_no = |found: &Found| {
            found.place != Place::Moved
                && matches!(found.answer, StoredAnswer::Answer(Answer { choice: Choice::No, .. }))
        };
        match self.inputs.no() {
            // A product's configuration lies beside the answers, and is moved with them.
            Some(Source::Config) if self.is_moved => false,
            Some(Source::Config | Source::Answer | Source::Wording | Source::Family)
                if self.is_state_moved =>
            {
                false
            }
            Some(Source::Config) => self.inputs.config == Reading::Off,
            Some(Source::PolicyFile) => self.policy_file.as_ref().is_some_and(|found| found.deletes),
            Some(Source::Answer) => says_no(&self.answer),
            Some(Source::Wording) => says_no(&self.wording),
            // A product may have both a component with an answer of its own and one that follows.
            Some(Source::Family) => self.answer.answer == StoredAnswer::Nothing && says_no(&self.family),
            _ => false,
        }
    }

    /// The endpoint of the answer that decided.
    fn answered(&self, because: Source) -> Option<String> {
        let answer = match because {
            Source::Answer | Source::Manifest => &self.answer.answer,
            Source::Family => &self.family.answer,
            _ => return None,
        };
        match answer {
            StoredAnswer::Answer(answer) => answer.endpoint.as_deref().map(str::to_owned),
            _ => None,
        }
    }

    fn permit(&self, mode: Mode, because: Source) -> Permit {
        Permit {
            product: self.declaration.product.clone(),
            mode,
            since: since(because, &self.answer.answer, &self.family.answer),
            // Who says yes to this very process says it to the manifest that it has.
            scope: self.scope.clone().filter(|_| matches!(because, Source::Answer | Source::Manifest)),
            named: self.named.clone(),
            answered: self.answered(because),
            endpoint: OnceLock::new(),
        }
    }
}
