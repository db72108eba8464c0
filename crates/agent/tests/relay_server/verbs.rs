//! What whoever runs the server sees of it and decides, by the users' verbs with `--directory`.

use std::process::Command;

use super::relay::{AGENT, Server, WANTS, manifest};

const MIGRATED: &str = r#"{"event":"migrated","fields":{"worked":true}}"#;

/// What a verb says about the server on both streams. It finds no home of a user.
fn run(server: &Server, verb: &[&str]) -> String {
    let mut command = Command::new(AGENT);
    server.equip(&mut command).args(["--manifest", manifest()]).args(verb);
    let output = command.arg("--directory").arg(server.path()).output().unwrap();
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_operator_sees_what_is_sent_before_and_after_and_the_id_under_which_it_was() {
    let mut server = Server::reporting_every(3_600);
    let example = run(&server, &["preview"]);
    assert!(example.contains(r#""counts":{"tables":0,"rules":{"read":0,"write":0}}"#), "{example}");
    assert_eq!(server.files(), Vec::<String>::new(), "looking makes nothing");

    server.set("LARDER_TELEMETRY_DELIVER", "3600");
    let mut relay = server.relay();
    relay.answer(3);
    let (_, first) = server.await_report();
    relay.say(MIGRATED);
    relay.close();
    assert!(run(&server, &["sent"]).contains(&first.body));
    let status = run(&server, &["status"]);
    for part in [&first.envelope.installation.to_string(), "telemetry of Larder: on", "--directory"] {
        assert!(status.contains(part), "{part} is not in: {status}");
    }
    let preview = run(&server, &["preview"]);
    assert!(preview.contains(r#""component":"server""#) && preview.contains("migrated"), "{preview}");

    let sent = run(&server, &["send"]);
    let second = server.collector.await_batch();
    assert!(preview.contains(&second.body), "{preview}\n{sent}");
}

#[test]
fn an_erasure_that_was_killed_halfway_is_finished_before_anything_is_sent() {
    let mut server = Server::reporting_every(1);
    let mut relay = server.relay();
    relay.answer(3);
    let (_, first) = server.await_report();
    relay.close();
    let secret = server.path().join("telemetry/secret");
    let kept = server.path().join("kept");
    std::fs::copy(&secret, &kept).unwrap();
    let endpoint = server.collector.endpoint();
    server.set("LARDER_TELEMETRY_ENDPOINT", "http://127.0.0.1:9");
    run(&server, &["forget"]);
    assert!(!secret.exists());
    // As if it had been killed after it stored what the collector is to be told.
    std::fs::rename(&kept, &secret).unwrap();
    server.set("LARDER_TELEMETRY_ENDPOINT", &endpoint);
    std::fs::remove_file(server.path().join("consent")).unwrap();
    let mut relay = server.relay();
    relay.answer(4);
    relay.answer(5);
    let (_, second) = server.await_report();
    assert_ne!(second.envelope.installation, first.envelope.installation);
    relay.close();
}

#[test]
fn the_operator_turns_it_off_and_on_while_it_runs() {
    let server = Server::reporting_every(3_600);
    let relay = server.relay();
    relay.await_line(WANTS);
    let off = run(&server, &["off"]);
    assert!(off.contains("telemetry of Larder is off"), "{off}");
    relay.await_line(r#"{"link":"off"}"#);
    assert_eq!(server.files(), ["consent"]);
    run(&server, &["on"]);
    relay.await_line(WANTS);
    relay.close();
}
