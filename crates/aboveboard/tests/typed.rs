//! The typed API that `manifest!` makes, and that what it records passes the check at ingest.
#![cfg(feature = "telemetry")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use std::time::Duration;

use aboveboard::declaration::Policy;
use aboveboard::id::Id;
use aboveboard::value::{Country, Value, Version};
use aboveboard::{Bounded, Counts as _, Record as _};
use aboveboard_types::declaration::Component;
use aboveboard_types::encode;

aboveboard::manifest!("../manifest/tests/fixtures/every.toml");

use telemetry::events::StartFinished;
use telemetry::events::start_finished::{Extensions, Provider};

fn passes_at_ingest(component: Component, event: &aboveboard::event::Event<'_>) {
    let mut json = String::new();
    encode::push_event(&mut json, event);
    let read: aboveboard_wire::WireEvent<'_> = serde_json::from_str(&json).unwrap();
    let checked = read.check(component, &telemetry::PRODUCT).unwrap();
    assert_eq!(&checked, event, "{json}");
}

#[test]
fn the_declaration_is_what_the_manifest_crate_reads() {
    let text = include_str!("../../manifest/tests/fixtures/every.toml");
    let manifest = aboveboard_manifest::parse(text, "every.toml").unwrap();
    assert_eq!(telemetry::PRODUCT, manifest.declaration());
    assert_eq!(telemetry::PRODUCT.app, Policy::Follow);
}

#[test]
fn typed_counts_report_every_declared_count() {
    let counts = telemetry::Counts {
        things: 3,
        kinds: telemetry::counts::Kinds { r#type: 1, self_: 2, _3d: 3, two_words: 4 },
        bricks: 5,
        roofs: 7,
    };
    let report =
        aboveboard::event::Event { time: 7, kind: aboveboard::event::EventKind::Report(counts.report()) };
    passes_at_ingest(Component::Server, &report);
}

#[test]
fn a_typed_event_records_edges_lists_and_other() {
    let event = StartFinished {
        ok: Some(true),
        retries: Some(Bounded::constant::<20>()),
        memory: Some(15),
        took: Some(Duration::from_millis(4_999)),
        provider: Some(Provider::from_external("a provider nobody declared")),
        extensions: Some(["kind", "compose", "kind", "mine"].map(Extensions::from_external).into()),
        engine: Version::from_product("v5.1.0-rc.2"),
        status: Bounded::new(404),
        region: Country::from_locale("de_AT.UTF-8"),
    }
    .event(7);
    passes_at_ingest(Component::App, &event);
    let aboveboard::event::EventKind::Declared(declared) = event.kind else { panic!("a declared event") };
    let of = |name| declared.fields.iter().find(|(field, _)| *field == name).unwrap().1.clone();
    assert_eq!(of("memory"), Value::Number(4));
    assert_eq!(of("took"), Value::Number(1_000));
    assert_eq!(of("provider"), Value::Choice("other"));
    assert_eq!(of("extensions"), Value::Set(vec!["compose", "kind", "other"]));
}

#[test]
fn a_request_is_counted_by_its_kind_and_reported_by_the_agent() {
    use telemetry::timings::requests::{Kind, Took, Transport, Type};
    let run = telemetry::TIMINGS.begin(Id::from_random([7; 16]));
    let took =
        Took { total: Duration::from_millis(3), database: Duration::from_millis(2), r#box: Duration::ZERO };
    let kind = Kind { r#type: Type::TwoWords, transport: Transport::from_external("websocket").unwrap() };
    telemetry::timings::REQUESTS.record(kind, took);
    telemetry::timings::REQUESTS.record(kind, took);
    let direction = telemetry::timings::jobs::Direction::Export;
    telemetry::timings::JOBS.record(telemetry::timings::jobs::Kind { direction }, Duration::from_secs(90));
    assert_eq!(Transport::from_external("carrier pigeon"), None);

    let timings = run.timings().unwrap();
    let [requests, jobs] = timings.of.as_slice() else { panic!("both timings: {timings:?}") };
    let cells: Vec<_> = [requests, jobs].iter().flat_map(|timing| &timing.cells).collect();
    assert_eq!(cells[0].kind, [("type", "two-words"), ("transport", "websocket")]);
    assert_eq!((cells[0].from, cells[0].count, cells[0].total), (1, 2, 6));
    assert_eq!(cells[0].parts, [("database", 4), ("box", 0)]);
    assert_eq!((cells[1].kind[0], cells[1].from, cells[1].total), (("direction", "export"), 60_000, 90_000));
    let report = aboveboard::event::Report { counts: Vec::new(), timings: Some(timings) };
    passes_at_ingest(
        Component::Server,
        &aboveboard::event::Event { time: 7, kind: aboveboard::event::EventKind::Report(report) },
    );
}

#[test]
fn what_is_left_out_is_not_recorded() {
    let event = StartFinished::default().event(7);
    passes_at_ingest(Component::App, &event);
}

mod quarry {
    aboveboard::manifest!("../../examples/quarry/telemetry.toml");
}

#[test]
fn quarry_declares_its_counts_and_commands_by_name() {
    let product = &quarry::telemetry::PRODUCT;
    for name in ["tables", "views", "relationships", "permissions", "event-triggers", "remote-schemas"] {
        assert!(product.counts.iter().any(|count| count.name == name), "{name}");
    }
    assert_eq!(quarry::telemetry::commands::METADATA_APPLY, "metadata apply");
    assert!(product.commands.iter().any(|command| command == "metadata apply"));
    assert!(!product.release);
}

#[test]
fn every_manifest_in_this_program_is_found_in_its_bytes() {
    let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let found = aboveboard_manifest::inspect(&program[..]).unwrap();
    for declared in [&telemetry::PRODUCT, &quarry::telemetry::PRODUCT] {
        let manifest = found.iter().find(|found| found.hash == declared.hash).unwrap();
        let manifest = aboveboard_manifest::parse(&manifest.text, "found").unwrap();
        assert_eq!(&manifest.declaration(), declared);
    }
}
