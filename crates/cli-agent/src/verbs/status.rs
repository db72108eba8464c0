//! `status`: what was decided, which source decided, and what would change it.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::SystemTime;

use aboveboard_core::consent::answer::StoredAnswer;
use aboveboard_core::consent::{Asked, Explanation, Finding, Mode, Reading, Source, explain};
use aboveboard_core::identity::stored_secret;
use aboveboard_types::clock::{day_stamp, stamp};
use aboveboard_types::declaration::{Declaration, Policy};
use aboveboard_types::id::Id;
use clap::ArgMatches;

use super::document::Document;
use super::{Context, Exit, delivering, network, print, say, words};
use crate::helper::DueFile;
use crate::roots::{self, Roots};

/// Prints the status as a text, as JSON, or as an exit code alone; warnings go to stderr.
pub(super) fn run(context: &Context<'_>, arguments: &ArgMatches) -> Exit {
    if let Some(url) = arguments.get_one::<String>("server") {
        let token_file = arguments.get_one::<PathBuf>("token-file");
        return network::status_of_server(context, url, token_file.map(PathBuf::as_path));
    }
    let explanation = explain(&context.question());
    if arguments.get_flag("check") {
        return check(explanation.decision.mode);
    }
    let shown = if arguments.get_flag("json") {
        print(document(context, &explanation))
    } else {
        print(text(context, &explanation).trim_end())
    };
    for warning in warnings(context, &explanation) {
        say(format_args!("warning: {warning}"));
    }
    if shown { Exit::Done } else { Exit::Failed }
}

/// The exit code that stands for a mode.
fn check(mode: Mode) -> Exit {
    match mode {
        Mode::On => Exit::Done,
        Mode::Local => Exit::Local,
        Mode::Off => Exit::Off,
        Mode::Undecided => Exit::Undecided,
    }
}

/// The status for people.
fn text(context: &Context<'_>, explanation: &Explanation) -> String {
    let decision = &explanation.decision;
    let mode = decision.mode.name();
    let because = words::source(decision.because);
    let Declaration { name, controller, retention, .. } = context.declaration();
    let mut text = String::new();
    // Writing into a `String` cannot fail.
    let _ = writeln!(text, "telemetry of {name}: {mode} (because of the {because})");
    let endpoint = explanation.endpoint.as_ref().map_or("none", |endpoint| endpoint.as_str());
    let _ = writeln!(text, "collector: {endpoint}");
    if let Some((proxy, variable)) = proxy(context, explanation) {
        let _ = writeln!(text, "proxy: {proxy} ({variable})");
    }
    if let Some((installation, host)) = installation(context, explanation) {
        let _ = writeln!(text, "installation: {installation} (at {host})");
    }
    let _ = writeln!(text, "controller: {controller}");
    let _ = writeln!(text, "kept for: {retention}");
    if let Some(paths) = &context.paths {
        let _ = writeln!(text, "state directory: {}", paths.state().display());
    }
    if let (Mode::On, Some(next)) = (decision.mode, next_delivery(context)) {
        let _ = writeln!(text, "sent next: with the first command after {}", stamp(next));
    }
    if let (Mode::On, Some(deliverer)) = (decision.mode, delivering::deliverer(context)) {
        let _ = writeln!(text, "sent by: {}", delivering::by(context, &deliverer));
    }
    if let Some(unfinished) = delivering::unfinished(context) {
        let _ = writeln!(text, "deliveries: {unfinished}");
    }
    if let StoredAnswer::Answer(answer) = &explanation.answer {
        let choice = answer.choice.name();
        let surface = answer.surface.name();
        let _ = writeln!(text, "answered: {choice} at {} by {surface}", stamp(answer.at));
    }
    match asked(context) {
        Asked::Never => {}
        asked @ Asked::On(day) => {
            let again = asked.next().map(day_stamp).unwrap_or_default();
            let _ = writeln!(text, "asked: on {}, without an answer; again from {again} on", day_stamp(day));
        }
        Asked::Unreadable => {
            text.push_str("asked: what is kept of that cannot be read; you are not asked again\n")
        }
    }
    if let Some(family) = context.paths.as_ref().and_then(|paths| paths.family_answer()) {
        let family = family.display();
        let _ = writeln!(text, "your answers also hold for tools of its family that never ask: {family}");
    }
    let wider = decision.permit().map(|permit| permit.wider(context.declaration())).unwrap_or_default();
    if !wider.is_empty() {
        let _ = writeln!(text, "not recorded until you answer again: {}", wider.join("; "));
    }
    text.push_str("sources, of which any opt-out beats any consent:\n");
    for finding in &explanation.findings {
        let _ = writeln!(text, "  {:<18} {:<11} {}", finding.source.name(), says(finding), finding.place);
    }
    let _ = writeln!(text, "to change it: {}", advice(context, explanation));
    text
}

/// What is kept of a question that was not answered.
fn asked(context: &Context<'_>) -> Asked {
    context.paths.as_ref().map_or(Asked::Never, Asked::read)
}

/// The id under which the collector in use knows this installation, and that collector's host. No id is made here.
fn installation(context: &Context<'_>, explanation: &Explanation) -> Option<(Id, String)> {
    let secret = stored_secret(context.paths.as_ref()?).ok().flatten()?;
    let endpoint = explanation.endpoint.as_ref()?;
    Some((secret.at(&context.declaration().product, endpoint).id(), endpoint.identity_host()))
}

/// The proxy that is used for the collector, and the variable that names it.
fn proxy(context: &Context<'_>, explanation: &Explanation) -> Option<(String, &'static str)> {
    network::proxy(context, explanation.endpoint.as_ref()?)
}

/// When the next helper may start, in seconds since 1970.
pub(super) fn next_delivery(context: &Context<'_>) -> Option<u64> {
    let interval = context.settings.interval();
    let date = DueFile::of(context.paths.as_ref()?.state(), interval).date(SystemTime::now())?;
    Some(date.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs())
}

/// The status for programs. Its keys are stable; its sentences may change.
fn document(context: &Context<'_>, explanation: &Explanation) -> Document {
    let decision = &explanation.decision;
    let source = |finding: &Finding| {
        Document::Object(vec![
            ("source", Document::text(finding.source.name())),
            ("place", Document::text(&finding.place)),
            ("says", Document::text(says(finding))),
        ])
    };
    let asked = match asked(context) {
        Asked::On(day) => Some(day_stamp(day)),
        Asked::Never | Asked::Unreadable => None,
    };
    let (installation, host) = installation(context, explanation).unzip();
    let sent_by = delivering::deliverer(context).and_then(Result::ok).as_ref().map(delivering::name);
    Document::Object(vec![
        ("product", Document::text(&context.declaration().product)),
        ("component", Document::text(context.settings.component.name())),
        ("mode", Document::text(decision.mode.name())),
        ("because", Document::text(decision.because.name())),
        ("policy", Document::text(explanation.policy.name())),
        ("endpoint", Document::of(explanation.endpoint.as_ref().map(|endpoint| endpoint.as_str()))),
        ("proxy", Document::of(proxy(context, explanation).map(|(proxy, _)| proxy))),
        ("asked", Document::of(asked)),
        ("installation", Document::of(installation)),
        ("host", Document::of(host)),
        ("sent_by", Document::of(sent_by)),
        ("unfinished", Document::of(delivering::unfinished(context))),
        ("state", Document::of(context.paths.as_ref().map(|paths| paths.state().display()))),
        ("sources", Document::List(explanation.findings.iter().map(source).collect())),
        ("warnings", Document::list(warnings(context, explanation))),
        ("to_change", Document::text(advice(context, explanation))),
    ])
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

/// What cannot be read, and therefore counts as an opt-out, an endpoint that cannot be used, and roots that do not count.
fn warnings(context: &Context<'_>, explanation: &Explanation) -> Vec<String> {
    let unreadable = explanation
        .findings
        .iter()
        .filter(|finding| finding.reading == Reading::Unreadable)
        .map(|finding| format!("{} cannot be read and counts as an opt-out", finding.place));
    let unusable = explanation.unusable.iter().map(ToString::to_string);
    let unreleased = words::release_of_another(context.declaration());
    let ignored =
        explanation.endpoint.as_ref().and_then(|endpoint| match roots::named(&context.settings, endpoint) {
            Roots::Ignored(why) => Some(format!("{} is ignored: {why}", roots::variable(&context.settings))),
            Roots::Unnamed | Roots::File(_) => None,
        });
    let blocked =
        explanation.endpoint.as_ref().and_then(|endpoint| network::unusable_proxy(context, endpoint));
    let blocked = blocked.map(|problem| problem.what);
    unreadable.chain(unusable).chain(unreleased).chain(ignored).chain(blocked).collect()
}

/// What the user can do to change the mode.
fn advice(context: &Context<'_>, explanation: &Explanation) -> String {
    let decision = &explanation.decision;
    let on = context.call_to_decide(true);
    let off = context.call_to_decide(false);
    match decision.mode {
        Mode::On => format!("{off} refuses, {} keeps everything here", context.call("local")),
        Mode::Local => format!("{on} allows sending, {off} refuses all"),
        Mode::Undecided if decision.because == Source::Endpoint => format!(
            "your answer was given for another endpoint or under other terms; {on} allows, {off} refuses"
        ),
        Mode::Undecided => format!("{on} allows, {off} refuses"),
        Mode::Off if explanation.policy == Policy::Off => {
            "nothing can: this product collects nothing here".to_owned()
        }
        Mode::Off if decision.because == Source::Endpoint && explanation.unusable.is_none() => {
            let moved = if explanation.policy == Policy::Follow {
                "no answer of its family covers it"
            } else {
                "XDG_CONFIG_HOME the place of the answer, so no stored answer counts"
            };
            format!(
                "a variable names the endpoint, and {moved}; {}ENABLE_TELEMETRY=true in the same environment allows",
                context.declaration().variable_prefix()
            )
        }
        Mode::Off if decision.because == Source::Endpoint && explanation.unusable.is_some() => {
            let prefix = context.declaration().variable_prefix();
            format!(
                "name a collector with https and a public address in {prefix}TELEMETRY_ENDPOINT, or allow a private one, \
                 and plain http to it, by {prefix}TELEMETRY_ALLOW_PRIVATE=true"
            )
        }
        Mode::Off if matches!(decision.because, Source::Build | Source::Endpoint) => format!(
            "this build sends nothing by itself; name a collector in {}TELEMETRY_ENDPOINT",
            context.declaration().variable_prefix()
        ),
        Mode::Off if decision.because == Source::Place => {
            "run it as yourself, with HOME an absolute path to a directory of yours".to_owned()
        }
        Mode::Off if decision.because == Source::Family => {
            "allow it in another tool of its family: this one follows the answer given there".to_owned()
        }
        Mode::Off => {
            // The stored answer is replaced by `on` itself, unless it is the one that lies in the usual place.
            let replaced = context.paths.as_ref().filter(|_| context.has_words());
            let replaced = replaced.map(|paths| paths.answer().display().to_string());
            let is_lifted_by_hand = |finding: &&Finding| {
                let is_replaced =
                    finding.source == Source::Answer && replaced.as_ref() == Some(&finding.place);
                finding.reading.is_no() && !is_replaced
            };
            let places =
                explanation.findings.iter().filter(is_lifted_by_hand).map(|finding| finding.place.as_str());
            let places: Vec<&str> = places.collect();
            if places.is_empty() {
                return format!("{on} allows");
            }
            format!("first undo what turns it off ({}), then {on}", places.join(", "))
        }
    }
}
