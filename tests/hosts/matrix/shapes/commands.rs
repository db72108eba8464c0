//! Programs whose command line is a clap tree with subcommands.

use crate::line::{line, usage};
use crate::shape::Shape;

#[test]
fn subcommands_by_derive() {
    Shape {
        name: "derive",
        program: "derive",
        plain: env!("CARGO_BIN_EXE_hosts-derive-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-derive"),
        lines: vec![
            line(&["list"]),
            line(&["add", "write the tests"]),
            line(&["new", "run them", "--verbose"]),
            line(&["-v", "list"]),
            line(&["remote", "set", "ssh://example.org/list"]),
            line(&["remote", "show"]),
            line(&["add", "--", "--enable-telemetry"]),
            line(&["list"]).called("another-name"),
            line(&["--version"]),
            line(&["-V"]),
            usage(&[]),
            usage(&["--help"]),
            usage(&["help", "add"]),
            usage(&["add", "--help"]),
            usage(&["remote"]),
            usage(&["add"]),
            usage(&["add", "one", "two"]),
            usage(&["frobnicate"]),
            usage(&["lis"]),
            usage(&["list", "--wrong"]),
            usage(&["telemetry"]),
        ],
        recorded: &["add", "add", "add", "list", "list", "list failed", "remote set", "remote show"],
    }
    .hold();
}

#[test]
fn subcommands_by_the_builder() {
    Shape {
        name: "builder",
        program: "builder",
        plain: env!("CARGO_BIN_EXE_hosts-builder-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-builder"),
        lines: vec![
            line(&["ls"]),
            line(&["add", "write the tests", "-v"]),
            line(&["list"]),
            line(&["remote", "set", "ssh://example.org/list"]),
            line(&["-v", "remote", "show"]),
            line(&["--version"]),
            usage(&[]),
            usage(&["--help"]),
            usage(&["help", "remote"]),
            usage(&["remote"]),
            usage(&["add"]),
            usage(&["frobnicate"]),
            usage(&["telemetry"]),
        ],
        recorded: &["add", "list", "list failed", "remote set", "remote show"],
    }
    .hold();
}

#[test]
fn a_switch_of_its_own() {
    Shape {
        name: "own-switch",
        program: "own-switch",
        plain: env!("CARGO_BIN_EXE_hosts-own-switch-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-own-switch"),
        lines: vec![
            line(&["list"]),
            line(&["list", "--enable-telemetry", "false"]),
            line(&["--enable-telemetry=false", "list"]),
            line(&["--version"]),
            usage(&["--help"]),
            usage(&["list", "--enable-telemetry", "off"]),
            usage(&["list", "--enable-telemetry"]),
            usage(&["telemetry"]),
        ],
        recorded: &["list"],
    }
    .hold();
}
