//! `uninstall`: nothing stays here, as if the program had never had telemetry.

use aboveboard_core::consent;
use aboveboard_core::paths::Paths;

use super::{Context, Exit, erasure, say};
use crate::tickets;

/// Deletes id, spool, sent log and answer. With `forget` the collector deletes first, and where it does not, nothing goes here
/// that its erasure needs.
pub(super) fn uninstall(context: &Context<'_>, forget: bool) -> Result<Exit, Exit> {
    let in_usual = context.in_usual_places();
    let context = in_usual.as_ref().unwrap_or(context);
    let paths = context.paths()?;
    let usual = context.settings.usual_paths();
    if forget {
        let erased = erasure::forget(context)?;
        if erased != Exit::Done {
            say("nothing else was deleted here: the request to the collector waits");
            return Ok(erased);
        }
    } else {
        say_what_stays(context);
    }
    for places in std::iter::once(paths).chain(&usual) {
        remove(places)?;
    }
    say(format_args!(
        "all that telemetry of {} kept here is deleted, the answer too",
        context.declaration().name
    ));
    if tickets::waiting(paths).is_empty() {
        return Ok(Exit::Done);
    }
    say(format_args!("but a request to delete what was sent waits; to send it: {}", context.call("forget")));
    Ok(Exit::Later)
}

fn remove(places: &Paths) -> Result<(), Exit> {
    consent::remove(places).map_err(|error| {
        say(format_args!("error: {error}"));
        Exit::Failed
    })
}

/// Says who keeps what was sent, since afterwards nobody can prove whose it is.
fn say_what_stays(context: &Context<'_>) {
    let Some((_, known)) = erasure::at_stake(context) else { return };
    let mut endpoints: Vec<&str> = known.iter().map(|known| &*known.endpoint).collect();
    endpoints.sort_unstable();
    endpoints.dedup();
    say(format_args!(
        "what was sent before is not deleted: {} keeps it, and nobody can prove any more that it is yours; {} has it \
         deleted first",
        endpoints.join(", "),
        context.call("uninstall --forget")
    ));
}
