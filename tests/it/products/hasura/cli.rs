//! The command line program: its commands, and how they end.

use std::net::TcpListener;

use aboveboard_testkit::terminal::Session;
use aboveboard_types::id::Id;
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
    for (at, signal) in ["KILL", "INT", "TERM", "HUP"].into_iter().enumerate() {
        let mut apply = hasura.cli(&["metadata", "apply", "--project", &project, "--endpoint", &endpoint]);
        let mut killed = apply.spawn().expect("it starts");
        let connection = silent.accept().expect("a command that waits for its answer");
        let mut kill = hasura.machine.home.program("kill");
        hasura.machine.succeeds(kill.args(["-s", signal, &killed.id().to_string()]));
        assert_eq!(killed.wait().expect("it ends").code(), None, "{signal}");
        drop(connection);
        let commands = hasura.commands();
        assert_eq!(commands.len(), at + 1, "{signal}: {commands:?}");
        assert_eq!(commands[at]["command"], "metadata apply");
        assert_eq!(commands[at]["unfinished"], json!(true), "{signal}: {commands:?}");
    }
    assert_eq!(hasura.machine.counted(HASURA, "cli", 4), 4);
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

const PROMPT: &str = "shell> ";

#[test]
fn the_notice_is_shown_once_at_a_terminal_and_only_commands_after_it_are_recorded() {
    let Some(hasura) = Hasura::new(Seal::Release) else { return };
    let (_server, address) = hasura.serve(&[], &[]);
    let apply = format!("hasura metadata apply --endpoint {address}");
    let mut bash = hasura.machine.home.program("bash");
    bash.args(["--norc", "--noprofile", "-i"]).env("TERM", "dumb").env("PS1", PROMPT).env("HISTFILE", "");
    bash.env("PATH", format!("{}:/usr/bin:/bin", hasura.folder.display()));
    bash.env("HASURA_GRAPHQL_ADMIN_SECRET", SECRET).current_dir(hasura.project());
    let mut shell = Session::start(&bash, 300);
    shell.expect(PROMPT);
    shell.type_in("hasura metadata diff nothing\n");
    shell.expect(PROMPT);
    let told = hasura.machine.home.path().join(".config");
    assert!(!told.exists(), "nobody is told anything after a failure");
    // It would take the command for one that came after the notice, if it were slower to read it than the next to end.
    hasura.await_end_of_relays();
    shell.type_in(&format!("{apply}\n"));
    shell.expect("Hasura GraphQL Engine");
    shell.expect("hasura telemetry off");
    shell.expect(PROMPT);
    assert!(!hasura.cli_state().exists(), "a command was recorded before anybody was told");
    shell.type_in(&format!("{apply}; echo code=$?\n"));
    shell.expect("\ncode=0");
    shell.expect(PROMPT);
    shell.type_in("exit\n");
    let (seen, ..) = shell.end();
    assert_eq!(seen.matches("hasura telemetry off").count(), 1, "{seen}");
    let commands = hasura.commands();
    assert_eq!(commands.len(), 1, "{commands:?} {seen}");
}
