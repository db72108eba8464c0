//! The Atom feed of what changed, read by a parser that goes by RFC 4287 and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Command, Stdio};

use aboveboard_collector::Scope;
use serde_json::Value;

use crate::clock;
use crate::history::{collector_with_a_past, lay_a_past};
use crate::operators::make;
use crate::program::not_run;
use crate::test_collector::{TOKEN, TestCollector, batch, exchange, exchange_as_stranger, now, settled};

fn feed(collector: &TestCollector) -> String {
    let answer = collector.get("/feed.atom?product=quarry");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/atom+xml; charset=utf-8"));
    answer.text()
}

/// The feed as the parser of the tests' data reads it, which fails for whatever RFC 4287 does not allow.
fn read(feed: &str) -> Value {
    let parser = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/atom.py");
    let mut python = Command::new("python3");
    python.arg(parser).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut python = python.spawn().expect("python3");
    python.stdin.take().unwrap().write_all(feed.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "{}\n{feed}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_feed_is_atom_and_names_each_change_once_by_the_day_it_began() {
    let collector = collector_with_a_past();
    let text = feed(&collector);
    let read = read(&text);
    assert_eq!(read["title"], "Quarry: what changed");
    assert_eq!(read["id"], "tag:telemetry.quarry.example,2026:aboveboard/quarry");
    let entries = read["entries"].as_array().unwrap();
    let bad: Vec<_> = entries.iter().filter(|entry| entry["category"] == "bad").collect();
    assert!(!bad.is_empty(), "{text}");
    for entry in &bad {
        let id = entry["id"].as_str().unwrap();
        assert!(id.starts_with("tag:telemetry.quarry.example,2026:aboveboard/quarry/"), "{id}");
        assert!(entry["title"].as_str().unwrap().starts_with("Look: “init” fails for "), "{entry}");
    }
    // The failures that began three days ago and last are told once.
    let of_init =
        bad.iter().filter(|entry| entry["id"].as_str().unwrap().ends_with("/command/init/error/more"));
    assert_eq!(of_init.count(), 1, "{text}");
    let ids: BTreeSet<_> = entries.iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), entries.len(), "{text}");
    assert_eq!(feed(&collector), text, "asked again");
    // What comes today changes no day that is over.
    for number in 0..50 {
        assert_eq!(collector.post(&batch(number)).status, 202);
    }
    collector.settled();
    assert_eq!(feed(&collector), text, "with more of today");
}

#[test]
fn the_links_of_the_feed_are_seen_from_its_own_address() {
    let collector = collector_with_a_past();
    let read = read(&feed(&collector));
    let links = read["links"]
        .as_array()
        .unwrap()
        .iter()
        .chain(read["entries"].as_array().unwrap().iter().map(|entry| &entry["link"]));
    let mut asked = 0;
    for link in links {
        let link = link.as_str().unwrap();
        assert!(!link.starts_with('/') && !link.contains("://"), "{link}");
        let answer = collector.get(&format!("/{}", link.strip_prefix("./").unwrap_or(link)));
        assert_eq!(answer.status, 200, "{link}");
        asked += 1;
    }
    assert!(asked >= 3);
}

#[test]
fn a_reader_states_the_token_as_password_or_bearer_and_nobody_else_reads() {
    let collector = collector_with_a_past();
    let ask = |headers: &str, query: &str| {
        let request = format!("GET /feed.atom{query} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n");
        exchange_as_stranger(collector.address(), request.as_bytes())
    };
    let quarry = "?product=quarry";
    let stranger = ask("", quarry);
    assert_eq!(stranger.status, 401);
    let challenge = stranger.header("www-authenticate").unwrap().to_owned();
    assert!(challenge.to_lowercase().contains("basic"), "a reader asks for the password: {challenge}");
    // `reader:token-of-the-operator`
    assert_eq!(TOKEN, "token-of-the-operator");
    let password = "authorization: Basic cmVhZGVyOnRva2VuLW9mLXRoZS1vcGVyYXRvcg==\r\n";
    assert_eq!(ask(password, quarry).status, 200);
    assert_eq!(ask(&make(&collector, "r", Scope::Read, Some("quarry")), quarry).status, 200);
    assert_eq!(ask(&make(&collector, "m", Scope::Read, Some("mason")), quarry).status, 404);
    for (query, status) in
        [("", 400), ("?product=", 400), ("?product=nobody", 404), ("?product=quarry&token=x", 400)]
    {
        assert_eq!(ask(password, query).status, status, "{query}");
    }
}

#[test]
fn an_entry_has_the_same_bytes_on_every_day_on_which_it_is_told() {
    let Some(library) = clock::library() else { return not_run("libfaketime is not installed") };
    let scene = clock::Scene::new(library);
    lay_a_past(&scene.data());
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    let mut again = 0;
    scene.set(now());
    let program = scene.start();
    settled(program.address);
    for later in 0..4 {
        scene.set(now() + later * 86_400);
        let request = b"GET /feed.atom?product=quarry HTTP/1.1\r\nhost: localhost\r\n\r\n";
        let text = exchange(program.address, request).text();
        for entry in text.split("<entry>").skip(1) {
            let id = entry.split("</id>").next().unwrap().to_owned();
            let entry = entry.split("</entry>").next().unwrap().to_owned();
            match told.get(&id) {
                Some(known) => {
                    assert_eq!(*known, entry);
                    again += 1;
                }
                None => drop(told.insert(id, entry)),
            }
        }
    }
    assert!(!told.is_empty() && again >= 3, "{told:?}");
}
