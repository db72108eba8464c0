//! Handing an erasure in.

use std::time::Instant;

use aboveboard_delivery::{By, Request, Transport as _};
use aboveboard_types::clock;
use aboveboard_types::headers::PROOF;
use aboveboard_types::refusal::Subject;
use aboveboard_wire::{ERASE_PATH, ErasureReceipt};

use super::endpoint;
use crate::tickets::Ticket;
use crate::transport::Http;
use crate::verbs::{Context, say};

/// Sends one erasure. True if the collector took it.
pub(crate) fn hand_in(context: &Context<'_>, ticket: &Ticket, deadline: Instant) -> bool {
    // A ticket was written for an endpoint that passed the check; whether it still does is decided anew.
    let endpoint = match endpoint::read(context, &ticket.endpoint) {
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
