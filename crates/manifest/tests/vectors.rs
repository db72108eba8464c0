//! The test vectors that every checkpoint shares: `tests/vectors/events.json` under `tests/vectors/telemetry.toml`.
//! Here: the check that spool reading and ingest call, and that what it accepts is written back as it came.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use aboveboard_core::declaration::Component;
use aboveboard_core::wire;

#[derive(serde::Deserialize)]
struct Vector {
    why: String,
    component: String,
    verdict: String,
    event: serde_json::Value,
}

#[test]
fn the_check_decides_every_vector_as_written() {
    let manifest = aboveboard_manifest::parse(
        include_str!("../../../tests/vectors/telemetry.toml"),
        "tests/vectors/telemetry.toml",
    )
    .unwrap();
    let declaration = manifest.declaration();
    let vectors: Vec<Vector> =
        serde_json::from_str(include_str!("../../../tests/vectors/events.json")).unwrap();
    for Vector { why, component, verdict, event } in vectors {
        let json = event.to_string();
        let component = Component::parse(&component).unwrap();
        let read: Result<wire::Event<'_>, _> = serde_json::from_str(&json);
        let checked = read.as_ref().map(|read| read.check(component, &declaration));
        let found = match &checked {
            Err(_) => "malformed",
            Ok(Err(violation)) => violation.name(),
            Ok(Ok(_)) => "accepted",
        };
        assert_eq!(found, verdict, "{why}: {json}");
        if let Ok(Ok(checked)) = checked {
            let mut written = String::new();
            wire::push_event(&mut written, &checked);
            let written: serde_json::Value = serde_json::from_str(&written).unwrap();
            assert_eq!(written, event, "{why}");
        }
    }
}
