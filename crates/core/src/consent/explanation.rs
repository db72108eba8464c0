//! Every source and what it says, for `status`.

use std::path::Path;

use super::answer::StoredAnswer;
use super::decide::Prompted;
use super::moved::{Found, Place, usual};
use super::permit::Decision;
use super::question::Question;
use super::reading::Reading;
use super::resolve::Source;
use crate::endpoint::{Endpoint, Unusable};
use crate::paths::Paths;
use aboveboard_types::declaration::Policy;

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
    /// The decision, the same as that of [`super::decide`].
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
    pub answer: StoredAnswer,
    /// The family's stored answer.
    pub family: StoredAnswer,
}

/// Asks every source, also after one that opted out.
#[must_use]
pub fn explain(question: &Question<'_>) -> Explanation {
    let mut asked = Prompted::new(question);
    asked.variables(question);
    asked.policy_files(question);
    asked.files(question);
    let decision = asked.decide();
    let findings = asked.findings(question);
    let (endpoint, unusable) = match question.endpoint() {
        Ok(endpoint) => (endpoint, None),
        Err(unusable) => (None, Some(unusable)),
    };
    let policy = asked.inputs.policy;
    Explanation {
        decision,
        policy,
        findings,
        endpoint,
        unusable,
        answer: asked.answer.answer,
        family: asked.family.answer,
    }
}

impl Prompted<'_> {
    fn findings(&self, question: &Question<'_>) -> Vec<Finding> {
        let prefix = question.declaration.variable_prefix();
        let variable = format!("{prefix}ENABLE_TELEMETRY");
        let policy_file = self.policy_file.as_ref().map_or_else(
            || format!("/etc/aboveboard/off.d/{}", question.declaration.product),
            |found| found.path.display().to_string(),
        );
        let place = question.places.map_or_else(String::new, |places| places.state().display().to_string());
        let policy = if self.inputs.policy == Policy::Off { Reading::Off } else { Reading::Unset };
        let placed = if self.inputs.has_place { Reading::Unset } else { Reading::Off };
        let mut findings = vec![
            finding(Source::Manifest, self.inputs.policy.name().to_owned(), policy),
            finding(Source::Config, "enable_telemetry".to_owned(), self.inputs.config),
            finding(Source::Flag, "--enable-telemetry".to_owned(), self.inputs.flag),
            finding(Source::DoNotTrack, "DO_NOT_TRACK".to_owned(), self.inputs.do_not_track),
            finding(Source::GenericVariable, "ENABLE_TELEMETRY".to_owned(), self.inputs.generic),
            finding(Source::Variable, variable, self.inputs.variable),
            finding(Source::Place, place, placed),
            finding(Source::PolicyFile, policy_file, self.inputs.policy_file),
        ];
        if let Some(places) = question.places {
            let usual = usual(question);
            let usual = usual.as_ref().unwrap_or(places);
            let mut push = |source, found: &Found, file: fn(&Paths) -> Option<&Path>| {
                let place = file(if found.place == Place::Usual { usual } else { places });
                findings
                    .extend(place.map(|place| stored(source, place.display().to_string(), &found.answer)));
            };
            push(Source::Answer, &self.answer, |places| Some(places.answer()));
            if self.inputs.policy == Policy::Follow {
                push(Source::Family, &self.family, Paths::family_answer);
            }
            push(Source::Wording, &self.wording, Paths::wording_answer);
        }
        findings
    }
}

fn finding(source: Source, place: String, reading: Reading) -> Finding {
    Finding { source, place, reading, detail: None }
}

fn stored(source: Source, place: String, found: &StoredAnswer) -> Finding {
    use super::Choice;
    let (reading, detail) = match found {
        StoredAnswer::Nothing => (Reading::Unset, None),
        StoredAnswer::Unreadable | StoredAnswer::Unavailable => (Reading::Unreadable, None),
        StoredAnswer::Answer(answer) => {
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
