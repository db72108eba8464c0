//! `forget`: the collector deletes what it received from this installation, and the id ends.
//!
//! The proof is the installation's secret, which only this installation has. It is sent once; afterwards the secret is
//! deleted here too. Where the collector cannot be reached, the proof stays behind as a ticket, and the next `forget` or
//! `send` hands it in.

use std::time::Instant;

use aboveboard_core::consent::answer::{self, StoredAnswer};
use aboveboard_core::endpoint::Endpoint;
use aboveboard_core::paths::Paths;
use aboveboard_core::{consent, identity, inspect};
use aboveboard_delivery::{Request, Transport as _, collectors, limits};
use aboveboard_types::id::Id;
use aboveboard_types::{clock, hex};
use aboveboard_wire::{ERASE_PATH, ErasureReceipt, Subject};

use super::tickets::{self, Ticket};
use super::{Context, Exit, counted, say};
use crate::transport::Http;

/// Erases, then starts over: id, spool and sent log go, the answer stays.
pub(super) fn forget(context: &Context<'_>) -> Result<Exit, Exit> {
    let exit = erase(context)?;
    consent::purge(context.paths()?).map_err(|error| {
        say(format_args!("error: {error}"));
        Exit::Failed
    })?;
    Ok(exit)
}

/// Has the collector delete. An erasure that cannot be sent now becomes a ticket. Nothing is deleted here.
pub(super) fn erase(context: &Context<'_>) -> Result<Exit, Exit> {
    let paths = context.paths()?;
    let deadline = Instant::now() + limits::REQUEST_TIMEOUT;
    let earlier = redeem(context, deadline);
    let stored = identity::stored_proof(paths).map_err(|error| {
        say(format_args!("error: {error}; nothing was sent to a collector to be erased"));
        Exit::Failed
    })?;
    let Some(proof) = stored else {
        if earlier == Exit::Done {
            let controller = &context.declaration().controller;
            say(format_args!(
                "there is no installation id here, so no data can be proved to be yours; to have data deleted that was \
                 sent under an earlier id, write to {controller}"
            ));
        } else {
            let waiting = counted(tickets::waiting(paths).len(), "erasure");
            say(format_args!("{waiting} still to be sent; there is no id here, so nothing else was sent"));
        }
        return Ok(earlier);
    };
    let body = format!("{{\"product\":\"{}\",\"secret\":\"{proof}\"}}", context.declaration().product);
    let endpoints = endpoints_sent_to(paths);
    if endpoints.is_empty() {
        say("nothing was sent that could be erased");
        return Ok(earlier);
    }
    let tickets = endpoints.into_iter().map(|endpoint| Ticket { endpoint, body: body.clone() });
    let left: Vec<Ticket> = tickets.filter(|ticket| !hand_in(context, ticket, deadline)).collect();
    if left.is_empty() {
        return Ok(earlier);
    }
    // Not an `Err`: a person who asked to delete what is here still wants that.
    Ok(match tickets::add(paths, &left) {
        Ok(()) => {
            say(format_args!("to try again: {}", context.call("forget")));
            Exit::Later
        }
        Err(error) => {
            say(format_args!("error: the ticket for later could not be stored: {error}"));
            Exit::Failed
        }
    })
}

/// Hands in the tickets of earlier erasures, as far as the time suffices.
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
    let Some(installation) = installation(&ticket.body) else {
        say(format_args!("the erasure for {endpoint} cannot be read"));
        return false;
    };
    let declaration = context.declaration();
    let subject = Subject::Installation(installation);
    let body = ticket.body.clone().into_bytes();
    let request = Request::post(&endpoint, ERASE_PATH, subject, &declaration.ingest_key, clock::now(), body);
    match Http::of(&endpoint, declaration).before(deadline).post(&request) {
        Ok(reply) if reply.status == 202 && ErasureReceipt::read(&reply.body, installation).is_some() => {
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

/// The installation that an erasure is about: the one that its secret belongs to.
fn installation(body: &str) -> Option<Id> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    let secret = hex::decode(body.get("secret")?.as_str()?.as_bytes())?;
    Some(Id::of_installation(body.get("product")?.as_str()?, &secret))
}

/// Whether a collector has data of the installation whose secret is here.
pub(super) fn has_sent(paths: &Paths) -> bool {
    identity::stored_proof(paths).is_ok_and(|proof| proof.is_some()) && !endpoints_sent_to(paths).is_empty()
}

/// Where data went, and nowhere else: the secret is sent to no endpoint that did not receive data. Data that was sent
/// before endpoints were stored went to the endpoint of the stored answer.
fn endpoints_sent_to(paths: &Paths) -> Vec<String> {
    let known = collectors(paths);
    if !known.is_empty() || inspect::sent(paths).is_empty() {
        return known;
    }
    match answer::read(paths.answer()) {
        StoredAnswer::Answer(answer) => answer.endpoint.into_iter().collect(),
        _ => Vec::new(),
    }
}
