//! Standard error.

#[expect(clippy::print_stderr, reason = "errors go to stderr")]
pub(crate) fn error(message: &str) {
    eprintln!("{message}");
}
