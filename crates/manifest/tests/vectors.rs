//! The test vectors that every checkpoint shares: `tests/vectors/events.json` under `tests/vectors/telemetry.toml`.
//! Here: the check that spool reading and ingest call, that what it accepts is written back as it came, and what
//! becomes of lines in a real spool. Ingest reads the same file.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};

use aboveboard_core::consent::{self, Choice, Host, Permit, Question, Surface};
use aboveboard_core::environment::Environment;
use aboveboard_core::paths::Paths;
use aboveboard_core::spool::Spool;
use aboveboard_types::declaration::{Component, Declaration};
use aboveboard_types::encode;
use aboveboard_types::value::Version;

/// The time that stands in every vector.
const NOW: u64 = 1_795_338_000;

#[derive(serde::Deserialize)]
struct Vector {
    why: String,
    component: String,
    verdict: String,
    event: serde_json::Value,
    /// What is recorded of it, where that is less.
    recorded: Option<serde_json::Value>,
}

fn declaration() -> Declaration {
    let text = include_str!("../../../tests/vectors/telemetry.toml");
    aboveboard_manifest::parse(text, "tests/vectors/telemetry.toml").unwrap().declaration()
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("../../../tests/vectors/events.json")).unwrap()
}

#[test]
fn the_check_decides_every_vector_as_written() {
    let declaration = declaration();
    for Vector { why, component, verdict, event, recorded } in vectors() {
        let json = event.to_string();
        let component = Component::parse(&component).unwrap();
        let read: Result<aboveboard_wire::WireEvent<'_>, _> = serde_json::from_str(&json);
        let checked = read.as_ref().map(|read| read.check(component, &declaration));
        let found = match &checked {
            Err(_) => "malformed",
            Ok(Err(violation)) => violation.name(),
            Ok(Ok(_)) => "accepted",
        };
        assert_eq!(found, verdict, "{why}: {json}");
        if let Ok(Ok(checked)) = checked {
            let mut written = String::new();
            encode::push_event(&mut written, &checked);
            let written: serde_json::Value = serde_json::from_str(&written).unwrap();
            assert_eq!(&written, recorded.as_ref().unwrap_or(&event), "{why}");
        }
    }
}

#[test]
fn a_spool_gives_the_accepted_vectors_as_they_lie_there_and_counts_the_others_as_undeclared() {
    let declaration = declaration();
    let mut by_component: BTreeMap<String, Vec<Vector>> = BTreeMap::new();
    for vector in vectors() {
        by_component.entry(vector.component.clone()).or_default().push(vector);
    }
    assert_eq!(by_component.len(), 4);
    for (component, vectors) in by_component {
        let events: Vec<_> = vectors.iter().map(|vector| vector.event.to_string()).collect();
        let batch = sealed(&declaration, Component::parse(&component).unwrap(), &events);
        let accepted: Vec<_> = vectors
            .iter()
            .filter(|it| it.verdict == "accepted")
            .map(|it| it.recorded.as_ref().unwrap_or(&it.event))
            .collect();
        let found: Vec<_> = batch["events"].as_array().unwrap().iter().collect();
        assert_eq!(found, accepted, "{component}");
        let refused = vectors.len() - accepted.len();
        assert!(refused > 0 && !accepted.is_empty(), "{component}");
        assert_eq!(batch["outcomes"], serde_json::json!({ "undeclared": refused }), "{component}");
    }
}

/// The batch that a spool becomes in which `events` stand as if a foreign hand had written them.
fn sealed(declaration: &Declaration, component: Component, events: &[String]) -> serde_json::Value {
    let home = tempfile::tempdir().unwrap();
    let text = |name: &str| home.path().join(name).display().to_string();
    let environment = Environment::of([
        ("HOME", text("")),
        ("XDG_CONFIG_HOME", text("config")),
        ("XDG_STATE_HOME", text("state")),
        ("ABOVEBOARD_OFF_D", text("off.d")),
    ]);
    let places = Paths::of_user(declaration, &environment).unwrap();
    let permit = permit(declaration, &environment, &places);
    let mut header = String::new();
    let of = environment.header(component, Version::parse("1.2.3").unwrap(), true);
    encode::push_header(&mut header, declaration, &of, &declaration.endpoint);
    let mut origin = String::new();
    encode::push_origin(&mut origin, "0123456789abcdef0123456789abcdef", 20_000);
    let mut lines = line(&header) + &line(&origin);
    lines.extend(events.iter().map(|event| line(event)));
    let spool = places.state().join("spool");
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&spool).unwrap();
    let segment = spool.join("open-00000000.0");
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(segment).unwrap();
    std::io::Write::write_all(&mut file, lines.as_bytes()).unwrap();

    let spool = Spool::open(&permit, declaration, &places).unwrap();
    assert_eq!(spool.seal(NOW), 1);
    let claimed = spool.claim(spool.pending()[0], NOW).unwrap();
    serde_json::from_slice(&claimed.body).unwrap()
}

/// A permit to record and send, after a yes on the command line. Whatever component's it is, the spool is one.
fn permit(declaration: &Declaration, environment: &Environment, places: &Paths) -> Permit {
    let host = Host::default().endpoint(Some(declaration.endpoint.to_string()));
    let component = Component::Cli;
    let question = Question { declaration, component, host: &host, environment, places: Some(places) };
    let answer = question.answer(Choice::Yes, Surface::Verb, NOW - 60);
    consent::answer::store(places, declaration, &answer).unwrap();
    consent::decide(&question).permit().unwrap()
}

/// A line as a recorder frames it: its checksum, a space, itself.
fn line(json: &str) -> String {
    format!("{:08x} {json}\n", crc32(json.as_bytes()))
}

fn crc32(bytes: &[u8]) -> u32 {
    let bit = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
}
