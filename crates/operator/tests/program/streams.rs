//! Standard output that takes nothing: a full disk, and a reader that went away; and where files are written to.

use std::fs::File;
use std::path::Path;
use std::process::{Output, Stdio};

use super::{Collector, aboveboard};

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/quarry/telemetry.toml");

/// Verbs of each kind that write data.
const VERBS: [&[&str]; 10] = [
    &["completions", "bash"],
    &["man"],
    &["manifest", "schema"],
    &["manifest", "disclose", MANIFEST],
    &["manifest", "check", "--json", MANIFEST],
    &["manifest", "diff", MANIFEST, MANIFEST],
    &["--manifest", MANIFEST, "status"],
    &["--manifest", MANIFEST, "commands"],
    &["collector", "export", "--config", "c.toml", "--product", "quarry"],
    &["collector", "export", "--config", "c.toml", "--product", "quarry", "-"],
];

fn run(home: &Path, verb: &[&str], stdout: impl Into<Stdio>) -> (Option<i32>, String) {
    let Output { status, stderr, .. } =
        aboveboard(home).args(verb).stdout(stdout).stderr(Stdio::piped()).output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[test]
fn what_is_lost_to_a_full_disk_is_a_failure_and_said_and_a_reader_that_went_away_is_none() {
    let collector = Collector::new();
    collector.push();
    let home = collector.home();
    for verb in VERBS {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let (code, words) = run(home, verb, full);
        assert_eq!(code, Some(1), "{verb:?}: {words}");
        assert!(words.contains("No space left on device"), "{verb:?}: {words}");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let (code, words) = run(home, verb, writer);
        assert_eq!(code, Some(0), "{verb:?}: {words}");
        assert!(!words.contains("pipe"), "{verb:?}: {words}");
    }
}

#[test]
fn a_file_is_written_into_a_directory_that_is_not_there_yet() {
    let home = tempfile::tempdir().unwrap();
    for verb in [
        &["manifest", "disclose", MANIFEST, "--output", "docs/telemetry/page.md"][..],
        &["manifest", "schema", "--output", "editors/schema.json"],
        &["man", "--dir", "manual/pages"],
    ] {
        let output = aboveboard(home.path()).args(verb).output().unwrap();
        assert!(output.status.success(), "{verb:?}: {output:?}");
    }
    assert!(home.path().join("docs/telemetry/page.md").is_file());
    assert!(home.path().join("editors/schema.json").is_file());
    std::fs::write(home.path().join("file"), "").unwrap();
    let inside = ["manifest", "disclose", MANIFEST, "--output", "file/page.md"];
    let output = aboveboard(home.path()).args(inside).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot write file/page.md"));
}
