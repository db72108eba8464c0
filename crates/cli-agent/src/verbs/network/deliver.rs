//! `deliver`: what the helper would do, in the foreground, for a timer of the system.

use std::time::Instant;

use aboveboard_core::consent::{Mode, Permit};
use aboveboard_core::paths::Paths;
use aboveboard_core::spool::Spool;
use aboveboard_delivery::limits;
use aboveboard_types::clock::stamp;

use crate::helper::{self, Hindrance};
use crate::verbs::{Context, Exit, counted, say, status, words};

/// Delivers what is due. It says something only where it is asked to explain, or where something is wrong.
pub(crate) fn deliver(context: &Context<'_>, explain: bool) -> Exit {
    let deadline = Instant::now() + limits::REQUEST_TIMEOUT;
    let explained = |words: String, exit| {
        if explain {
            say(words);
        }
        exit
    };
    let decision = context.decide();
    let permit = decision.permit().filter(Permit::may_send);
    let (Some(permit), Some(paths)) = (permit, context.paths.as_ref()) else {
        let exit = match decision.mode {
            Mode::Local => Exit::Local,
            Mode::Undecided => Exit::Undecided,
            Mode::On | Mode::Off => Exit::Off,
        };
        return explained(format!("nothing is sent: {}", words::state(context)), exit);
    };
    let spool = Spool::open(&permit, context.declaration(), paths);
    let newer = spool.as_ref().map_or(0, Spool::newer);
    if newer > 0 {
        let segments = counted(newer, "segment");
        say(format_args!(
            "error: {segments} of what is recorded cannot be sent by this manifest: a newer one is needed"
        ));
        // The turn is left to who has it.
        if spool.is_some_and(|spool| spool.is_all_newer()) {
            return Exit::Failed;
        }
    }
    let exit = deliver_due(context, &permit, paths, deadline, explained);
    if newer > 0 && exit == Exit::Done { Exit::Failed } else { exit }
}

fn deliver_due(
    context: &Context<'_>,
    permit: &Permit,
    paths: &Paths,
    deadline: Instant,
    explained: impl Fn(String, Exit) -> Exit,
) -> Exit {
    let settings = &context.settings;
    let hindered = |hindrance| {
        if hindrance == Hindrance::Nothing {
            return explained("nothing is recorded".to_owned(), Exit::Done);
        }
        if hindrance == Hindrance::Busy {
            return explained("another process delivers".to_owned(), Exit::Done);
        }
        say(format_args!("error: {}; nothing is sent", cause(hindrance, paths)));
        Exit::Failed
    };
    if let Err(hindrance) = helper::can_take_turn(paths) {
        return hindered(hindrance);
    }
    // A server's reports have turns of their own, and what has come by them is due.
    if settings.directory.is_none() && !helper::is_turn(settings, permit, paths) {
        let next = status::next_delivery(context)
            .map_or_else(String::new, |next| format!(" before {}", stamp(next)));
        return explained(format!("nothing is due{next}"), Exit::Done);
    }
    let before = waiting(context, permit, paths);
    match helper::turn(settings, permit, paths, settings.interval(), deadline) {
        Ok(delivered) if delivered.left == 0 => {
            let stuck = waiting(context, permit, paths).min(before);
            if delivered.verdicts.is_empty() && stuck > 0 {
                let events = counted(usize::try_from(stuck).unwrap_or(usize::MAX), "event");
                let state = paths.state().display();
                say(format_args!(
                    "error: {events} cannot be made into a batch: there is no room for it in {state}, or a stopped process holds them"
                ));
                return Exit::Failed;
            }
            explained(format!("{} sent", counted(delivered.verdicts.len(), "batch")), Exit::Done)
        }
        Ok(delivered) => {
            let until =
                delivered.retry.map_or_else(String::new, |retry| format!(", not before {}", stamp(retry)));
            let left = counted(delivered.left, "batch");
            explained(format!("the collector has not taken everything yet: {left} left{until}"), Exit::Later)
        }
        Err(hindrance) => hindered(hindrance),
    }
}

/// How many events wait that this manifest can send to the endpoint in use.
fn waiting(context: &Context<'_>, permit: &Permit, paths: &Paths) -> u64 {
    let spool = Spool::open(permit, context.declaration(), paths).filter(|spool| spool.newer() == 0);
    let usage = spool.map(|spool| spool.usage()).unwrap_or_default();
    usage.events - usage.elsewhere
}

/// What keeps a delivery from its work.
fn cause(hindrance: Hindrance, paths: &Paths) -> String {
    let state = paths.state().display();
    match hindrance {
        Hindrance::Lock(error) => format!("the lock of deliveries in {state} cannot be taken: {error}"),
        Hindrance::Unreadable(error) => format!("what is recorded in {state} cannot be read: {error}"),
        Hindrance::Secret => format!("the secret in {state} cannot be read, or is not there"),
        Hindrance::Erasure => "an erasure was interrupted and cannot be finished".to_owned(),
        Hindrance::Busy | Hindrance::Nothing => String::new(),
    }
}
