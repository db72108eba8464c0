//! The hash of a manifest: which text somebody saw, agreed to or was built with.

use std::fmt::Write as _;

/// First 16 hexadecimal digits of the SHA-256 of the text.
pub(crate) fn of(text: &str) -> String {
    let mut hash = String::with_capacity(16);
    for byte in &hmac_sha256::Hash::hash(text.as_bytes())[..8] {
        let _ = write!(hash, "{byte:02x}");
    }
    hash
}
