//! What keeps a delivery from being started, or from its end.

use aboveboard_core::consent::Mode;

use super::problem::Problem;
use crate::verbs::context::Context;
use crate::verbs::delivering;

/// Looks at who delivers, where telemetry is on.
pub(super) fn look(context: &Context<'_>) -> Vec<Problem> {
    if context.decide().mode != Mode::On {
        return Vec::new();
    }
    let nobody = delivering::deliverer(context).and_then(Result::err).map(|nobody| {
        let what = format!("nothing delivers what is recorded: {}", delivering::because(&nobody));
        let place =
            context.paths.as_ref().map_or_else(String::new, |paths| paths.state().display().to_string());
        Problem::new("no-deliverer", what, place, delivering::remedy(context))
    });
    let relative = delivering::relative_helper(context).map(|named| {
        let what = "the path of the program that is to deliver is not absolute, so that it is not started";
        Problem::new("relative-helper", what, named, "report it to the product's makers")
    });
    nobody.into_iter().chain(relative).collect()
}
