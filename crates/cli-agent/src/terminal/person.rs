//! Whether a person is there.

use std::io::{IsTerminal as _, stderr, stdin};

use aboveboard_core::environment::Environment;
use aboveboard_types::printable::is_printable;

use super::system;
use super::typed::Typed;

/// Whether a person can read a question on stderr and answer it on stdin: both are terminals, neither continuous
/// integration nor a coding agent runs this, and the terminal is ours right now (a job in the background would be stopped by
/// the attempt to read).
pub(crate) fn has_person(environment: &Environment) -> bool {
    stdin().is_terminal() && stderr().is_terminal() && may_ask(environment) && system::is_in_front()
}

/// Whether a person may be behind this process: in continuous integration, and where a coding agent types, there is none.
fn may_ask(environment: &Environment) -> bool {
    !environment.is_ci() && !environment.is_coding_agent()
}

/// Whether a person typed, at a shell's prompt, the very command that this process, or its caller, is: it leads the group of
/// processes that has the terminal now, and nobody but that terminal takes its output. A shell gives every command that is
/// typed a group of its own; what scripts, `make`, `timeout`, `$(…)` and the files that a shell reads at its start run does
/// not lead one.
pub(crate) fn has_prompt(environment: &Environment, typed: Typed) -> bool {
    may_ask(environment) && system::was_typed(typed)
}

/// A text without what a terminal would obey; line ends stay.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|character| *character == '\n' || is_printable(*character)).collect()
}
