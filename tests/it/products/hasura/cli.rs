//! The command line program: its commands, and how they end.

use std::net::TcpListener;

use aboveboard_types::id::Id;
use harness::process::Process;
use serde_json::{Value, json};

use super::installed::{Hasura, SECRET, VERSION, to};
use crate::products::machine::Seal;
use crate::products::profile::HASURA;
use crate::products::sent;

/// A project's path, an option's value and a file that must appear nowhere.
const CANARIES: [&str; 4] = [SECRET, "--admin-secret", "my-secret-project", "my-secret-file"];

#[test]
fn row_05_a_command_reports_its_path_and_never_its_arguments() {
    let Some(hasura) = Hasura::new(Seal::Release) else { return };
    let (_server, address) = hasura.serve(&[], &[]);
    hasura.succeeds(&["telemetry", "on"]);
    let project = hasura.project();
    hasura.succeeds(&to(&address, &["metadata", "a", "--project", &project]));
    let failed = hasura.run(&to(&address, &["deploy", "my-secret-project"]));
    assert_eq!(failed.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&failed.stderr).contains("my-secret-project"), "{failed:?}");
    let failed = hasura.run(&["metadata", "diff", "my-secret-file"]);
    assert_eq!(failed.status.code(), Some(1));
    // What is no command is none.
    assert_eq!(hasura.run(&["my-secret-project"]).status.code(), Some(2));

    let commands = hasura.commands();
    let told: Vec<_> = commands.iter().map(|event| (&event["command"], &event["error"])).collect();
    let expected = [("metadata apply", false), ("deploy", true), ("metadata diff", true)];
    let expected = expected.map(|(command, failed)| (json!(command), json!(failed)));
    assert_eq!(told, expected.iter().map(|(command, failed)| (command, failed)).collect::<Vec<_>>());
    let runs: Vec<Id> = commands.iter().filter_map(|event| Id::parse(event["run"].as_str()?)).collect();
    assert!(runs.len() == 3 && runs[0] != runs[1] && runs[1] != runs[2], "{commands:?}");
    let batch = &sent::batches(&hasura.cli_state())[0];
    assert!(batch["installation"].as_str().and_then(Id::parse).is_some());
    assert_eq!((&batch["component"], &batch["version"]), (&json!("cli"), &json!(VERSION)));
    assert_eq!((&batch["os"], &batch["arch"]), (&json!("linux"), &json!(std::env::consts::ARCH)));
    assert_eq!(hasura.machine.counted(HASURA, "cli", 3), 3);
    hasura.machine.assert_nowhere(HASURA, &CANARIES);
}

#[test]
fn row_05_a_command_names_the_server_that_answered_and_no_other() {
    let Some(hasura) = Hasura::new(Seal::Development) else { return };
    let (_server, address) = hasura.serve(&[], &[]);
    hasura.machine.counted(HASURA, "server", 1);
    hasura.succeeds(&["telemetry", "on"]);
    let project = hasura.project();
    hasura.succeeds(&to(&address, &["metadata", "apply", "--project", &project]));
    hasura.succeeds(&["version"]);
    let [applied, version] = &hasura.commands()[..] else { panic!("two commands") };
    let id = sent::batches(&hasura.server_state())[0]["installation"].as_str().and_then(Id::parse);
    let server = Id::server_reference(HASURA.product, id.expect("the server's id")).to_string();
    assert_eq!((&applied["server"], &applied["server_version"]), (&json!(server), &json!(VERSION)));
    assert_eq!((version.get("server"), version.get("server_version")), (None, None), "it talked to nobody");
}

#[test]
fn row_05_a_command_that_is_killed_is_reported_as_unfinished() {
    let Some(hasura) = Hasura::new(Seal::Release) else { return };
    hasura.succeeds(&["telemetry", "on"]);
    let project = hasura.project();
    // A server that takes a connection and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("http://{}", silent.local_addr().expect("its address"));
    let mut killed = Process::start(&mut hasura.cli(&[
        "metadata",
        "apply",
        "--project",
        &project,
        "--endpoint",
        &endpoint,
    ]));
    let connection = silent.accept().expect("a command that waits for its answer");
    killed.kill();
    drop(connection);
    let [command] = &hasura.commands()[..] else { panic!("one command") };
    assert_eq!((&command["command"], &command["unfinished"]), (&json!("metadata apply"), &json!(true)));
    assert_eq!(hasura.machine.counted(HASURA, "cli", 1), 1);
}

#[test]
fn the_programs_own_telemetry_verbs_are_the_agents_under_its_own_name() {
    let Some(hasura) = Hasura::new(Seal::Release) else { return };
    let status = hasura.succeeds(&["telemetry", "status", "--json"]);
    let status: Value = serde_json::from_slice(&status.stdout).expect("JSON");
    assert_eq!(status["product"], HASURA.product, "{status}");
    let text = hasura.succeeds(&["telemetry", "status"]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("hasura telemetry") && !text.contains("aboveboard-agent"), "{text}");
    hasura.succeeds(&["telemetry", "on"]);
    assert_eq!(hasura.run(&["telemetry", "status", "--check"]).status.code(), Some(0));
    hasura.succeeds(&["telemetry", "off"]);
    assert_eq!(hasura.run(&["telemetry", "status", "--check"]).status.code(), Some(3));
}
