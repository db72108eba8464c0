//! The two streams: data on stdout, words on stderr. What comes from files, programs and servers stands in both, so every
//! line is made harmless for a terminal here.

use std::io::Write as _;
use std::process::ExitCode;

use aboveboard_files::stdout;
use aboveboard_types::printable::neutral;

/// A line of data.
pub fn data(line: &str) {
    bytes(format!("{}\n", neutral(line)).as_bytes());
}

/// A whole text of data.
pub fn bytes(text: &[u8]) {
    // What is lost is said when the program ends.
    stdout::write(text);
}

/// How the program ends that ended so: an error is said, and so is data that was lost.
pub fn ended(result: anyhow::Result<ExitCode>) -> ExitCode {
    let code = result.unwrap_or_else(|failure| {
        error(&failure);
        ExitCode::FAILURE
    });
    match stdout::take_failure() {
        Some(failure) => {
            error(&anyhow::Error::from(failure).context("standard output"));
            ExitCode::FAILURE
        }
        None => code,
    }
}

/// A line of words.
pub fn message(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", neutral(line));
}

/// What went wrong, with every cause.
pub fn error(error: &anyhow::Error) {
    message(&format!("aboveboard: {}", causes(error)));
}

/// An error and its causes in a line. Many errors name their cause themselves; none is printed twice.
fn causes(error: &anyhow::Error) -> String {
    let mut words = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if words.is_empty() {
            words = cause;
        } else if !words.contains(&cause) {
            words = format!("{words}: {cause}");
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn a_cause_that_an_error_names_itself_is_printed_once() {
        let error = std::io::Error::other("no such place");
        let error = anyhow::Error::from(error).context("cannot use x: no such place");
        let error = Err::<(), _>(error).context("no copy was made").unwrap_err();
        assert_eq!(causes(&error), "no copy was made: cannot use x: no such place");
    }
}
