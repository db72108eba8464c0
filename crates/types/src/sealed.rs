//! The sealed form of a manifest: a line that says what follows, and the text. The crate `aboveboard-manifest` reads it.
//!
//! ```text
//! aboveboard.sealed/1 grammar=1 release=quarry length=1234 sha256=9f86d081…
//! grammar = 1
//! …
//! ```
//!
//! The SHA-256 is that of the file without ` sha256=…`, so it covers the line too. It proves that no byte was changed, not
//! who sealed it: whoever can build a release can seal one.

use crate::hex;

/// What a sealed manifest begins with, in a file or in a program. The number of its format follows.
pub const MARKER: &str = "aboveboard.sealed/";
/// What stands before the checksum.
pub const CHECKSUM: &str = " sha256=";
/// The release mark of a manifest that is none. No product can have this id.
pub const NO_RELEASE: &str = "-";
/// The format that is written and read.
pub const FORMAT: u64 = 1;

/// Seals a manifest: its text, the grammar of it, and the product of which it is a release.
#[must_use]
pub fn seal(grammar: u64, release: Option<&str>, text: &str) -> String {
    let release = release.unwrap_or(NO_RELEASE);
    let head = format!("{MARKER}{FORMAT} grammar={grammar} release={release} length={}", text.len());
    format!("{head}{CHECKSUM}{}\n{text}", checksum(&head, text))
}

/// The checksum of what stands before it in the line, and of the text.
#[must_use]
pub fn checksum(head: &str, text: &str) -> String {
    let mut hash = hmac_sha256::Hash::new();
    [head, "\n", text].iter().for_each(|part| hash.update(part));
    hex::encode(&hash.finalize())
}
