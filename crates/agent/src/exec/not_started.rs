//! A program that could not be started.

use std::ffi::OsString;
use std::process::ExitCode;

use nix::errno::Errno;

use crate::output;

/// Says that a program could not be started, and the exit code that a shell has for it.
pub(super) fn not_started(program: &OsString, error: Errno) -> ExitCode {
    output::message(&format!("aboveboard: {}: {}", program.display(), error.desc()));
    ExitCode::from(if error == Errno::ENOENT { 127 } else { 126 })
}
