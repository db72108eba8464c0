//! From recording to counting, once for each component.

use harness::collector::quarry_manifest;
use serde_json::Value;

use crate::world::World;

#[test]
fn a_report_of_the_server_arrives_with_every_count() {
    let world = World::new();
    let (_server, address) = world.server(&[], &[]);
    assert!(world.collector.await_counted("server", 1) >= 1);
    let counts = world.collector.json("/api/tables/counts.json?show=all");
    let text = std::fs::read_to_string(quarry_manifest()).expect("quarry's manifest");
    let manifest = aboveboard_manifest::parse(&text, "telemetry.toml").expect("a sound manifest");
    assert!(!manifest.counts.is_empty());
    // The page has a panel for every declared count, whether it arrived or not; the batch itself says what arrived.
    assert_eq!(counts["n"], 1, "{counts}");
    let seen = String::from_utf8_lossy(&world.proxy.seen()).into_owned();
    for count in &manifest.counts {
        assert!(seen.contains(&format!("\"{}\":", count.name)), "{} was not sent: {seen}", count.name);
    }
    assert!(!counts.to_string().contains(&address), "the page knows no address");
}

#[test]
fn a_command_is_counted_once_with_its_ending_and_the_server_it_talked_to() {
    let world = World::new();
    let (_server, address) = world.server(&[], &[]);
    world.quarry_ok(&["telemetry", "on"]);
    world.quarry_ok(&["init", "project"]);
    assert!(!world.quarry(&["--endpoint", "http://127.0.0.1:9", "metadata", "export"]).status.success());
    world.quarry_ok(&["--endpoint", &address, "--project", "project", "metadata", "export"]);
    world.quarry_ok(&["telemetry", "send"]);
    assert_eq!(world.collector.await_counted("cli", 3), 3);
    let commands = world.collector.json("/api/tables/commands.json?show=all").to_string();
    for command in ["init", "metadata export"] {
        assert!(commands.contains(command), "{command}: {commands}");
    }
    let sent = world.quarry_ok(&["telemetry", "sent", "--json"]);
    let sent: Value = serde_json::from_str(&sent).expect("JSON");
    let text = sent.to_string();
    assert!(
        text.contains("server_version"),
        "the command that talked to the server names its version: {text}"
    );
}

#[test]
fn preview_shows_the_bytes_that_the_collector_then_receives() {
    let world = World::new();
    world.quarry_ok(&["telemetry", "on"]);
    world.quarry_ok(&["init", "project"]);
    let shown = world.quarry_ok(&["telemetry", "preview"]);
    let preview: Value = serde_json::from_str(&shown).expect("a batch");
    world.quarry_ok(&["telemetry", "send"]);
    let seen = world.proxy.seen();
    let seen = String::from_utf8_lossy(&seen);
    assert_eq!(preview["events"][0]["command"], "init", "{preview}");
    assert!(seen.contains(shown.trim_end()), "what was shown is not what left: {shown}");
}
