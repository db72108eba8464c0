//! `forget`: the collector deletes what it received from this installation, and the id ends.
//!
//! The proof is the installation's secret, which nobody else has. It goes out once; afterwards the secret is
//! gone here too. Where the collector cannot be reached, the proof stays behind as a ticket, one line for each
//! erasure, and the next `forget` or `send` hands it in.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use aboveboard_core::clock;
use aboveboard_core::consent::answer::{self, StoredAnswer};
use aboveboard_core::consent::{self, TICKET};
use aboveboard_core::delivery::{Endpoint, Request, Transport as _, collectors};
use aboveboard_core::inspect;
use aboveboard_core::paths::Paths;
use aboveboard_core::wire::ERASE_PATH;

use super::Exit;
use super::context::{Context, say};
use crate::transport::Http;

/// The file of the secret in the state directory.
const SECRET: &str = "secret";

/// One erasure: where to, and what.
struct Ticket {
    endpoint: String,
    body: String,
}

impl Ticket {
    fn line(&self) -> String {
        format!("{} {}\n", self.endpoint, self.body)
    }

    fn parse(line: &str) -> Option<Self> {
        let (endpoint, body) = line.split_once(' ')?;
        Some(Self { endpoint: endpoint.to_owned(), body: body.to_owned() })
    }
}

/// Erases, then starts over: id, spool and sent log go, the answer stays.
pub(super) fn forget(context: &Context<'_>) -> Exit {
    let exit = erase(context);
    let Some(places) = &context.places else { return exit };
    if let Err(error) = consent::purge(places) {
        say(format_args!("error: {error}"));
        return Exit::Failed;
    }
    exit
}

/// Has the collector delete. What cannot be told now becomes a ticket. Nothing is deleted here.
pub(super) fn erase(context: &Context<'_>) -> Exit {
    let places = match context.places() {
        Ok(places) => places,
        Err(exit) => return exit,
    };
    let earlier = redeem(context);
    let Some(secret) = secret(places) else {
        if earlier == Exit::Done {
            say("there is no id here, so nothing is left that could be erased");
        } else {
            say(format_args!(
                "{} still to be told; nothing else was sent",
                counted(tickets(places), "erasure")
            ));
        }
        return earlier;
    };
    let body = format!("{{\"product\":\"{}\",\"secret\":\"{secret}\"}}", context.declaration.product);
    let all = went(places).into_iter().map(|endpoint| Ticket { endpoint, body: body.clone() });
    let all: Vec<Ticket> = all.collect();
    if all.is_empty() {
        say("nothing was sent that could be erased");
        return earlier;
    }
    let left: Vec<Ticket> = all.into_iter().filter(|ticket| !hand_in(context, ticket)).collect();
    if left.is_empty() {
        return earlier;
    }
    match keep(places, &left) {
        Ok(()) => {
            say(format_args!("it will be asked again by: {}", context.call("forget")));
            Exit::Later
        }
        Err(error) => {
            say(format_args!("error: the ticket for later could not be kept: {error}"));
            Exit::Failed
        }
    }
}

/// Hands in the tickets of earlier erasures.
pub(super) fn redeem(context: &Context<'_>) -> Exit {
    let Some(places) = &context.places else { return Exit::Done };
    let tickets = waiting(places);
    if tickets.is_empty() {
        return Exit::Done;
    }
    let left: Vec<Ticket> = tickets.into_iter().filter(|ticket| !hand_in(context, ticket)).collect();
    // The rest is kept before the whole goes, so that none is lost between the two.
    let file = file(places);
    let done = if left.is_empty() { fs::remove_file(&file) } else { replace(places, &left) };
    if let Err(error) = done {
        say(format_args!("error: {}: {error}", file.display()));
    }
    // The directory goes with its last ticket, if nothing else is in it.
    let _ = fs::remove_dir(places.state());
    if left.is_empty() { Exit::Done } else { Exit::Later }
}

/// How many erasures wait.
pub(super) fn tickets(places: &Paths) -> usize {
    waiting(places).len()
}

fn waiting(places: &Paths) -> Vec<Ticket> {
    let Ok(content) = fs::read_to_string(file(places)) else { return Vec::new() };
    content.lines().filter_map(Ticket::parse).collect()
}

fn hand_in(context: &Context<'_>, ticket: &Ticket) -> bool {
    // A ticket was written for an endpoint that had passed the check; what is allowed now decides anew.
    let endpoint = match Endpoint::parse(&ticket.endpoint, context.allows_private()) {
        Ok(endpoint) => endpoint,
        Err(why) => {
            say(format_args!("the erasure cannot be sent: {why}"));
            return false;
        }
    };
    let body = ticket.body.clone().into_bytes();
    let request = Request::post(&endpoint, ERASE_PATH, &context.declaration.ingest_key, clock::now(), body);
    match Http::of(&endpoint, context.declaration).post(&request) {
        Ok(reply) if reply.status == 202 => {
            say(format_args!("{endpoint} has taken the erasure and deletes within a day"));
            true
        }
        Ok(reply) => {
            say(format_args!("{endpoint} did not take the erasure: status {}", reply.status));
            false
        }
        Err(failure) => {
            say(format_args!("{endpoint} does not answer ({})", failure.name()));
            false
        }
    }
}

/// Where data went, and nowhere else: the secret is shown to nobody who could not have it already. What was sent
/// before this was written down went to the endpoint of the stored answer.
fn went(places: &Paths) -> Vec<String> {
    let known = collectors(places);
    if !known.is_empty() || inspect::sent(places).is_empty() {
        return known;
    }
    match answer::read(places.answer()) {
        StoredAnswer::Answer(answer) => answer.endpoint.into_iter().collect(),
        _ => Vec::new(),
    }
}

/// A number of things, in words.
pub(super) fn counted(number: usize, thing: &str) -> String {
    let plural = match thing.strip_suffix("ch") {
        _ if number == 1 => "",
        Some(_) => "es",
        None => "s",
    };
    format!("{number} {thing}{plural}")
}

fn secret(places: &Paths) -> Option<String> {
    let content = fs::read_to_string(places.state().join(SECRET)).ok()?;
    let secret = content.trim_end();
    let is_secret = secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_secret.then(|| secret.to_owned())
}

fn file(places: &Paths) -> PathBuf {
    places.state().join(TICKET)
}

fn keep(places: &Paths, tickets: &[Ticket]) -> std::io::Result<()> {
    write(OpenOptions::new().append(true).create(true), &file(places), tickets)
}

fn replace(places: &Paths, tickets: &[Ticket]) -> std::io::Result<()> {
    let passing = places.state().join("ticket.tmp");
    write(OpenOptions::new().write(true).truncate(true).create(true), &passing, tickets)?;
    fs::rename(passing, file(places))
}

fn write(options: &mut OpenOptions, path: &PathBuf, tickets: &[Ticket]) -> std::io::Result<()> {
    let flags = rustix::fs::OFlags::NOFOLLOW.bits() as i32;
    let lines: String = tickets.iter().map(Ticket::line).collect();
    let mut file = options.mode(0o600).custom_flags(flags).open(path)?;
    file.write_all(lines.as_bytes())?;
    file.sync_all()
}
