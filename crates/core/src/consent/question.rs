//! Asking the sources: cheaply for a decision, all of them for an explanation.

use std::path::PathBuf;
use std::sync::OnceLock;

use super::answer::{self, Found};
use super::permit::{Named, scope, since};
use super::reading::{do_not_track, reading};
use super::resolve::{Facts, Way};
use super::{Decision, Permit, Reading, Source, Stored, policy};
use crate::declaration::{Component, Declaration, Policy};
use crate::delivery::{Endpoint, endpoint::Unusable};
use crate::environment::Environment;
use crate::places::Places;

/// What the host hands over: its flag, its parsed configuration, its endpoint.
#[derive(Clone, Debug, Default)]
pub struct Host {
    flag: Option<String>,
    config: Option<String>,
    endpoint: Option<String>,
    allow_private: bool,
}

impl Host {
    /// The value of `--enable-telemetry`, as given; `None` where the flag was not.
    #[must_use]
    pub fn flag(mut self, value: Option<&str>) -> Self {
        self.flag = value.map(str::to_owned);
        self
    }

    /// The value of `enable_telemetry` in the product's configuration; `None` where it is not there.
    #[must_use]
    pub fn config(mut self, value: Option<&str>) -> Self {
        self.config = value.map(str::to_owned);
        self
    }

    /// An endpoint that the host names.
    #[must_use]
    pub fn endpoint(mut self, endpoint: Option<String>) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// Whether private addresses and plain http to them are allowed.
    #[must_use]
    pub fn allow_private(mut self, allowed: bool) -> Self {
        self.allow_private = allowed;
        self
    }
}

/// May this component of this product record here?
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// The product.
    pub declaration: &'q Declaration,
    /// The component that would record. A console has no consent of its own: ask for what serves it.
    pub component: Component,
    /// What the host handed over.
    pub host: &'q Host,
    /// The variables.
    pub environment: &'q Environment,
    /// Where the answer lies; `None` where no place is ours.
    pub places: Option<&'q Places>,
}

/// What a source says, for `status`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// Which source.
    pub source: Source,
    /// Where it is looked for: a variable, a path, the flag.
    pub place: String,
    /// What it says.
    pub reading: Reading,
    /// What stands there, where it is a stored answer (`yes`, `local`, `shown`).
    pub detail: Option<&'static str>,
}

/// Every source and the decision.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Explanation {
    /// The decision, the same that [`decide`] gives.
    pub decision: Decision,
    /// The policy of the manifest for this component.
    pub policy: Policy,
    /// Each source in the order of asking.
    pub findings: Vec<Finding>,
    /// Where data goes or would go.
    pub endpoint: Option<Endpoint>,
    /// Why an endpoint that was named is not used.
    pub unusable: Option<Unusable>,
    /// The stored answer.
    pub answer: Found,
    /// The family's stored answer.
    pub family: Found,
}

/// Decides. Asks the cheapest source first and stops at the first no; reads at most six names on the disk and
/// never writes.
#[must_use]
pub fn decide(question: &Question<'_>) -> Decision {
    let mut asked = Asked::new(question);
    for ask in [Asked::variables, Asked::drop_ins, Asked::files] {
        if let Some(source) = asked.facts.no() {
            return Decision::new((super::Mode::Off, source), || asked.permit(super::Mode::Off, source));
        }
        ask(&mut asked, question);
    }
    asked.decide()
}

/// Asks every source, also after a no.
#[must_use]
pub fn explain(question: &Question<'_>) -> Explanation {
    let mut asked = Asked::new(question);
    asked.variables(question);
    asked.drop_ins(question);
    asked.files(question);
    let decision = asked.decide();
    let findings = asked.findings(question);
    let (endpoint, unusable) = match question.endpoint() {
        Ok(endpoint) => (endpoint, None),
        Err(unusable) => (None, Some(unusable)),
    };
    let policy = asked.facts.policy;
    Explanation { decision, policy, findings, endpoint, unusable, answer: asked.answer, family: asked.family }
}

impl Question<'_> {
    /// Where data goes: what the host named, else `<PREFIX>_TELEMETRY_ENDPOINT`, else, in a release, the
    /// manifest's. `None` in every other build, so that a fork, a test or a build from source sends nothing.
    ///
    /// # Errors
    /// Why the endpoint that was named is not used.
    pub fn endpoint(&self) -> Result<Option<Endpoint>, Unusable> {
        self.named().map(|named| named.parse()).transpose()
    }

    fn named(&self) -> Option<Named> {
        let prefix = self.declaration.variable_prefix();
        let variable = || self.environment.var(&format!("{prefix}TELEMETRY_ENDPOINT"));
        let text = match &self.host.endpoint {
            Some(endpoint) => Some(endpoint.clone()),
            None => {
                variable().filter(|value| !value.is_empty()).map(|value| value.to_string_lossy().into_owned())
            }
        };
        let Declaration { release, endpoint, .. } = self.declaration;
        if text.is_none() {
            let allow_private = self.host.allow_private;
            return (*release && !endpoint.is_empty()).then(|| Named {
                text: endpoint.clone(),
                allow_private,
                is_of_manifest: true,
            });
        }
        let allowed = self.environment.var(&format!("{prefix}TELEMETRY_ALLOW_PRIVATE"));
        let allow_private =
            self.host.allow_private || allowed.is_some_and(|value| reading(&value) == Reading::On);
        text.map(|text| Named { text: text.into(), allow_private, is_of_manifest: false })
    }
}

/// The sources as far as they were asked.
struct Asked<'q> {
    declaration: &'q Declaration,
    facts: Facts,
    drop_in: Option<PathBuf>,
    answer: Found,
    family: Found,
    named: Option<Named>,
}

impl<'q> Asked<'q> {
    /// What costs nothing: the manifest and what the host handed over.
    fn new(question: &Question<'q>) -> Self {
        let given =
            |value: &Option<String>| value.as_ref().map_or(Reading::Unset, |value| reading(value.as_ref()));
        let facts = Facts {
            flag: given(&question.host.flag),
            config: given(&question.host.config),
            has_place: question.places.is_some(),
            ..Facts::of(question.declaration.policy(question.component).unwrap_or(Policy::Off))
        };
        Self {
            declaration: question.declaration,
            facts,
            drop_in: None,
            answer: Found::Nothing,
            family: Found::Nothing,
            named: None,
        }
    }

    fn variables(&mut self, question: &Question<'_>) {
        let switch =
            |name: &str| question.environment.var(name).map_or(Reading::Unset, |value| reading(&value));
        let track = question.environment.var("DO_NOT_TRACK");
        self.facts.do_not_track = track.map_or(Reading::Unset, |value| do_not_track(&value));
        self.facts.generic = switch("ENABLE_TELEMETRY");
        let mut name = question.declaration.variable_prefix();
        name.push_str("ENABLE_TELEMETRY");
        self.facts.variable = switch(&name);
    }

    fn drop_ins(&mut self, question: &Question<'_>) {
        (self.facts.drop_in, self.drop_in) =
            policy::read(&question.declaration.product, question.environment);
    }

    fn files(&mut self, question: &Question<'_>) {
        let Some(places) = question.places else { return };
        self.answer = answer::read(places.answer());
        if let (Policy::Follow, Some(path)) = (self.facts.policy, places.family_answer()) {
            self.family = answer::read(path);
        }
        self.named = question.named();
        self.facts.answer = Stored::of(&self.answer);
        self.facts.family = Stored::of(&self.family);
        self.facts.way = self.way();
    }

    fn way(&self) -> Way {
        let Some(named) = &self.named else { return Way::Nowhere };
        let answered = match &self.answer {
            // The family's answer was given to another product and names that one's endpoint.
            Found::Answer(answer) if self.facts.policy != Policy::Follow => Some(answer.endpoint.as_deref()),
            _ => None,
        };
        // The usual case costs no more than this: an answer is stored with an endpoint that could be read.
        if named.is_of_manifest && answered == Some(Some(&*named.text)) {
            return Way::Open;
        }
        match (named.parse(), answered) {
            (Err(_), _) => Way::Unusable,
            (Ok(endpoint), Some(answered)) if answered != Some(endpoint.as_str()) => Way::Elsewhere,
            _ => Way::Open,
        }
    }

    fn decide(&self) -> Decision {
        let (mode, because) = self.facts.resolve();
        Decision::new((mode, because), || self.permit(mode, because))
    }

    fn permit(&self, mode: super::Mode, because: Source) -> Permit {
        Permit {
            product: self.declaration.product.clone(),
            mode,
            since: since(because, &self.answer, &self.family),
            scope: scope(because, &self.answer, &self.declaration.hash),
            named: self.named.clone(),
            endpoint: OnceLock::new(),
        }
    }

    fn findings(&self, question: &Question<'_>) -> Vec<Finding> {
        let prefix = question.declaration.variable_prefix();
        let variable = format!("{prefix}ENABLE_TELEMETRY");
        let drop_in = self.drop_in.as_ref().map_or_else(
            || format!("/etc/aboveboard/off.d/{}", question.declaration.product),
            |path| path.display().to_string(),
        );
        let place = question.places.map_or_else(String::new, |places| places.state().display().to_string());
        let policy = if self.facts.policy == Policy::Off { Reading::Off } else { Reading::Unset };
        let placed = if self.facts.has_place { Reading::Unset } else { Reading::Off };
        let mut findings = vec![
            finding(Source::Manifest, self.facts.policy.name().to_owned(), policy),
            finding(Source::Config, "enable_telemetry".to_owned(), self.facts.config),
            finding(Source::Flag, "--enable-telemetry".to_owned(), self.facts.flag),
            finding(Source::DoNotTrack, "DO_NOT_TRACK".to_owned(), self.facts.do_not_track),
            finding(Source::GenericVariable, "ENABLE_TELEMETRY".to_owned(), self.facts.generic),
            finding(Source::Variable, variable, self.facts.variable),
            finding(Source::Place, place, placed),
            finding(Source::Policy, drop_in, self.facts.drop_in),
        ];
        if let Some(places) = question.places {
            findings.push(stored(Source::Answer, places.answer().display().to_string(), &self.answer));
            if let (Policy::Follow, Some(path)) = (self.facts.policy, places.family_answer()) {
                findings.push(stored(Source::Family, path.display().to_string(), &self.family));
            }
        }
        findings
    }
}

fn finding(source: Source, place: String, reading: Reading) -> Finding {
    Finding { source, place, reading, detail: None }
}

fn stored(source: Source, place: String, found: &Found) -> Finding {
    use super::Choice;
    let (reading, detail) = match found {
        Found::Nothing => (Reading::Unset, None),
        Found::Unreadable => (Reading::Unreadable, None),
        Found::Answer(answer) => {
            let reading = match answer.choice {
                Choice::Yes | Choice::Local => Reading::On,
                Choice::No => Reading::Off,
                Choice::Shown => Reading::Unset,
            };
            (reading, Some(answer.choice.name()))
        }
    };
    Finding { source, place, reading, detail }
}

#[cfg(test)]
#[path = "question_tests.rs"]
mod tests;
