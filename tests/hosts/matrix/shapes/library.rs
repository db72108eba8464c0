//! A library whose hosts know nothing of telemetry: in Rust, in C and in Python.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::line::{Line, line};
use crate::shape::Shape;
use crate::twin::Twin;

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/library");

#[test]
fn a_library_in_a_rust_program() {
    Shape {
        program: "host",
        plain: env!("CARGO_BIN_EXE_hosts-library-host-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-library-host"),
        ..shape(vec![line(&["40", "2"]), line(&[]), line(&["telemetry-deliver"])], 3)
    }
    .hold();
}

#[test]
fn a_library_in_a_program_in_c() {
    let folder = TempDir::new().expect("a folder");
    let program = folder.path().join("host");
    let mut compile = Command::new("cc");
    compile.arg("-o").arg(&program).arg(format!("{SOURCES}/host.c")).arg("-ldl");
    assert!(compile.status().expect("cc runs").success());
    let host = |library| Twin::loading(&program, "host", &[&built(library)]);
    shape(vec![line(&[]), line(&[]), line(&["one too many"])], 2).hold_of(
        &host("aboveboard_hosts_library_plain"),
        &host("aboveboard_hosts_library"),
        folder.path(),
    );
}

#[test]
fn a_library_in_a_program_in_python() {
    let folder = TempDir::new().expect("a folder");
    let script = PathBuf::from(format!("{SOURCES}/host.py"));
    let host = |library| Twin::loading(Path::new("/usr/bin/python3"), "python3", &[&script, &built(library)]);
    shape(vec![line(&[]), line(&["telemetry"]), line(&["telemetry-deliver"])], 3).hold_of(
        &host("aboveboard_hosts_library_plain"),
        &host("aboveboard_hosts_library"),
        folder.path(),
    );
}

/// Called `calls` times.
fn shape(lines: Vec<Line>, calls: usize) -> Shape {
    let recorded = &["totalled"; 3][..calls];
    Shape { name: "library", program: "", plain: "", embedded: "", lines, recorded }
}

/// The library as programs load it, which cargo has built beside this test.
fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the path of the test");
    test.with_file_name(format!("lib{name}.so"))
}
