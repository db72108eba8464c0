//! In place of `network` in a build without the feature `uploader`: the verbs say what such a build cannot do.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Instant;

use aboveboard_core::endpoint::Endpoint;

use super::doctor::Problem;
use super::{Context, Exit, say};
use crate::tickets::Ticket;

/// Says that nothing is done, and what a person can do instead.
fn refuse(what: &str, help: &str) -> Exit {
    say(format_args!("error: this build has no uploader: it {what}"));
    say(format_args!("help: {help}"));
    Exit::Failed
}

pub(super) fn send(context: &Context<'_>) -> Exit {
    let export = context.call("export");
    refuse(
        "sends nothing",
        &format!("write a file with `{export} FILE`, and import it where there is an uploader"),
    )
}

pub(super) fn deliver(_context: &Context<'_>, _explain: bool) -> Exit {
    refuse("sends nothing", "deliver with a build that has one")
}

pub(super) fn import(_context: &Context<'_>, _path: &OsStr) -> Result<Exit, Exit> {
    Err(refuse("sends nothing", "import the file with a build that has one"))
}

pub(super) fn held(_context: &Context<'_>, _as_json: bool) -> Result<Exit, Exit> {
    Err(refuse("asks no collector what it holds", "ask with a build that has one"))
}

pub(super) fn status_of_server(_context: &Context<'_>, _url: &str, _token_file: Option<&Path>) -> Exit {
    refuse("asks no server", "ask with a build that has one")
}

/// No erasure is handed in here. It waits as a ticket for a build that can.
pub(super) fn hand_in(_context: &Context<'_>, ticket: &Ticket, _deadline: Instant) -> bool {
    let endpoint = &ticket.endpoint;
    say(format_args!(
        "this build has no uploader, so {endpoint} is asked to erase by one that has, and not before"
    ));
    false
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
