//! The two streams: data on stdout, words on stderr.

use std::io::Write as _;

/// A line of data. A reader that went away is no failure of ours.
pub(crate) fn data(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// A line of words.
pub(crate) fn word(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// What went wrong, with every cause.
pub(crate) fn problem(error: &anyhow::Error) {
    word(&format!("aboveboard: {error:#}"));
}

/// A whole text of data.
///
/// # Errors
/// Whoever reads it has gone, or the disk is full.
pub(crate) fn text(text: &[u8]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text)?;
    out.flush()
}
