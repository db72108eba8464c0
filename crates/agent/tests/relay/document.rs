//! `docs/embed/relay.md`: every block of it, as it stands there.

use std::path::Path;
use std::process::{Command, Output};

use aboveboard_types::id::Id;
use serde_json::{Value, json};

use super::home::{AGENT, Home, VERSION, text, until, vectors};

/// The one block of a language.
fn block(language: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/embed/relay.md");
    let page = std::fs::read_to_string(page).unwrap();
    let fence = format!("```{language}\n");
    let mut blocks = page.split(&fence).skip(1);
    let block = blocks.next().unwrap().split("```").next().unwrap();
    assert_eq!(blocks.count(), 0, "{language}");
    block.to_owned()
}

/// A home whose user said yes to `larder`, with the manifest of the page and the agent in the search path.
struct Larder(Home);

impl Larder {
    fn new() -> Self {
        let home = Home::of("larder");
        let vectors = std::fs::read_to_string(vectors().join("telemetry.toml")).unwrap();
        let head = vectors.split("[counts.tables]").next().unwrap();
        let head = head.replace("id = \"vectors\"", "id = \"larder\"").replace("app = \"ask\"\n", "");
        let head = head.replace("server = \"notice\"\n", "");
        std::fs::write(home.path().join("telemetry.toml"), head + &block("toml")).unwrap();
        std::os::unix::fs::symlink(AGENT, home.path().join("aboveboard-agent")).unwrap();
        let larder = Self(home);
        let on = larder.run(&["aboveboard-agent", "--manifest", "telemetry.toml", "on"]);
        assert!(on.status.success(), "{on:?}");
        larder
    }

    fn run(&self, words: &[&str]) -> Output {
        let home = &self.0;
        let mut command = Command::new("/usr/bin/env");
        command.args(words).current_dir(home.path());
        let mut command = home.equip(command);
        command.env("PATH", format!("{}:/usr/bin:/bin", home.path().display()));
        command.env("LARDER_MANIFEST", "telemetry.toml");
        command.output().unwrap()
    }

    /// Writes a program of the page and runs it.
    fn program(&self, language: &str, arguments: &[&str]) -> Output {
        let file = self.0.path().join(language);
        std::fs::write(&file, block(language)).unwrap();
        let interpreter = if language == "perl" { "perl" } else { "sh" };
        self.run(&[&[interpreter, file.to_str().unwrap()], arguments].concat())
    }

    /// What was recorded, once the relay has ended: it holds the lock of a command that is open.
    fn events(&self, number: usize) -> Vec<Value> {
        until("all are recorded", || self.0.events().len() >= number);
        self.0.events()
    }
}

#[test]
fn the_lines_of_the_page_are_taken() {
    let larder = Larder::new();
    let lines = block("json");
    assert!(lines.starts_with(&text(&[VERSION])));
    let output = larder.0.relayed(&["--explain"], lines.as_bytes());
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let server = Id::parse("a0a1a2a3-a4a5-86a7-98a9-aaabacadaeaf").unwrap();
    let server = Id::server_reference("larder", server);
    assert_eq!(
        larder.events(2),
        [
            json!({"name": "command", "command": "pull", "error": false,
                "server": server.to_string(), "server_version": "0.0.0-other"}),
            json!({"name": "restored", "fields": {"from": "network", "took": 1_000}}),
        ]
    );
    assert_eq!(larder.0.drops()["write-failed"], 3);
}

#[test]
fn the_shell_script_records_and_keeps_its_output_and_its_exit_code() {
    let larder = Larder::new();
    let done = larder.program("sh", &["telemetry.toml", "copy"]);
    assert!(done.status.success() && done.stdout.is_empty() && done.stderr.is_empty(), "{done:?}");
    let failed = larder.program("sh", &["nowhere", "copy"]);
    assert_eq!(failed.status.code(), Some(3), "{failed:?}");
    assert!(String::from_utf8(failed.stderr).unwrap().contains("nowhere"));
    let pull = |error: bool| json!({"name": "command", "command": "pull", "error": error});
    let restored = json!({"name": "restored", "fields": {"from": "disk"}});
    assert_eq!(larder.events(3), [pull(false), pull(true), restored]);
}

#[test]
fn the_perl_program_records_and_keeps_its_output() {
    let larder = Larder::new();
    let done = larder.program("perl", &[]);
    assert!(done.status.success() && done.stderr.is_empty(), "{done:?}");
    assert_eq!(done.stdout, b"pushed\n");
    let push = json!({"name": "command", "command": "push", "error": false});
    let restored = json!({"name": "restored", "fields": {"from": "network", "took": 10_000}});
    assert_eq!(larder.events(2), [push, restored]);
}

#[test]
fn both_do_their_work_without_the_agent() {
    let larder = Larder::new();
    std::fs::remove_file(larder.0.path().join("aboveboard-agent")).unwrap();
    for (language, arguments, said) in
        [("sh", &["telemetry.toml", "copy"][..], ""), ("perl", &[], "pushed\n")]
    {
        let done = larder.program(language, arguments);
        assert!(done.status.success() && done.stderr.is_empty(), "{language}: {done:?}");
        assert_eq!(String::from_utf8(done.stdout).unwrap(), said, "{language}");
    }
    assert!(larder.0.events().is_empty());
}
