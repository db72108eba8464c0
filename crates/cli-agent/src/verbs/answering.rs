//! `on`, `local`, `off`: the stored answer.

use aboveboard_core::clock;
use aboveboard_core::consent::{Answer, Choice, Mode, Surface, answer, explain};
use aboveboard_core::declaration::Policy;

use super::context::{Context, say};
use super::{Exit, erasure};

/// Stores a yes. Where something else still says no, that is said, and the exit code is that of off.
pub(super) fn on(context: &Context<'_>) -> Exit {
    if context.policy() == Policy::Off {
        say(format_args!("{} collects nothing here: there is nothing to allow", context.declaration.name));
        return Exit::Off;
    }
    match store(context, Choice::Yes) {
        Ok(()) => stands(context, Mode::On),
        Err(exit) => exit,
    }
}

/// Stores that everything stays here.
pub(super) fn local(context: &Context<'_>) -> Exit {
    match store(context, Choice::Local) {
        Ok(()) => stands(context, Mode::Local),
        Err(exit) => exit,
    }
}

/// Stores a no, which deletes id, spool and sent log. With `forget` the collector deletes too.
pub(super) fn off(context: &Context<'_>, forget: bool) -> Exit {
    if context.places.is_none() {
        // What is asked for is so already, as in the making of an image by a user without a home.
        say(format_args!(
            "telemetry of {} is off here: there is no home directory that is yours, so nothing is recorded",
            context.declaration.name
        ));
        return Exit::Done;
    }
    // The proof of possession goes with the no, so it is used first.
    let forgotten = if forget { erasure::erase(context) } else { Exit::Done };
    match store(context, Choice::No) {
        Ok(()) => {
            say(format_args!(
                "telemetry of {} is off; what was recorded here is deleted",
                context.declaration.name
            ));
            forgotten
        }
        Err(exit) => exit,
    }
}

fn store(context: &Context<'_>, choice: Choice) -> Result<(), Exit> {
    let places = context.places()?;
    let answer = Answer::new(choice, Surface::Verb, clock::now(), &context.question());
    answer::store(places, &answer).map_err(|error| {
        say(format_args!("error: {error}"));
        if choice == Choice::No {
            let variable = format!("{}ENABLE_TELEMETRY", context.declaration.variable_prefix());
            say(format_args!("help: set {variable}=false in the environment, which needs no file"));
        }
        Exit::Failed
    })
}

/// Says what the answer has come to.
fn stands(context: &Context<'_>, wanted: Mode) -> Exit {
    let explanation = explain(&context.question());
    let decision = &explanation.decision;
    if decision.mode == wanted {
        say(format_args!("telemetry of {} is {}", context.declaration.name, decision.mode.name()));
        return Exit::Done;
    }
    say(format_args!(
        "your answer is stored, but telemetry of {} is {} because of the {}; see: {}",
        context.declaration.name,
        decision.mode.name(),
        super::status::source_in_words(decision.because),
        context.call("status")
    ));
    Exit::Off
}
