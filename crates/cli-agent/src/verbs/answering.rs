//! `on`, `local`, `off`: the stored answer.

use std::sync::atomic::AtomicBool;

use aboveboard_core::consent::{self, Choice, Mode, Surface};
use aboveboard_core::identity::{self, Secret};
use aboveboard_delivery::Collector;
use aboveboard_types::clock;
use aboveboard_types::declaration::Policy;

use super::{Context, Exit, erasure, say, words};
use crate::keyboard::Keyboard;
use crate::prompt::{MAX_ANSWER_TIME, say as say_open};
use crate::terminal;

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

/// Stores an opt-out, which deletes id, spool and sent log. With `forget` the collector deletes too. Without it a person
/// who is there is asked, since afterwards nobody can prove which data are theirs.
pub(super) fn off(context: &Context<'_>, forget: bool) -> Result<Exit, Exit> {
    let name = &context.declaration().name;
    let in_usual = context.in_usual_places();
    // Where a variable leads to no place of the user, nothing is recorded; without it, the usual places count again.
    let context = in_usual.as_ref().unwrap_or(context);
    let paths = context.paths().inspect_err(|_| help_with_variable(context))?;
    // The opt-out deletes what the proofs are made of, so they are made, and stored, first.
    let usual_state = context.with_usual_state().filter(|usual| erasure::at_stake(usual).is_some());
    let states = [Some(context), usual_state.as_ref()].into_iter().flatten();
    let mut erasures = Vec::new();
    let mut at_stake = Vec::new();
    for state in states {
        if forget {
            erasures.push((state, erasure::prepare(state).map(|erasure| erasure::secure(state, erasure))));
        } else {
            at_stake.extend(erasure::at_stake(state).map(|given_up| (state, given_up)));
        }
    }
    let stored = store(context, Choice::No);
    if stored.is_ok() {
        say(format_args!("telemetry of {name} is off; what was recorded here is deleted"));
    } else if matches!(identity::stored_secret(paths), Ok(Some(_))) {
        if forget {
            say(format_args!(
                "the installation id is still here; to try again: {}",
                context.call("off --forget")
            ));
        }
        return stored.map(|()| Exit::Done);
    }
    let settled: Vec<_> = if forget {
        erasures.into_iter().map(|(state, left)| left.and_then(|left| erasure::settle(state, left))).collect()
    } else if !at_stake.is_empty() && is_given_up(context, &at_stake) {
        Vec::new()
    } else {
        let erase = |(state, (secret, known)): (_, (Secret, Vec<Collector>))| {
            let tickets = erasure::tickets_of(state, &secret, &known);
            let erasure = erasure::store(state, tickets)?;
            erasure::settle(state, erasure::secure(state, erasure))
        };
        at_stake.into_iter().map(erase).collect()
    };
    let erased = settled.into_iter().find(|exit| *exit != Ok(Exit::Done)).unwrap_or(Ok(Exit::Done));
    stored.and(erased)
}

/// Says who keeps what was sent, and asks whether it stays there.
fn is_given_up(context: &Context<'_>, at_stake: &[(&Context<'_>, (Secret, Vec<Collector>))]) -> bool {
    let known = at_stake.iter().flat_map(|(_, (_, known))| known);
    let mut endpoints: Vec<&str> = known.map(|known| &*known.endpoint).collect();
    endpoints.sort_unstable();
    endpoints.dedup();
    say(format_args!("what was sent before is not deleted: {} keeps it", endpoints.join(", ")));
    !wants_it_erased(context)
}

/// Offers an erasure for the last time. An interrupt, the end of the input and no answer in time are a no: telemetry is off
/// already.
fn wants_it_erased(context: &Context<'_>) -> bool {
    if !terminal::has_person(&context.settings.environment) {
        say(format_args!(
            "nobody can prove any more that it is yours; {} would have had it deleted first",
            context.call("off --forget")
        ));
        return false;
    }
    let asks = "Have it deleted there too? After this nobody can prove that it is yours. [y/N] ";
    let keyboard = Keyboard::take().filter(|_| say_open(asks));
    let answer = keyboard.and_then(|keyboard| keyboard.read_line(MAX_ANSWER_TIME, &AtomicBool::new(false)));
    let is_yes =
        answer.is_some_and(|answer| matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"));
    if !is_yes {
        say("it stays there");
    }
    is_yes
}

/// Stores the answer for the endpoint that is in force, or says why it could not be stored.
fn store(context: &Context<'_>, choice: Choice) -> Result<(), Exit> {
    let paths = context.paths()?;
    let answer = context.question().answer(choice, Surface::Verb, clock::now());
    consent::store(&context.question(), paths, &answer).map_err(|error| {
        say(format_args!("error: {error}"));
        if choice != Choice::Yes {
            help_with_variable(context);
        }
        Exit::Failed
    })
}

/// Says how to opt out where no answer can be stored.
fn help_with_variable(context: &Context<'_>) {
    let variable = context.settings.variable_name("ENABLE_TELEMETRY");
    say(format_args!("help: set {variable}=false in the environment, which needs no file"));
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
