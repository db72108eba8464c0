//! Consent sources that say something their author may not have meant.

use std::path::Path;

use aboveboard_core::consent::{Mode, Reading, Source, explain};
use aboveboard_core::endpoint::Unusable;
use aboveboard_types::clock;

use super::problem::Problem;
use crate::roots::{self, Roots};
use crate::verbs::context::Context;
use crate::verbs::network;

/// The earliest time that a right clock can show: when this was written, 2025-06-15.
const MIN_TIME: u64 = 1_750_000_000;

/// Looks at each consent source, at the endpoint, at the way to it and at the clock.
pub(super) fn look(context: &Context<'_>) -> Vec<Problem> {
    let explanation = explain(&context.question());
    let mut problems = Vec::new();
    // What is wrong with the place of an answer is found with the files.
    let is_exposed = |place: &str| {
        context.paths.as_ref().is_some_and(|paths| paths.exposed_answer(Path::new(place)).is_some())
    };
    for finding in explanation.findings.iter().filter(|finding| finding.reading == Reading::Unreadable) {
        let is_answer = matches!(finding.source, Source::Answer | Source::Family | Source::Wording);
        if is_answer && is_exposed(&finding.place) {
            continue;
        }
        let neither = "the value is neither yes nor no, so it counts as an opt-out";
        let (what, remedy) = match finding.source {
            Source::Answer => (
                neither,
                format!("delete the file, then answer again with {} (or `off`)", context.call("on")),
            ),
            Source::Config if context.is_config_unread() => (
                "the product's configuration cannot be read: until it can be, nothing is recorded, sent or deleted",
                "mend it, or make it readable for this user".to_owned(),
            ),
            _ => (neither, "write true or false".to_owned()),
        };
        problems.push(Problem::new("unreadable", what, finding.place.clone(), remedy));
    }
    if context.paths.is_none() {
        problems.push(Problem::new(
            "no-place",
            "there is no home directory of your own, so nothing can be stored",
            "HOME, XDG_CONFIG_HOME, XDG_STATE_HOME",
            "set HOME, and the others where they are set, to an absolute path that belongs to you; do not run the \
             program by sudo or setuid",
        ));
    }
    if let Some(unusable) = explanation.unusable {
        let variable = format!("{}TELEMETRY_ENDPOINT", context.declaration().variable_prefix());
        let plain = "name it as https://host[:port][/path]";
        let remedy = match unusable {
            Unusable::NotHttps | Unusable::PrivateAddress => {
                let allow = context.settings.variable_name("TELEMETRY_ALLOW_PRIVATE");
                format!(
                    "{plain}, or, if it is a collector of your own at a private address, allow that with {allow}=true"
                )
            }
            _ => plain.to_owned(),
        };
        problems.push(Problem::new("endpoint", unusable.to_string(), variable, remedy));
    }
    if let Some(endpoint) = &explanation.endpoint
        && let Roots::Ignored(why) = roots::named(&context.settings, endpoint)
    {
        let what = format!("the file of roots does not count: {why}");
        let remedy = "unset it; it counts for a collector that the environment alone names";
        problems.push(Problem::new("ignored-roots", what, roots::variable(&context.settings), remedy));
    }
    if let Some(endpoint) = &explanation.endpoint {
        problems.extend(network::unusable_proxy(context, endpoint));
        problems.extend(network::unusable_roots(context, endpoint));
    }
    let decision = &explanation.decision;
    if decision.mode == Mode::Undecided && decision.because == Source::Endpoint {
        problems.push(Problem::new(
            "other-endpoint",
            "your consent was given for another endpoint, or under other terms",
            explanation.endpoint.map_or_else(String::new, |endpoint| endpoint.to_string()),
            format!("answer again with {}", context.call("on")),
        ));
    }
    if clock::now() < MIN_TIME {
        let remedy = "set the clock; what is recorded now is dated wrongly";
        problems.push(Problem::new("clock", "the clock is years behind", clock::stamp(clock::now()), remedy));
    }
    problems
}
