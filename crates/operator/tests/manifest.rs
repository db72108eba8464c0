//! The verbs about manifests, as programs see them: data on stdout, words on stderr, exit codes.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Exit code, stdout and stderr of the program.
fn aboveboard(arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_aboveboard"))
        .args(arguments)
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A verb that reads nothing may have ended before it is written to.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const QUARRY: &str = "examples/quarry/telemetry.toml";

#[test]
fn check_tells_every_problem_and_exits_by_it() {
    let (code, data, words) = aboveboard(&["manifest", "check", "--today", "2026-11-22", QUARRY], "");
    assert_eq!((code, &*data, &*words), (0, "", "examples/quarry/telemetry.toml: well\n"));
    let (code, data, _) = aboveboard(&["manifest", "check", "--json", "--today", "2030-01-01", QUARRY], "");
    let problems: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!(code, 1);
    assert!(problems[0]["what"].as_str().unwrap().contains("expired on"), "{data}");
}

#[test]
fn the_manifest_of_the_guide_to_embedding_is_well() {
    let directory = tempfile::tempdir().unwrap();
    let manifest = directory.path().join("telemetry.toml");
    let page = directory.path().join("telemetry.md");
    let guide = fs::read_to_string(root().join("docs/embed/guide.md")).unwrap();
    let block = guide.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    fs::write(&manifest, block).unwrap();
    let manifest = manifest.to_str().unwrap();
    let page = page.to_str().unwrap();
    let (code, data, words) = aboveboard(&["manifest", "check", "--today", "2026-11-22", manifest], "");
    assert_eq!((code, data, words), (0, String::new(), format!("{manifest}: well\n")));
    assert_eq!(aboveboard(&["manifest", "disclose", manifest, "--output", page], "").0, 0);
    let (_, shown, _) = aboveboard(&["manifest", "disclose", manifest], "");
    assert_eq!(
        fs::read_to_string(page).unwrap(),
        shown,
        "the comparison that the guide puts into a maintainer's CI"
    );
}

#[test]
fn diff_tells_whether_users_are_asked_again() {
    let directory = tempfile::tempdir().unwrap();
    let wider = directory.path().join("wider.toml");
    let text = fs::read_to_string(root().join(QUARRY)).unwrap();
    fs::write(&wider, text.replace("cli = \"ask\"", "cli = \"notice\"")).unwrap();
    let wider = wider.to_str().unwrap();
    let (code, data, _) = aboveboard(&["manifest", "diff", "--json", "--check", QUARRY, wider], "");
    let diff: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!((code, &diff["ask_again"]), (1, &serde_json::Value::Bool(true)));
    assert_eq!(aboveboard(&["manifest", "diff", "--check", QUARRY, QUARRY], "").0, 0);
}

#[test]
fn commands_are_compared_and_written() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("telemetry.toml");
    fs::copy(root().join(QUARRY), &file).unwrap();
    let file = file.to_str().unwrap();
    let (code, data, _) = aboveboard(&["manifest", "commands", file], "init\nmetadata diff\n");
    assert_eq!(code, 1);
    assert!(data.starts_with("+ metadata diff\n- console\n"), "{data}");
    assert_eq!(aboveboard(&["manifest", "commands", file, "--write"], "init\nmetadata diff\n").0, 0);
    assert_eq!(aboveboard(&["manifest", "commands", file], "metadata diff\ninit\n").0, 0);
}

#[test]
fn a_program_is_inspected_without_being_run() {
    let program = env!("CARGO_BIN_EXE_aboveboard");
    let (code, data, _) = aboveboard(&["inspect", program, "--json"], "");
    let found: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!((code, &found[0]["product"]), (0, &serde_json::json!("quarry")));
    let (code, data, words) = aboveboard(&["inspect", QUARRY], "");
    assert_eq!((code, &*data), (0, ""));
    assert!(words.contains("holds no manifest"), "{words}");
}
