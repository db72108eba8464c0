//! `status`: what was decided, by whom, and what would change it.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use aboveboard_core::clock::stamp;
use aboveboard_core::consent::answer::StoredAnswer;
use aboveboard_core::consent::{Explanation, Finding, Mode, Reading, Source, explain};
use aboveboard_core::declaration::Policy;
use clap::ArgMatches;
use serde_json::{Value, json};

use super::Exit;
use super::context::{Context, print, say};
use crate::agent::component_of;
use crate::helper::Due;

pub(super) fn run(context: &Context<'_>, arguments: &ArgMatches) -> Exit {
    if let Some(url) = arguments.get_one::<String>("server") {
        return super::server::status(url);
    }
    let explanation = explain(&context.question());
    if arguments.get_flag("check") {
        return check(explanation.decision.mode);
    }
    let shown = if arguments.get_flag("json") {
        print(format_args!("{:#}", document(context, &explanation)))
    } else {
        print(text(context, &explanation).trim_end())
    };
    for warning in warnings(&explanation) {
        say(format_args!("warning: {warning}"));
    }
    if shown { Exit::Done } else { Exit::Failed }
}

fn check(mode: Mode) -> Exit {
    match mode {
        Mode::On => Exit::Done,
        Mode::Local => Exit::Local,
        Mode::Off => Exit::Off,
        Mode::Undecided => Exit::Undecided,
    }
}

fn text(context: &Context<'_>, explanation: &Explanation) -> String {
    let decision = &explanation.decision;
    let mut text = String::new();
    // Writing into a `String` cannot fail.
    let _ = writeln!(
        text,
        "telemetry of {}: {} (because of the {})",
        context.declaration.name,
        decision.mode.name(),
        source_in_words(decision.because)
    );
    let endpoint = explanation.endpoint.as_ref().map_or("nowhere", |endpoint| endpoint.as_str());
    let _ = writeln!(text, "sent to: {endpoint}");
    let _ = writeln!(text, "answers for it: {}", context.declaration.controller);
    let _ = writeln!(text, "kept for: {}", context.declaration.retention);
    if let Some(places) = &context.places {
        let _ = writeln!(text, "recorded in: {}", places.state().display());
    }
    if let (Mode::On, Some(next)) = (decision.mode, next_delivery(context)) {
        let _ = writeln!(text, "sent next: with the first command after {}", stamp(next));
    }
    if let StoredAnswer::Answer(answer) = &explanation.answer {
        let _ = writeln!(
            text,
            "answered: {} at {} by {}",
            answer.choice.name(),
            stamp(answer.at),
            answer.surface.name()
        );
    }
    if let Some(family) = context.places.as_ref().and_then(|places| places.family_answer()) {
        let _ = writeln!(
            text,
            "your answers also hold for tools of its family that never ask: {}",
            family.display()
        );
    }
    let wider = decision.permit().map(|permit| permit.wider(context.declaration)).unwrap_or_default();
    if !wider.is_empty() {
        let _ = writeln!(text, "not recorded until you answer again: {}", wider.join(", "));
    }
    text.push_str("sources, each no beats each yes:\n");
    for finding in &explanation.findings {
        let _ = writeln!(text, "  {:<18} {:<11} {}", finding.source.name(), says(finding), finding.place);
    }
    let _ = writeln!(text, "to change it: {}", advice(context, explanation));
    text
}

/// When the next helper may start, in seconds since 1970.
fn next_delivery(context: &Context<'_>) -> Option<u64> {
    let period = Duration::from_secs(context.period);
    let date = Due::of(context.places.as_ref()?.state(), period).date()?;
    Some(date.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs())
}

fn document(context: &Context<'_>, explanation: &Explanation) -> Value {
    let decision = &explanation.decision;
    let sources: Vec<Value> = explanation
        .findings
        .iter()
        .map(|finding| {
            json!({ "source": finding.source.name(), "place": finding.place, "says": says(finding) })
        })
        .collect();
    json!({
        "product": context.declaration.product,
        "component": component_of(context.declaration).name(),
        "mode": decision.mode.name(),
        "because": decision.because.name(),
        "policy": explanation.policy.name(),
        "endpoint": explanation.endpoint.as_ref().map(|endpoint| endpoint.as_str()),
        "state": context.places.as_ref().map(|places| places.state().display().to_string()),
        "sources": sources,
        "warnings": warnings(explanation),
        "to_change": advice(context, explanation),
    })
}

/// One word for what a source says.
fn says(finding: &Finding) -> &'static str {
    match (finding.detail, finding.reading) {
        (Some(detail), _) => detail,
        (None, Reading::On) => "yes",
        (None, Reading::Off) => "no",
        (None, Reading::Unset) => "-",
        (None, Reading::Unreadable) => "unreadable",
    }
}

fn warnings(explanation: &Explanation) -> Vec<String> {
    let unreadable = explanation
        .findings
        .iter()
        .filter(|finding| finding.reading == Reading::Unreadable)
        .map(|finding| format!("{} cannot be understood and counts as a no", finding.place));
    let unusable = explanation.unusable.iter().map(ToString::to_string);
    unreadable.chain(unusable).collect()
}

/// The source as it stands in a sentence.
pub(super) fn source_in_words(source: Source) -> &'static str {
    match source {
        Source::Manifest => "manifest's policy",
        Source::Flag => "flag --enable-telemetry",
        Source::DoNotTrack => "variable DO_NOT_TRACK",
        Source::GenericVariable => "variable ENABLE_TELEMETRY",
        Source::Variable => "product's variable",
        Source::Config => "product's configuration",
        Source::Place => "missing place of your own",
        Source::Policy => "policy of this machine",
        Source::Answer => "stored answer",
        Source::Family => "answer of the product's family",
        Source::Wording => "answer to this program's own wording",
        Source::Build => "build, which has no endpoint",
        Source::Endpoint => "endpoint",
        _ => "circumstances",
    }
}

fn advice(context: &Context<'_>, explanation: &Explanation) -> String {
    let decision = &explanation.decision;
    let noes: Vec<&Finding> = explanation.findings.iter().filter(|finding| finding.reading.is_no()).collect();
    match decision.mode {
        Mode::On => {
            format!("`{}` refuses, `{}` keeps everything here", context.call("off"), context.call("local"))
        }
        Mode::Local => {
            format!("`{}` allows sending, `{}` refuses all", context.call("on"), context.call("off"))
        }
        Mode::Undecided if decision.because == Source::Endpoint => format!(
            "your answer was given for another endpoint or under other terms; `{}` allows, `{}` refuses",
            context.call("on"),
            context.call("off")
        ),
        Mode::Undecided => format!("`{}` allows, `{}` refuses", context.call("on"), context.call("off")),
        Mode::Off if explanation.policy == Policy::Off => {
            "nothing can: this product collects nothing here".to_owned()
        }
        Mode::Off if matches!(decision.because, Source::Build | Source::Endpoint) => format!(
            "this build sends nothing by itself; name a collector in {}TELEMETRY_ENDPOINT",
            context.declaration.variable_prefix()
        ),
        Mode::Off if decision.because == Source::Place => {
            "run it as yourself, with HOME an absolute path to a directory of yours".to_owned()
        }
        Mode::Off => {
            let places: Vec<&str> = noes.iter().map(|finding| finding.place.as_str()).collect();
            format!("take back each no ({}), then `{}`", places.join(", "), context.call("on"))
        }
    }
}
