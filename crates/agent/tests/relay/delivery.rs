//! Delivery while it lives, and after its end.

use aboveboard_testing::Collector;
use aboveboard_types::declaration::Declaration;
use aboveboard_types::event::{Event, EventKind};

use super::home::{Home, Relay, VERSION, manifest, until};

fn declaration() -> &'static Declaration {
    let text = std::fs::read_to_string(manifest()).unwrap();
    Box::leak(Box::new(aboveboard_manifest::parse(&text, "telemetry.toml").unwrap().declaration()))
}

fn times(event: &Event<'_>) -> u64 {
    match &event.kind {
        EventKind::Declared(declared) => declared.times,
        _ => 1,
    }
}

fn relay(home: &Home, collector: &Collector, interval: &str) -> Relay {
    let mut command = home.relay(&["--explain", "--program-version", "2.1.0"]);
    command.env("VECTORS_TELEMETRY_ENDPOINT", collector.endpoint()).env("VECTORS_TELEMETRY_PERIOD", interval);
    // The answer names an endpoint; this yes names none.
    command.env("VECTORS_ENABLE_TELEMETRY", "true");
    let mut relay = Relay::start(command);
    relay.tell(&[VERSION]);
    relay
}

#[test]
fn it_delivers_once_an_interval_while_it_lives_and_leaves_no_zombie() {
    let home = Home::new();
    let collector = Collector::start(declaration());
    let mut relay = relay(&home, &collector, "1");
    for round in 0..2 {
        relay.tell(&[&format!("{{\"event\":\"start-finished\",\"fields\":{{\"retries\":{round}}}}}")]);
        relay.sync();
        let batch = collector.await_batch();
        assert_eq!(batch.events.len(), 1, "{batch:?}");
    }
    // It waits for its helpers as they end.
    let children = format!("task/{}/children", relay.process.id());
    until("no child is left", || relay.proc(&children).trim().is_empty());
    assert!(relay.close().success());
}

#[test]
fn what_is_folded_is_delivered_whole() {
    let home = Home::new();
    let collector = Collector::start(declaration());
    let mut relay = relay(&home, &collector, "1");
    relay.tell(&[r#"{"event":"page-shown","fields":{"page":"home"}}"#; 7]);
    relay.sync();
    let mut arrived = 0;
    while arrived < 7 {
        arrived += collector.await_batch().events.iter().map(times).sum::<u64>();
    }
    assert_eq!(arrived, 7);
    assert!(relay.close().success());
}

#[test]
fn a_host_that_lives_shortly_is_delivered_for_after_its_end() {
    let home = Home::new();
    let collector = Collector::start(declaration());
    let mut relay = relay(&home, &collector, "0");
    relay.tell(&[r#"{"begin":"init","run":1}"#]);
    assert!(relay.close().success());
    assert_eq!(collector.await_batch().events.len(), 1);
}
