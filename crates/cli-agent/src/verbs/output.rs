//! What the verbs write: lines of data, lines for people, and numbers of things. What comes from files and servers stands
//! in them, so every line is made harmless for a terminal here.

use std::fmt::Display;
use std::io::Write as _;

use aboveboard_types::printable::neutral;

/// One line for people, on stderr.
pub(super) fn say(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{}", neutral(&line.to_string()));
}

/// One line of data, on stdout. False if nobody can read it any more.
pub(super) fn print(line: impl Display) -> bool {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{}", neutral(&line.to_string())).and_then(|()| stdout.flush()).is_ok()
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
