//! `forget`: the collectors delete what they received from this installation, and the id ends.
//!
//! Each collector gets a proof that is made for its host of the local secret, and is worth nothing at another. The proofs
//! are stored as tickets before the secret is deleted here, so that nothing can come between: a collector that cannot be
//! reached gets its ticket with the next `forget` or `send`.
//!
//! A collector that only a flag or a variable of some process had named gets its ticket while it is the endpoint in use,
//! and not before: whoever sets a variable is not always the person whose data it is.

use std::time::Instant;

use aboveboard_core::identity::{self, Secret};
use aboveboard_delivery::{Collector, limits};

use super::holders::holders;
use super::{Context, Exit, counted, network, say};
use crate::tickets::{self, Ticket};

/// What to hand in once the secret is deleted here.
pub(super) struct Erasure {
    tickets: Vec<Ticket>,
    is_stored: bool,
}

/// Erases, then starts over: id, spool and sent log go, the answer stays. Nothing goes here before every ticket is stored
/// or its collector has taken the erasure.
pub(super) fn forget(context: &Context<'_>) -> Result<Exit, Exit> {
    let paths = context.paths()?;
    let erasure = prepare(context)?;
    let left = secure(context, erasure);
    if !left.is_empty() {
        let left = counted(left.len(), "erasure");
        say(format_args!("error: {left} could not be stored for later; nothing was deleted here"));
        return Err(Exit::Failed);
    }
    let purged = aboveboard_core::consent::purge(paths);
    let exit = finish(context);
    purged.map_err(|error| {
        say(format_args!("error: {error}"));
        Exit::Failed
    })?;
    Ok(exit)
}

/// Makes the tickets and stores them. Nothing is deleted here and nothing sent.
///
/// # Errors
/// Where the secret or the list of collectors cannot be read: what cannot be proved is not to be given up in silence.
pub(super) fn prepare(context: &Context<'_>) -> Result<Erasure, Exit> {
    let paths = context.paths()?;
    let stored = identity::stored_secret(paths).map_err(|error| {
        say(format_args!("error: {error}; nothing was sent to a collector to be erased"));
        Exit::Failed
    })?;
    let is_waiting = !tickets::waiting(paths).is_empty();
    let Some(secret) = stored else {
        if !is_waiting {
            let controller = &context.declaration().controller;
            say(format_args!(
                "there is no installation id here, so no data can be proved to be yours; to have data deleted that was \
                 sent under an earlier id, write to {controller}"
            ));
        }
        return Ok(Erasure { tickets: Vec::new(), is_stored: true });
    };
    let tickets = tickets_of(context, &secret, &holders(context, paths)?);
    if tickets.is_empty() && !is_waiting {
        say("nothing was sent that could be erased");
    }
    store(context, tickets)
}

/// Stores tickets that were made before.
pub(super) fn store(context: &Context<'_>, tickets: Vec<Ticket>) -> Result<Erasure, Exit> {
    let is_stored = tickets.is_empty() || tickets::add(context.paths()?, &tickets).is_ok();
    Ok(Erasure { tickets, is_stored })
}

/// A ticket for each collector that may have data.
pub(super) fn tickets_of(context: &Context<'_>, secret: &Secret, known: &[Collector]) -> Vec<Ticket> {
    let product = &context.declaration().product;
    known.iter().filter_map(|collector| Ticket::of(product, secret, collector)).collect()
}

/// Sees to it that no erasure is lost with the secret: what could not be stored is handed in at once. Returns what no
/// collector took.
pub(super) fn secure(context: &Context<'_>, mut erasure: Erasure) -> Vec<Ticket> {
    if erasure.is_stored {
        return Vec::new();
    }
    let deadline = Instant::now() + limits::REQUEST_TIMEOUT;
    erasure.tickets.retain(|ticket| !network::hand_in(context, ticket, deadline));
    erasure.tickets
}

/// Finishes an erasure after an opt-out has deleted the secret. For what is left of it there may be room now; if not, it is
/// lost, and people are told of what.
pub(super) fn settle(context: &Context<'_>, left: Vec<Ticket>) -> Result<Exit, Exit> {
    let is_stored = left.is_empty() || tickets::add(context.paths()?, &left).is_ok();
    let exit = finish(context);
    if is_stored {
        return Ok(exit);
    }
    let controller = &context.declaration().controller;
    for Ticket { endpoint, installation, .. } in &left {
        say(format_args!(
            "error: the erasure at {endpoint} could be neither sent nor stored; it may keep what it has of the installation \
             {installation}, and nobody can prove any more that it is yours: to have it deleted, write to {controller} and \
             name that id"
        ));
    }
    Err(Exit::Failed)
}

/// Hands in what was stored now, and what earlier erasures left.
pub(super) fn finish(context: &Context<'_>) -> Exit {
    let redeemed = redeem(context, Instant::now() + limits::REQUEST_TIMEOUT);
    if redeemed == Exit::Later {
        say(format_args!("to try again: {}", context.call("forget")));
    }
    redeemed
}

/// Hands in the tickets that wait, as far as the time suffices. Only what a collector took is removed.
pub(super) fn redeem(context: &Context<'_>, deadline: Instant) -> Exit {
    let Some(paths) = &context.paths else { return Exit::Done };
    let waiting = tickets::waiting(paths);
    if waiting.is_empty() {
        return Exit::Done;
    }
    let mut left = waiting.unreadable.len();
    for place in &waiting.unreadable {
        say(format_args!(
            "error: {} cannot be read, so the erasure in it is not sent; it stays",
            place.display()
        ));
    }
    for ticket in &waiting.tickets {
        if !network::hand_in(context, ticket, deadline) {
            left += 1;
        } else if let Err(error) = tickets::remove(paths, ticket) {
            say(format_args!("error: {}: {error}", tickets::place(paths).display()));
        }
    }
    tickets::remove_if_empty(paths);
    if left == 0 { Exit::Done } else { Exit::Later }
}

/// What an opt-out would give up: the secret, and the collectors that have data under it. `None` where there is nothing.
pub(super) fn at_stake(context: &Context<'_>) -> Option<(Secret, Vec<Collector>)> {
    let paths = context.paths.as_ref()?;
    let secret = identity::stored_secret(paths).ok().flatten()?;
    let known = holders(context, paths).ok()?;
    (!known.is_empty()).then_some((secret, known))
}
