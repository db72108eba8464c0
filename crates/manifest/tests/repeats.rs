//! What `fold` and `daily` leave of a sequence of events, in a real spool: `tests/vectors/repeats.json`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use std::path::Path;

use aboveboard_core::consent::{Host, Question, decide};
use aboveboard_core::environment::Environment;
use aboveboard_core::inspect;
use aboveboard_core::paths::Paths;
use aboveboard_core::recorder::Recorder;
use aboveboard_types::declaration::{Component, Declaration};
use aboveboard_types::envelope::Header;
use aboveboard_types::event::{Declared, Event, EventKind};
use aboveboard_types::outcome::Unrecorded;
use aboveboard_types::value::{Value, Version};
use serde_json::Value as Json;

fn declaration() -> Declaration {
    let text = include_str!("../../../tests/vectors/telemetry.toml");
    aboveboard_manifest::parse(text, "telemetry.toml").unwrap().declaration().release(true)
}

fn header() -> Header {
    let environment = Environment::of([("", ""); 0]);
    environment.header(Component::App, Version::parse("1.2.3").unwrap(), true)
}

/// What a program of the product records, from its start to its end.
fn record(declaration: &Declaration, places: &Paths, start: u64, recorded: &[Json]) {
    let environment = Environment::of([("", ""); 0]);
    let host = Host::default().flag(Some("true"));
    let component = Component::App;
    let question =
        Question { declaration, component, host: &host, environment: &environment, places: Some(places) };
    let recorder = Recorder::open(decide(&question).permit().unwrap(), declaration, places, header());
    for entry in recorded {
        let time = start + entry["at"].as_u64().unwrap();
        let name = entry["event"].as_str().unwrap();
        for _ in 0..entry["count"].as_u64().unwrap_or(1) {
            let fields = entry["fields"].as_object().unwrap().iter().map(|(name, value)| {
                let value = match value {
                    Json::Bool(flag) => Value::Flag(*flag),
                    Json::String(choice) => Value::Choice(choice),
                    other => panic!("{other}"),
                };
                (name.as_str(), value)
            });
            let declared = Declared { name, fields: fields.collect(), times: 1 };
            let fate = recorder.record(&Event { time, kind: EventKind::Declared(declared) });
            assert!(matches!(fate, Ok(_) | Err(Unrecorded::RecordedToday)), "{name}: {fate:?}");
        }
    }
}

/// The events of the next batch.
fn batch(declaration: &Declaration, directory: &Path, now: u64) -> Json {
    let places = Paths::in_directory(directory);
    let environment = Environment::of([("", ""); 0]);
    let host = Host::default().flag(Some("true"));
    let component = Component::App;
    let question =
        Question { declaration, component, host: &host, environment: &environment, places: Some(&places) };
    let permit = decide(&question).permit();
    let text = inspect::preview(permit.as_ref(), declaration, Some(&places), &header(), &[], now);
    let batch: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(batch["outcomes"], serde_json::json!({}), "nothing is dropped");
    batch["events"].clone()
}

#[test]
fn every_sequence_becomes_the_batch_that_the_vectors_say() {
    let vectors: Json = serde_json::from_str(include_str!("../../../tests/vectors/repeats.json")).unwrap();
    let start = vectors["start"].as_u64().unwrap();
    let cases = vectors["cases"].as_array().unwrap();
    assert!(cases.len() > 15);
    let declaration = declaration();
    for case in cases {
        let directory = tempfile::tempdir().unwrap();
        let places = Paths::in_directory(directory.path());
        let recorded = case["recorded"].as_array().unwrap();
        for program in recorded.split(|entry| entry.get("restart").is_some()) {
            record(&declaration, &places, start, program);
        }
        let last = recorded.iter().filter_map(|entry| entry["at"].as_u64()).max().unwrap();
        assert_eq!(batch(&declaration, directory.path(), start + last), case["batch"], "{}", case["why"]);
    }
}
