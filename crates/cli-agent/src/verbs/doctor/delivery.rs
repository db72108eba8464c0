//! What keeps a delivery from being started, or from its end.

use aboveboard_core::consent::{Mode, Source};

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
        Problem::new("unseen-yes", what, source, format!("run `{}`", context.call("on")))
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
    nobody.into_iter().chain(unseen).chain(relative).collect()
}
