//! Programs that have no subcommands of their own, or whose words are all somebody else's.

use crate::line::{line, usage};
use crate::shape::Shape;

#[test]
fn no_subcommands() {
    Shape {
        name: "flat",
        program: "flat",
        plain: env!("CARGO_BIN_EXE_hosts-flat-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-flat"),
        lines: vec![
            line(&[]),
            line(&["/etc/hostname"]),
            line(&["--only", "no such text", "/etc/hostname"]),
            line(&["help"]),
            line(&["telemetry"]),
            line(&["telemetry", "status"]),
            line(&["help", "telemetry"]),
            line(&["--", "--telemetry=off", "--enable-telemetry"]),
            line(&["--", "/etc/hostname", "--enable-telemetry=false"]),
            line(&["--only", "--", "/etc/hostname"]),
            line(&["--version"]),
            usage(&["--help"]),
            usage(&["-h"]),
            line(&["--wrong"]),
            line(&["--only"]),
        ],
        recorded: &[
            "flat",
            "flat",
            "flat",
            "flat failed",
            "flat failed",
            "flat failed",
            "flat failed",
            "flat failed",
        ],
    }
    .hold();
}

#[test]
fn positional_arguments_alone() {
    Shape {
        name: "positional",
        program: "positional",
        plain: env!("CARGO_BIN_EXE_hosts-positional-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-positional"),
        lines: vec![
            line(&["one", "two"]),
            line(&["help", "me"]),
            line(&["telemetry", "off"]),
            line(&["telemetry", "status", "now"]),
            line(&["--", "--telemetry=off", "--help"]),
            line(&["--version"]),
            usage(&["--help"]),
            line(&[]),
            line(&["help"]),
            line(&["telemetry"]),
            line(&["one", "--two"]),
        ],
        recorded: &["positional", "positional", "positional", "positional", "positional"],
    }
    .hold();
}

#[test]
fn any_other_program_as_a_subcommand() {
    Shape {
        name: "aliases",
        program: "aliases",
        plain: env!("CARGO_BIN_EXE_hosts-aliases-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-aliases"),
        lines: vec![
            line(&["one"]),
            line(&["one", "--two", "--enable-telemetry=false"]),
            line(&["telemetry"]),
            line(&["telemetry", "off"]),
            line(&["--version"]),
            line(&[]),
            usage(&["--help"]),
            line(&["help"]),
            line(&["--wrong"]),
        ],
        recorded: &[],
    }
    .hold();
}

#[test]
fn a_command_line_of_another_program() {
    Shape {
        name: "trailing",
        program: "trailing",
        plain: env!("CARGO_BIN_EXE_hosts-trailing-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-trailing"),
        lines: vec![
            line(&["echo", "one"]),
            line(&["-t", "2", "echo", "--enable-telemetry"]),
            line(&["sh", "-c", "exit 3"]),
            line(&["echo", "telemetry", "off"]),
            line(&["echo", "--telemetry=status"]),
            line(&["telemetry", "off"]),
            line(&["help"]),
            line(&["--", "echo", "--help"]),
            line(&["--version"]),
            usage(&["--help"]),
            line(&[]),
            line(&["-t", "x", "echo"]),
        ],
        recorded: &[
            "trailing",
            "trailing",
            "trailing",
            "trailing",
            "trailing",
            "trailing failed",
            "trailing failed",
            "trailing failed",
        ],
    }
    .hold();
}

#[test]
fn one_file_for_two_programs() {
    Shape {
        name: "multicall",
        program: "multicall",
        plain: env!("CARGO_BIN_EXE_hosts-multicall-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-multicall"),
        lines: vec![
            line(&[]).called("hello"),
            line(&["Ada"]).called("hello"),
            line(&["Ada"]).called("goodbye"),
            line(&["telemetry"]).called("hello"),
            line(&["help"]).called("goodbye"),
            line(&["--version"]).called("hello"),
            usage(&["--help"]).called("hello"),
            line(&["--wrong"]).called("goodbye"),
            line(&["one", "two"]).called("hello"),
            line(&[]).called("multicall"),
            line(&[]).called("telemetry"),
            usage(&[]).called("help"),
        ],
        recorded: &["goodbye", "goodbye", "hello", "hello", "hello"],
    }
    .hold();
}

#[test]
fn a_plug_in_of_cargo() {
    Shape {
        name: "plugin",
        program: "cargo-plugin",
        plain: env!("CARGO_BIN_EXE_hosts-plugin-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-plugin"),
        lines: vec![
            line(&["plugin"]),
            line(&["plugin", "one"]),
            line(&["plugin", "-q"]),
            line(&["plugin", "telemetry"]),
            line(&["plugin", "help"]),
            line(&["plugin", "--version"]),
            usage(&["plugin", "--help"]),
            line(&["plugin", "--wrong"]),
            line(&["--help"]),
            line(&[]),
            line(&["telemetry"]),
            line(&["help"]),
            line(&["plugin", "telemetry", "off"]),
        ],
        recorded: &["plugin", "plugin", "plugin", "plugin", "plugin"],
    }
    .hold();
}

#[test]
fn no_clap_at_all() {
    Shape {
        name: "no-clap",
        program: "no-clap",
        plain: env!("CARGO_BIN_EXE_hosts-no-clap-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-no-clap"),
        lines: vec![
            line(&["count", "/etc/hostname", "none"]),
            line(&["help"]),
            line(&[]),
            usage(&["telemetry"]),
            usage(&["telemetry", "frobnicate"]),
            line(&["--help"]),
            line(&["--version"]),
            line(&["count", "--enable-telemetry=false"]),
        ],
        recorded: &["count", "count", "help"],
    }
    .hold();
}
