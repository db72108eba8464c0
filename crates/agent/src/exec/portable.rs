//! Where the system is not Linux: the program runs as a plain child.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

/// The code that the child exited with; none if it could not be started or died of a signal.
pub(super) type ChildExit = Option<i32>;

pub(super) fn run(program: &[OsString]) -> ChildExit {
    let (name, arguments) = program.split_first()?;
    Command::new(name).args(arguments).status().ok()?.code()
}

pub(super) fn finish(_program: &OsString, exit: ChildExit) -> ExitCode {
    std::process::exit(exit.unwrap_or(127))
}

/// Nothing here names a process by its number.
#[must_use]
pub fn become_program_if_called() -> Option<ExitCode> {
    None
}
