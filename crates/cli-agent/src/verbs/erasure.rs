//! `forget`: the collectors delete what they received from this installation, and the id ends.
//!
//! Each collector gets a proof that is made for its host of the local secret, and is worth nothing at another. The proofs
//! are stored as tickets before the secret is deleted here, so that nothing can come between: a collector that cannot be
//! reached gets its ticket with the next `forget` or `send`.
//!
//! A collector that only a flag or a variable of some process had named gets its ticket while it is the endpoint in use,
//! and not before: whoever sets a variable is not always the person whose data it is.

use std::time::Instant;

use aboveboard_core::endpoint::Endpoint;
use aboveboard_core::identity::{self, Secret};
use aboveboard_core::paths::Paths;
use aboveboard_delivery::{By, Collector, Request, Transport as _, collectors, limits};
use aboveboard_types::clock;
use aboveboard_types::headers::PROOF;
use aboveboard_types::possession::Purpose;
use aboveboard_wire::{ERASE_PATH, ErasureReceipt, Subject};

use super::tickets::{self, Ticket};
use super::{Context, Exit, counted, say};
use crate::transport::Http;

/// What to hand in once the secret is deleted here.
pub(super) struct Erasure {
    tickets: Vec<Ticket>,
    is_stored: bool,
}

/// Erases, then starts over: id, spool and sent log go, the answer stays.
pub(super) fn forget(context: &Context<'_>) -> Result<Exit, Exit> {
    let paths = context.paths()?;
    let erasure = prepare(context)?;
    let purged = aboveboard_core::consent::purge(paths);
    let exit = finish(context, erasure);
    purged.map_err(|error| {
        say(format_args!("error: {error}"));
        Exit::Failed
    })?;
    Ok(exit)
}

/// Makes the tickets and stores them. Nothing is deleted here and nothing sent.
///
/// # Errors
/// Where the secret cannot be read: what cannot be proved is not to be given up in silence.
pub(super) fn prepare(context: &Context<'_>) -> Result<Erasure, Exit> {
    let paths = context.paths()?;
    let stored = identity::stored_secret(paths).map_err(|error| {
        say(format_args!("error: {error}; nothing was sent to a collector to be erased"));
        Exit::Failed
    })?;
    let waiting = tickets::waiting(paths).len();
    let Some(secret) = stored else {
        if waiting == 0 {
            let controller = &context.declaration().controller;
            say(format_args!(
                "there is no installation id here, so no data can be proved to be yours; to have data deleted that was \
                 sent under an earlier id, write to {controller}"
            ));
        }
        return Ok(Erasure { tickets: Vec::new(), is_stored: true });
    };
    let tickets = tickets_of(context, &secret, &collectors(paths));
    if tickets.is_empty() && waiting == 0 {
        say("nothing was sent that could be erased");
    }
    Ok(store(paths, tickets))
}

/// Stores tickets that were made before.
pub(super) fn store(paths: &Paths, tickets: Vec<Ticket>) -> Erasure {
    let is_stored = tickets.is_empty() || tickets::add(paths, &tickets).is_ok();
    Erasure { tickets, is_stored }
}

/// A ticket for each collector that may have data.
pub(super) fn tickets_of(context: &Context<'_>, secret: &Secret, known: &[Collector]) -> Vec<Ticket> {
    let product = &context.declaration().product;
    let ticket = |collector: &Collector| {
        // Data went there, so it was allowed; whether it still is, is decided when the ticket is handed in.
        let endpoint = Endpoint::parse(&collector.endpoint, true).ok()?;
        let possession = secret.at(product, &endpoint);
        Some(Ticket {
            endpoint: collector.endpoint.clone(),
            by: collector.by,
            installation: possession.id(),
            proof: possession.proof(Purpose::Forget),
        })
    };
    known.iter().filter_map(ticket).collect()
}

/// Hands in what was prepared, and what earlier erasures left.
pub(super) fn finish(context: &Context<'_>, erasure: Erasure) -> Exit {
    let deadline = Instant::now() + limits::REQUEST_TIMEOUT;
    let redeemed = redeem(context, deadline);
    if erasure.is_stored {
        if redeemed == Exit::Later {
            say(format_args!("to try again: {}", context.call("forget")));
        }
        return redeemed;
    }
    let left = erasure.tickets.iter().filter(|ticket| !hand_in(context, ticket, deadline)).count();
    if left == 0 {
        return redeemed;
    }
    say(format_args!("error: {} could not be stored for later", counted(left, "erasure")));
    Exit::Failed
}

/// Hands in the tickets that wait, as far as the time suffices.
pub(super) fn redeem(context: &Context<'_>, deadline: Instant) -> Exit {
    let Some(paths) = &context.paths else { return Exit::Done };
    let waiting = tickets::waiting(paths);
    if waiting.is_empty() {
        return Exit::Done;
    }
    let left: Vec<Ticket> =
        waiting.into_iter().filter(|ticket| !hand_in(context, ticket, deadline)).collect();
    if let Err(error) = tickets::keep(paths, &left) {
        say(format_args!("error: {}: {error}", tickets::file(paths).display()));
    }
    // The directory goes with its last ticket, if nothing else is in it.
    let _ = aboveboard_files::remove_empty(paths.state());
    if left.is_empty() { Exit::Done } else { Exit::Later }
}

/// Sends one erasure. True if the collector took it.
fn hand_in(context: &Context<'_>, ticket: &Ticket, deadline: Instant) -> bool {
    // A ticket was written for an endpoint that passed the check; whether it still does is decided anew.
    let endpoint = match Endpoint::parse(&ticket.endpoint, context.allows_private()) {
        Ok(endpoint) => endpoint,
        Err(why) => {
            say(format_args!("the erasure cannot be sent: {why}"));
            return false;
        }
    };
    let in_use = context.question().endpoint().ok().flatten();
    if ticket.by == By::Process && in_use.as_ref() != Some(&endpoint) {
        say(format_args!(
            "{endpoint} may have data too: a flag or a variable had named it, so it is asked to erase only where it is \
             the endpoint in use"
        ));
        return false;
    }
    let declaration = context.declaration();
    let subject = Subject::Installation(ticket.installation);
    let body = format!("{{\"product\":\"{}\"}}", declaration.product).into_bytes();
    let request = Request::post(&endpoint, ERASE_PATH, subject, &declaration.ingest_key, clock::now(), body)
        .with(PROOF, ticket.proof.to_string());
    match Http::of(&endpoint, &context.settings).before(deadline).post(&request) {
        Ok(reply)
            if reply.status == 202 && ErasureReceipt::read(&reply.body, ticket.installation).is_some() =>
        {
            say(format_args!("{endpoint} has taken the erasure and deletes within a day"));
            true
        }
        Ok(reply) => {
            let why = match reply.refusal(subject) {
                Some(reason) => reason.name().to_owned(),
                None => format!("what answers is no collector: status {}", reply.status),
            };
            say(format_args!("{endpoint} did not take the erasure ({why})"));
            false
        }
        Err(failure) => {
            say(format_args!("{endpoint} does not answer ({})", failure.name()));
            false
        }
    }
}

/// What an opt-out would give up: the secret, and the collectors that have data under it. `None` where there is nothing.
pub(super) fn at_stake(paths: &Paths) -> Option<(Secret, Vec<Collector>)> {
    let secret = identity::stored_secret(paths).ok().flatten()?;
    let known = collectors(paths);
    (!known.is_empty()).then_some((secret, known))
}
