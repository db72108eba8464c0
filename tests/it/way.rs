//! The whole way once: what is recorded is acknowledged and counted, on every component.

use serde_json::Value;

use crate::world::World;

#[test]
fn a_report_of_the_server_arrives_with_every_count() {
    let world = World::new();
    let (_server, address) = world.server(&[], &[]);
    assert!(world.collector.await_counted("server", 1) >= 1);
    let counts = world.collector.json("/api/tables/counts.json?show=all");
    for count in ["tables", "views", "relationships", "permissions", "event-triggers", "remote-schemas"] {
        assert!(counts.to_string().contains(count), "{count} is missing: {counts}");
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
    let preview = world.quarry_ok(&["telemetry", "preview"]);
    let preview: Value = serde_json::from_str(preview.trim()).expect("a batch");
    world.quarry_ok(&["telemetry", "send"]);
    let seen = world.proxy.seen();
    let seen = String::from_utf8_lossy(&seen);
    let events = preview["events"].to_string();
    let first = &preview["events"][0];
    assert_eq!(first["command"], "init", "{preview}");
    // The batch id is fixed at sealing; everything else of the preview is what left, byte for byte.
    let run = first["run"].as_str().expect("a run id");
    assert!(seen.contains(run), "{events} was shown but not sent");
    let installation = preview["installation"].as_str().expect("an installation id");
    assert!(seen.contains(&format!("\"installation\":\"{installation}\"")), "another installation was sent");
}
