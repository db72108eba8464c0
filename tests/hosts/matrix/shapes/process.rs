//! How a process runs and ends: a runtime, errors, exits, signals, pipes, other programs.

use crate::line::{line, usage};
use crate::shape::Shape;

#[test]
fn an_async_main() {
    Shape {
        name: "async",
        program: "async",
        plain: env!("CARGO_BIN_EXE_hosts-async-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-async"),
        lines: vec![
            line(&[]),
            line(&["2"]),
            line(&["13"]),
            line(&["--version"]),
            usage(&["--help"]),
            line(&["x"]),
        ],
        recorded: &["async", "async", "async failed"],
    }
    .hold();
}

#[test]
fn a_main_that_returns_an_error() {
    Shape {
        name: "result",
        program: "result",
        plain: env!("CARGO_BIN_EXE_hosts-result-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-result"),
        lines: vec![
            line(&["/dev/null"]),
            line(&["/etc/hostname"]),
            line(&["none"]),
            line(&["telemetry"]),
            line(&["--version"]),
            usage(&["--help"]),
            line(&[]),
        ],
        recorded: &["result", "result failed", "result failed", "result failed"],
    }
    .hold();
}

#[test]
fn a_process_that_ends_otherwise() {
    Shape {
        name: "process",
        program: "process",
        plain: env!("CARGO_BIN_EXE_hosts-process-plain"),
        embedded: env!("CARGO_BIN_EXE_hosts-process"),
        lines: vec![
            line(&["exit", "0"]),
            line(&["exit", "3"]),
            line(&["panic"]),
            line(&["abort"]),
            line(&["input"]).input("one\ntwo\n"),
            line(&["input"]),
            line(&["output"]),
            line(&["output"]).first_line_only(),
            line(&["lines"]),
            line(&["lines"]).first_line_only(),
            line(&["exec", "echo", "one"]),
            line(&["exec", "--", "sh", "-c", "kill -TERM $$"]),
            line(&["exec", "/no/such/program"]),
            line(&["background"]),
            usage(&["--help"]),
        ],
        recorded: &[
            "abort unfinished",
            "background",
            "exec",
            "exec",
            "exec",
            "exit unfinished",
            "exit unfinished",
            "input",
            "input",
            "lines",
            "lines failed",
            "output",
            "output unfinished",
            "panic unfinished",
            "worker",
        ],
    }
    .hold();
}
