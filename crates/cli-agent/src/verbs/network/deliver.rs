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
    // A server's reports have turns of their own, and what has come by them is due.
    if settings.directory.is_none() && !helper::is_turn(settings, permit, paths) {
        let next = status::next_delivery(context)
            .map_or_else(String::new, |next| format!(" before {}", stamp(next)));
        return explained(format!("nothing is due{next}"), Exit::Done);
    }
    match helper::turn(settings, permit, paths, settings.interval(), deadline) {
        Ok(delivered) if delivered.left == 0 => {
            explained(format!("{} sent", counted(delivered.verdicts.len(), "batch")), Exit::Done)
        }
        Ok(delivered) => {
            let until =
                delivered.retry.map_or_else(String::new, |retry| format!(", not before {}", stamp(retry)));
            let left = counted(delivered.left, "batch");
            explained(format!("the collector has not taken everything yet: {left} left{until}"), Exit::Later)
        }
        Err(Hindrance::Busy) => explained("another process delivers".to_owned(), Exit::Done),
        Err(Hindrance::Nothing) => explained("nothing is recorded".to_owned(), Exit::Done),
        Err(Hindrance::Erasure) => {
            say("error: an erasure was interrupted and cannot be finished; nothing is sent");
            Exit::Failed
        }
    }
}
