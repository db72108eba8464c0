//! What may differ between the twins: what was recorded beside this file's folder, in `differences/`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Set, it records the differences anew instead of comparing them: `ABOVEBOARD_RECORD=1 cargo test -p aboveboard-hosts`.
const RECORD: &str = "ABOVEBOARD_RECORD";

/// The recorded difference of a shape in this build.
fn file(shape: &str) -> PathBuf {
    let build = if cfg!(feature = "telemetry") { "" } else { ".without" };
    let name = shape.replace('/', "-");
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("differences/{name}{build}.diff"))
}

/// Holds the difference between the usage of the twins to what was recorded. `folder` is for the two transcripts.
pub(crate) fn hold(shape: &str, folder: &Path, plain: &str, embedded: &str) {
    let difference = unified(folder, plain, embedded);
    let file = file(shape);
    if std::env::var_os(RECORD).is_some() {
        return record(&file, &difference);
    }
    let recorded = std::fs::read_to_string(&file).unwrap_or_default();
    let file = file.display();
    assert!(
        difference == recorded,
        "{shape}: the usage differs otherwise than {file} says; {RECORD}=1 records it anew:\n{difference}"
    );
}

/// A shape without a difference has no file.
fn record(file: &Path, difference: &str) {
    if difference.is_empty() {
        let _ = std::fs::remove_file(file);
    } else {
        std::fs::write(file, difference).expect("a recorded difference");
    }
}

/// As `diff -u` shows it.
fn unified(folder: &Path, plain: &str, embedded: &str) -> String {
    for (name, text) in [("plain.txt", plain), ("embedded.txt", embedded)] {
        std::fs::write(folder.join(name), text).expect("a transcript");
    }
    let mut diff = Command::new("diff");
    diff.args([
        "-U1",
        "--show-function-line=^[$]",
        "--label=plain",
        "--label=embedded",
        "plain.txt",
        "embedded.txt",
    ]);
    let output = diff.current_dir(folder).output().expect("diff runs");
    String::from_utf8(output.stdout).expect("a text")
}
