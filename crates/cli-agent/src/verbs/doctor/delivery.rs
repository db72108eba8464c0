//! What keeps a delivery from being started, or from its end.

use aboveboard_core::consent::{Mode, Source};
use aboveboard_core::own_files::{DUE, HELPER_LOCK, UNFINISHED};
use aboveboard_core::paths::Paths;

use super::problem::Problem;
use crate::verbs::context::Context;
use crate::verbs::{delivering, words};

/// Looks at who delivers, where telemetry is on.
pub(super) fn look(context: &Context<'_>) -> Vec<Problem> {
    let decision = context.decide();
    if decision.mode != Mode::On {
        return Vec::new();
    }
    let nobody = delivering::deliverer(context).and_then(Result::err);
    let is_unseen = matches!(decision.because, Source::Flag | Source::Config) && nobody.is_some();
    let unseen = is_unseen.then(|| {
        let source = words::source(decision.because);
        let what = format!("only the {source} says yes, which an agent that a timer starts does not see");
        Problem::new("unseen-yes", what, source, format!("run {}", context.call("on")))
    });
    let nobody = nobody.map(|nobody| {
        let what = format!("nothing delivers what is recorded: {}", delivering::because(&nobody));
        let place =
            context.paths.as_ref().map_or_else(String::new, |paths| paths.state().display().to_string());
        Problem::new("no-deliverer", what, place, delivering::remedy(context))
    });
    let relative = delivering::relative_helper(context).map(|named| {
        let what = "the path of the program that is to deliver is not absolute, so that it is not started";
        Problem::new("relative-helper", what, named, "report it to the product's makers")
    });
    let unfinished = delivering::unfinished(context).map(|unfinished| {
        let place = context.paths.as_ref().map(|paths| paths.state().join(UNFINISHED).display().to_string());
        let remedy = format!(
            "run {} now, and have what runs it deliver in a way that lasts: a container's program by `deliver_at_exit`, \
             or a timer by `aboveboard-agent deliver`",
            context.call("send")
        );
        Problem::new("unfinished", unfinished, place.unwrap_or_default(), remedy)
    });
    let locks = context.paths.as_ref().and_then(locks);
    nobody.into_iter().chain(unseen).chain(relative).chain(unfinished).chain(locks).collect()
}

/// A file system without locks: no process could be sure that it is the one to seal or to send.
fn locks(paths: &Paths) -> Option<Problem> {
    let state = paths.open_state().ok()?;
    // Whichever is there.
    let file = [DUE, HELPER_LOCK].into_iter().find_map(|name| state.append(name).ok())?;
    let error = file.try_lock_shared().err()?;
    let what = format!("the file system has no locks, so nothing is recorded or sent: {error}");
    let remedy = "let XDG_STATE_HOME name a directory of yours on another file system";
    Some(Problem::new("no-locks", what, paths.state().display().to_string(), remedy))
}
