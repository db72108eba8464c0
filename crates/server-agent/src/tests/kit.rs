//! What these tests share: a product that reports quickly, and waiting for what it does.

use std::path::Path;
use std::time::{Duration, Instant};

use aboveboard_core::consent::answer;
use aboveboard_core::consent::{Choice, Host, Question, Surface};
use aboveboard_core::environment::Environment;
use aboveboard_core::paths::Paths;
use aboveboard_testing::Collector;
use aboveboard_types::declaration::{Component, Declaration};
use tempfile::TempDir;

use crate::Agent;
use aboveboard_testkit::server_product::declaration;

pub(crate) fn product() -> &'static Declaration {
    Box::leak(Box::new(declaration()))
}

/// Quick enough for a test: no first delay, a delivery each second.
pub(crate) const QUICK: [(&str, &str); 2] =
    [("QUARRY_TELEMETRY_FIRST_DELAY", "0"), ("QUARRY_TELEMETRY_DELIVER", "1")];

pub(crate) fn agent(endpoint: impl Into<String>, directory: &Path) -> Agent {
    Agent::new(product(), "2.3.4")
        .environment(Environment::of(QUICK))
        .endpoint(endpoint)
        .allow_private(true)
        .directory(directory)
        .notice(|_| ())
}

/// What lies in the directory, the answer apart.
pub(crate) fn remains(directory: &TempDir) -> Vec<String> {
    let entries = std::fs::read_dir(directory.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "consent" && name != "agreed").collect()
}

pub(crate) fn say(directory: &TempDir, endpoint: &str, choice: Choice) {
    let host = Host::default().endpoint(Some(endpoint.to_owned())).allow_private(true);
    let declaration = declaration();
    let environment = Environment::of(QUICK);
    let paths = Paths::in_directory(directory.path());
    let question = Question {
        declaration: &declaration,
        component: Component::Server,
        host: &host,
        environment: &environment,
        places: Some(&paths),
    };
    let now = aboveboard_types::clock::now();
    answer::store(&paths, question.declaration, &question.answer(choice, Surface::Verb, now)).unwrap();
}

/// Asks again and again until it holds; the agent has no hook for tests.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(60), "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) fn received(
    collector: Collector,
) -> tokio::task::JoinHandle<(Collector, aboveboard_testing::Received)> {
    tokio::task::spawn_blocking(move || {
        let batch = collector.await_batch();
        (collector, batch)
    })
}
