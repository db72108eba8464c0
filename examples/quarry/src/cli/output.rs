//! The two streams: results on stdout, messages on stderr.

use std::process::ExitCode;

/// Prints a result on stdout.
#[expect(clippy::print_stdout, reason = "what a command answers goes to stdout")]
pub(super) fn result(line: &str) {
    println!("{line}");
}

/// Prints a message on stderr.
#[expect(clippy::print_stderr, reason = "messages about the work go to stderr")]
pub(super) fn message(line: &str) {
    eprintln!("{line}");
}

/// Prints why a command failed.
pub(super) fn error(error: &anyhow::Error) -> ExitCode {
    message(&format!("quarry: {error:#}"));
    ExitCode::FAILURE
}
