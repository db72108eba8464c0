//! The instructions of `docs/users/guide.md` and `docs/users/packagers.md`, run as they stand there.

use std::path::Path;
use std::process::{Command, Output};

use super::collector::{Answer, Collector};
use super::tool::{Home, program};

/// The lines of the shell blocks below a heading.
fn instructions(page: &str, heading: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(page);
    let text = std::fs::read_to_string(path).unwrap();
    let section = text.split("\n## ").find(|section| section.starts_with(heading)).expect(heading);
    let lines: Vec<String> = section
        .split("```sh\n")
        .skip(1)
        .flat_map(|block| block.split("```").next().unwrap().lines())
        .map(|line| line.split(" #").next().unwrap().trim_end().to_owned())
        .collect();
    assert!(!lines.is_empty(), "{page}, {heading}");
    lines
}

/// Runs a line with this program in the place of the page's.
fn follow(home: &Home, endpoint: &str, line: &str) -> Output {
    let line = line
        .replace("/quarry", "/tool")
        .replace("QUARRY_", "TOOL_")
        .replace("quarry ", &format!("{} ", program().display()));
    let mut shell = Command::new("bash");
    shell.args(["-c", &line]).current_dir(home.path()).env("DESTDIR", home.path());
    let mut shell = home.equip(shell, endpoint);
    shell.env("DESTDIR", home.path()).output().unwrap()
}

fn consenting(endpoint: &str) -> Home {
    let home = Home::new();
    home.verb(endpoint, &["on"]);
    home
}

#[test]
fn each_way_to_switch_it_off_is_enough_by_itself() {
    let collector = Collector::start(Answer::Receipt);
    for line in instructions("users/guide.md", "Turn it off") {
        let home = consenting(&collector.endpoint);
        let output = follow(&home, &collector.endpoint, &line);
        assert!(output.status.success(), "{line}: {output:?}");
        // After the verb the next command is silent too; the others silence their own command.
        if line.contains("telemetry off") {
            home.run(&collector.endpoint, &["good"]);
        }
        assert!(!home.state().exists(), "{line}");
    }
    assert!(collector.arrived().is_none());
}

#[test]
fn every_other_instruction_to_users_does_what_it_says() {
    let collector = Collector::start(Answer::Receipt);
    for heading in [
        "See it",
        "Record without sending",
        "Turn it on",
        "Delete what was sent",
        "A machine without a network",
    ] {
        for line in instructions("users/guide.md", heading) {
            let home = consenting(&collector.endpoint);
            home.run(&collector.endpoint, &["good"]);
            if line.contains("import") {
                home.verb(
                    &collector.endpoint,
                    &["export", home.path().join("batches.jsonl").to_str().unwrap()],
                );
            }
            let output = follow(&home, &collector.endpoint, &line);
            assert!(output.status.success(), "{line}: {output:?}");
        }
    }
    let doctor = instructions("users/guide.md", "When something is wrong");
    let home = Home::new();
    let output = follow(&home, "", &doctor[0]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn keeping_it_here_records_and_sends_nothing() {
    let collector = Collector::start(Answer::Receipt);
    let home = Home::new();
    follow(&home, &collector.endpoint, &instructions("users/guide.md", "Record without sending")[0]);
    let run = home.tool(&collector.endpoint).arg("good").env("TOOL_TELEMETRY_PERIOD", "0").output().unwrap();
    assert!(run.status.success());
    assert!(home.verb(&collector.endpoint, &["preview"]).contains(r#""command":"good""#));
    assert_eq!(home.run(&collector.endpoint, &["telemetry", "send"]).status.code(), Some(3));
    assert!(collector.arrived().is_none());
}

#[test]
fn a_drop_in_silences_every_user() {
    let home = consenting("http://127.0.0.1:9");
    let blocks = instructions("users/packagers.md", "Off for everybody on a machine");
    let install = follow(&home, "http://127.0.0.1:9", &blocks[0]);
    assert!(install.status.success(), "{install:?}");
    assert!(home.path().join("usr/lib/aboveboard/off.d/tool").is_file());

    let tried = follow(&home, "http://127.0.0.1:9", &blocks[1..].join("\n"));
    assert_eq!(tried.status.code(), Some(3), "{tried:?}");
}

#[test]
fn a_build_without_a_named_collector_does_nothing() {
    let home = Home::new();
    home.run("", &["telemetry", "on"]);
    let output = home.tool("").arg("good").env("TOOL_TELEMETRY_PERIOD", "0").output().unwrap();
    assert_eq!(output.stderr, b"");
    assert!(!home.state().exists());
}
