//! What the verbs write: lines of data, lines for people, and numbers of things. What comes from files and servers stands
//! in them, so every line is made harmless for a terminal here.

use std::fmt::Display;
use std::io::Write as _;

use aboveboard_files::stdout::{self, Written};
use aboveboard_types::printable::neutral;

use super::Exit;

/// One line for people, on stderr.
pub(super) fn say(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{}", neutral(&line.to_string()));
}

/// One line of data, on stdout. False where it was lost, which the end of the verb says.
pub(super) fn print(line: impl Display) -> bool {
    stdout::write(format!("{}\n", neutral(&line.to_string())).as_bytes()) != Written::Lost
}

/// How a verb ends that ended so: what was lost on stdout is said, and is a failure.
pub(super) fn ended(exit: Exit) -> Exit {
    let Some(error) = stdout::take_failure() else { return exit };
    say(format_args!("error: standard output: {error}"));
    Exit::Failed
}

/// A number of things, in words.
pub(super) fn counted(number: usize, thing: &str) -> String {
    let plural = match thing.strip_suffix("ch") {
        _ if number == 1 => "",
        Some(_) => "es",
        None => "s",
    };
    format!("{number} {thing}{plural}")
}
