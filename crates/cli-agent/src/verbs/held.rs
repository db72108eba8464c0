//! `held`: what the collectors hold of this installation, fetched by a proof that lets nobody erase.

use std::time::Instant;

use aboveboard_core::consent::Mode;
use aboveboard_core::endpoint::Endpoint;
use aboveboard_core::identity::{self, Secret};
use aboveboard_delivery::{By, Collector, Request, Transport as _, limits};
use aboveboard_types::clock;
use aboveboard_types::headers::PROOF;
use aboveboard_types::id::Id;
use aboveboard_types::possession::{Possession, Purpose};
use aboveboard_wire::{HELD_PATH, Subject};
use serde_json::{Value, json};

use super::holders::holders;
use super::{Context, Exit, print, say, words};
use crate::transport::Http;

/// Most pages that are fetched of one collector: more than any retention has days.
const MAX_PAGES: usize = 5_000;

/// What one collector holds.
struct Held {
    endpoint: Endpoint,
    installation: Id,
    first: Value,
    last: Value,
    retention: Value,
    days: Vec<Value>,
}

/// Asks every collector that data was sent to, and prints what it holds.
pub(super) fn run(context: &Context<'_>, as_json: bool) -> Result<Exit, Exit> {
    let paths = context.paths()?;
    let stored = identity::stored_secret(paths).map_err(|error| {
        say(format_args!("error: {error}; nothing was asked"));
        Exit::Failed
    })?;
    let Some(secret) = stored else { return Ok(without_id(context, as_json)) };
    let known = holders(context, paths)?;
    if known.is_empty() {
        say("nothing was sent yet, so no collector holds anything of this installation");
    }
    let mut held = Vec::new();
    let mut exit = Exit::Done;
    for collector in &known {
        match of_collector(context, &secret, collector) {
            Ok(found) => held.push(found),
            Err(why) => {
                say(format_args!("{}: {why}", collector.endpoint));
                exit = Exit::Later;
            }
        }
    }
    let shown = if as_json {
        print(Value::Array(held.iter().map(Held::document).collect()))
    } else {
        held.iter().all(Held::print)
    };
    if shown { Ok(exit) } else { Err(Exit::Failed) }
}

/// Without an id nothing can be proved, and nobody is asked.
fn without_id(context: &Context<'_>, as_json: bool) -> Exit {
    if as_json {
        print("[]");
    }
    say(format_args!(
        "there is no installation id here, so no collector can be asked what it holds of yours: {}",
        words::state(context)
    ));
    match context.decide().mode {
        Mode::Off => Exit::Off,
        Mode::Undecided => Exit::Undecided,
        Mode::On | Mode::Local => Exit::Done,
    }
}

/// All pages of one collector, or why there are none.
fn of_collector(context: &Context<'_>, secret: &Secret, collector: &Collector) -> Result<Held, String> {
    let endpoint =
        Endpoint::parse(&collector.endpoint, context.allows_private()).map_err(|why| why.to_string())?;
    let in_use = context.question().endpoint().ok().flatten();
    if collector.by == By::Process && in_use.as_ref() != Some(&endpoint) {
        return Err("a flag or a variable had named it, so it is asked only where it is the endpoint in use"
            .to_owned());
    }
    let possession = secret.at(&context.declaration().product, &endpoint);
    let mut held = Held {
        installation: possession.id(),
        endpoint,
        first: Value::Null,
        last: Value::Null,
        retention: Value::Null,
        days: Vec::new(),
    };
    let mut from = None;
    for _ in 0..MAX_PAGES {
        let mut page = page(context, &held.endpoint, &possession, from.as_deref())?;
        for (key, into) in
            [("first", &mut held.first), ("last", &mut held.last), ("retention", &mut held.retention)]
        {
            *into = page[key].take();
        }
        if let Value::Array(days) = page["days"].take() {
            held.days.extend(days);
        }
        match page["next"].as_str() {
            // A page that leads nowhere but to itself is the last.
            Some(next) if from.as_deref() != Some(next) => from = Some(next.to_owned()),
            _ => break,
        }
    }
    Ok(held)
}

/// One page, which has to be about this installation.
fn page(
    context: &Context<'_>,
    endpoint: &Endpoint,
    possession: &Possession,
    from: Option<&str>,
) -> Result<Value, String> {
    let declaration = context.declaration();
    let installation = possession.id();
    let subject = Subject::Installation(installation);
    let mut question = json!({ "product": declaration.product });
    if let Some(from) = from {
        question["from"] = from.into();
    }
    let body = question.to_string().into_bytes();
    let request = Request::post(endpoint, HELD_PATH, subject, &declaration.ingest_key, clock::now(), body)
        .with(PROOF, possession.proof(Purpose::Read).to_string());
    let deadline = Instant::now() + limits::REQUEST_TIMEOUT;
    let reply = Http::of(endpoint, &context.settings).before(deadline).post(&request);
    let reply = reply.map_err(|failure| format!("it does not answer ({})", failure.name()))?;
    if let Some(reason) = reply.refusal(subject) {
        return Err(format!("it does not say what it holds ({})", reason.name()));
    }
    let read = serde_json::from_slice(&reply.body).ok();
    read.filter(|page: &Value| reply.status == 200 && page["installation"] == installation.to_string())
        .ok_or_else(|| format!("what answers is no collector: status {}", reply.status))
}

impl Held {
    fn document(&self) -> Value {
        json!({
            "endpoint": self.endpoint.as_str(),
            "host": self.endpoint.identity_host(),
            "installation": self.installation.to_string(),
            "first": self.first,
            "last": self.last,
            "retention": self.retention,
            "days": self.days,
        })
    }

    /// Prints it for people, a line for each event.
    fn print(&self) -> bool {
        let host = self.endpoint.identity_host();
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let head = match &self.first {
            Value::Null => format!("{host} holds nothing of installation {}", self.installation),
            first => format!(
                "{host} holds of installation {}, from {} to {}, kept for {}:",
                self.installation,
                text(first),
                text(&self.last),
                text(&self.retention)
            ),
        };
        let mut lines = vec![head];
        for day in &self.days {
            lines.push(text(&day["day"]));
            lines.extend(day["events"].as_array().into_iter().flatten().map(|event| format!("  {event}")));
            if let Some(more @ 1..) = day["left_out"].as_u64() {
                lines.push(format!("  and {more} more"));
            }
        }
        lines.iter().all(print)
    }
}
