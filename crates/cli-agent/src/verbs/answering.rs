//! `on`, `local`, `off`: the stored answer.

use aboveboard_core::consent::{Choice, Mode, Surface, answer};
use aboveboard_types::clock;
use aboveboard_types::declaration::Policy;

use super::{Context, Exit, erasure, say, words};

/// Stores consent. Where another source still opts out, it says so and exits with the code of off.
pub(super) fn on(context: &Context<'_>) -> Result<Exit, Exit> {
    if context.settings.policy() == Policy::Off {
        say(format_args!("{} collects nothing here: there is nothing to allow", context.declaration().name));
        return Ok(Exit::Off);
    }
    store(context, Choice::Yes)?;
    Ok(confirm(context, Mode::On))
}

/// Stores that everything stays here.
pub(super) fn local(context: &Context<'_>) -> Result<Exit, Exit> {
    store(context, Choice::Local)?;
    Ok(confirm(context, Mode::Local))
}

/// Stores an opt-out, which deletes id, spool and sent log. With `forget` the collector deletes too.
pub(super) fn off(context: &Context<'_>, forget: bool) -> Result<Exit, Exit> {
    if context.paths.is_none() {
        // Nothing could be recorded here, as in a container build by a user without a home.
        say(format_args!(
            "telemetry of {} is off here: there is no home directory of your own, so nothing is recorded",
            context.declaration().name
        ));
        return Ok(Exit::Done);
    }
    // The opt-out deletes the proof of possession, so it is used first.
    let erased = if forget { erasure::erase(context) } else { Ok(Exit::Done) };
    let leaves_data = !forget && context.paths.as_ref().is_some_and(erasure::has_sent);
    store(context, Choice::No)?;
    let name = &context.declaration().name;
    say(format_args!("telemetry of {name} is off; what was recorded here is deleted"));
    if leaves_data {
        say(format_args!(
            "what was sent before is not deleted, and nobody can prove any more that it is yours; `{} --forget` would \
             have had it deleted first",
            context.call("off")
        ));
    }
    erased
}

/// Stores the answer for the endpoint that is in force, or says why it could not be stored.
fn store(context: &Context<'_>, choice: Choice) -> Result<(), Exit> {
    let paths = context.paths()?;
    let answer = context.question().answer(choice, Surface::Verb, clock::now());
    answer::store(paths, context.declaration(), &answer).map_err(|error| {
        say(format_args!("error: {error}"));
        if choice == Choice::No {
            let variable = format!("{}ENABLE_TELEMETRY", context.declaration().variable_prefix());
            say(format_args!("help: set {variable}=false in the environment, which needs no file"));
        }
        Exit::Failed
    })
}

/// Says whether the stored answer has the effect that was asked for.
fn confirm(context: &Context<'_>, wanted: Mode) -> Exit {
    if context.decide().mode == wanted {
        say(format_args!("telemetry of {} is {}", context.declaration().name, wanted.name()));
        return Exit::Done;
    }
    let state = words::state(context);
    say(format_args!("your answer is stored, but {state}; see: {}", context.call("status")));
    Exit::Off
}
