//! In place of `network` in a build without the feature `uploader`: the agent of the machine does what such a build cannot,
//! or the verbs say what is missing.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use aboveboard_core::consent::{Permit, Source};
use aboveboard_core::endpoint::Endpoint;
use aboveboard_core::product_file;

use super::doctor::Problem;
use super::{CALLED, Context, Exit, say};
use crate::helper::{self, COMPANIONS};
use crate::left;
use crate::tickets::Ticket;

/// Says that nothing is done, and what a person can do instead.
fn refuse(what: &str, help: &str) -> Exit {
    say(format_args!("error: this build has no uploader: it {what}"));
    say(format_args!("help: {help}, or install aboveboard-agent as {}", COMPANIONS[0]));
    Exit::Failed
}

/// Has the agent of the machine run a verb. `None` where there is none, or nothing by which it could know this product.
fn by_agent(context: &Context<'_>, verb: &str, arguments: &[&OsStr]) -> Option<Exit> {
    let is_called = context.settings.environment.var(CALLED).is_some();
    let agent = helper::companion().filter(|_| !is_called && context.settings.directory.is_none())?;
    let paths = context.paths.as_ref()?;
    let decision = context.decide();
    let permit = decision.permit().filter(Permit::may_send);
    let words = left::words(&context.settings, paths);
    match &permit {
        Some(permit) => left::keep(&context.settings, permit, paths),
        None => product_file::lend(paths, context.declaration(), &words).ok()?,
    }
    let mut command = Command::new(agent);
    let (_, file) = left::variable(paths);
    command.arg("--manifest").arg(file).arg(verb);
    let words = context.settings.hints().verb("");
    command.args(words.map(|words| format!("--program={}", words.trim_end()))).args(arguments);
    command.env(CALLED, "true");
    let is_of_host = matches!(decision.because, Source::Flag | Source::Config);
    helper::hand_over(&mut command, &context.settings, permit.is_some() && is_of_host);
    if permit.is_none() && is_of_host && verb == "send" {
        // The agent cannot see this no.
        command.env(context.settings.variable_name("ENABLE_TELEMETRY"), "false");
    }
    let ended = command.status();
    if permit.is_none() {
        product_file::take_back(paths);
    }
    Some(ended.ok()?.code().and_then(Exit::of).unwrap_or(Exit::Failed))
}

pub(super) fn send(context: &Context<'_>) -> Exit {
    by_agent(context, "send", &[]).unwrap_or_else(|| {
        let export = context.call("export FILE");
        refuse(
            "sends nothing",
            &format!("write a file with {export}, and import it where there is an uploader"),
        )
    })
}

pub(super) fn deliver(_context: &Context<'_>, _explain: bool) -> Exit {
    refuse("sends nothing", "deliver with a build that has one")
}

pub(super) fn import(context: &Context<'_>, path: &OsStr) -> Result<Exit, Exit> {
    by_agent(context, "import", &[path])
        .ok_or_else(|| refuse("sends nothing", "import the file with a build that has one"))
}

pub(super) fn held(context: &Context<'_>, as_json: bool) -> Result<Exit, Exit> {
    let arguments: &[&OsStr] = if as_json { &[OsStr::new("--json")] } else { &[] };
    by_agent(context, "held", arguments)
        .ok_or_else(|| refuse("asks no collector what it holds", "ask with a build that has one"))
}

pub(super) fn published(context: &Context<'_>, site: Option<&str>, as_json: bool) -> Exit {
    let site = site.map(|site| ["--site", site]);
    let arguments = site.into_iter().flatten().chain(as_json.then_some("--json")).map(OsStr::new);
    by_agent(context, "published", &arguments.collect::<Vec<_>>())
        .unwrap_or_else(|| refuse("reads no published figures", "read them with a build that has one"))
}

pub(super) fn status_of_server(context: &Context<'_>, url: &str, token_file: Option<&Path>) -> Exit {
    let mut arguments = vec![OsStr::new("--server"), OsStr::new(url)];
    arguments
        .extend(token_file.map(|file| [OsStr::new("--token-file"), file.as_os_str()]).into_iter().flatten());
    by_agent(context, "status", &arguments)
        .unwrap_or_else(|| refuse("asks no server", "ask with a build that has one"))
}

/// An erasure is handed in by the agent of the machine, which hands in every one that waits. Where there is none, it waits as
/// a ticket.
pub(super) fn hand_in(context: &Context<'_>, ticket: &Ticket, _deadline: Instant) -> bool {
    let ended = by_agent(context, "forget", &[]);
    if ended.is_none() {
        let endpoint = &ticket.endpoint;
        say(format_args!(
            "this build has no uploader, so {endpoint} is asked to erase by one that has, and not before"
        ));
    }
    ended == Some(Exit::Done)
}

/// The collector is not asked either.
pub(super) fn ask_collector(_context: &Context<'_>) -> Option<Problem> {
    None
}

/// No way is chosen here.
pub(super) fn proxy(_context: &Context<'_>, _endpoint: &Endpoint) -> Option<(String, &'static str)> {
    None
}

/// None is used either.
pub(super) fn unusable_proxy(_context: &Context<'_>, _endpoint: &Endpoint) -> Option<Problem> {
    None
}

/// Nobody is trusted here.
pub(super) fn unusable_roots(_context: &Context<'_>, _endpoint: &Endpoint) -> Vec<Problem> {
    Vec::new()
}
