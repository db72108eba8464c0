//! What was recorded of a user: what has arrived at a collector, and what waits.

use aboveboard_core::consent::{Host, Permit, decide};
use aboveboard_core::environment::Environment;
use aboveboard_core::inspect;
use aboveboard_core::spool::Spool;
use aboveboard_testing::Collector;
use aboveboard_types::clock;
use aboveboard_types::declaration::Component;
use aboveboard_types::value::Version;
use serde_json::Value;

use crate::state::User;

/// The events of a user in words, sorted: `add`, `add failed`, `add unfinished`; those that the manifest declares by name.
pub(crate) fn events(user: &User, collector: &Collector) -> Vec<String> {
    user.home.await_end_of_programs();
    let arrived = collector.batches().into_iter().map(|batch| batch.body);
    let mut events: Vec<String> =
        arrived.chain(waiting(user, &collector.endpoint())).flat_map(|body| in_words(&body)).collect();
    events.sort_unstable();
    events
}

/// The batches that were not sent, after everything is sealed: what a command left that did not end is reported so.
fn waiting(user: &User, endpoint: &str) -> Vec<String> {
    let host = Host::default().endpoint(Some(endpoint.to_owned())).allow_private(true);
    let places = user.places();
    let Some(permit) = decide(&user.question(&host, &places)).permit() else { return Vec::new() };
    if !permit.may_send() {
        return vec![shown(user, &permit)];
    }
    let Some(spool) = Spool::open(&permit, user.declaration, &places) else { return Vec::new() };
    spool.seal(clock::now());
    let batches = spool.pending().into_iter().filter_map(|batch| spool.claim(batch, clock::now()));
    batches.map(|batch| String::from_utf8(batch.body.clone()).expect("a body of text")).collect()
}

/// What waits where nothing is ever sent, as its user is shown it.
fn shown(user: &User, permit: &Permit) -> String {
    let header = Environment::of([("", "")]).header(Component::Cli, Version::default(), false);
    let places = user.places();
    inspect::preview(Some(permit), user.declaration, Some(&places), &header, &[], clock::now())
}

fn in_words(body: &str) -> Vec<String> {
    let body: Value = serde_json::from_str(body).expect("a body");
    body["events"].as_array().into_iter().flatten().map(event).collect()
}

fn event(event: &Value) -> String {
    let is = |key: &str| event[key] == Value::Bool(true);
    let Some(command) = event["command"].as_str() else {
        return event["name"].as_str().unwrap_or("an event without a name").to_owned();
    };
    let ending = match (is("error"), is("unfinished")) {
        (true, _) => " failed",
        (_, true) => " unfinished",
        _ => "",
    };
    format!("{command}{ending}")
}
