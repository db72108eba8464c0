//! The hash of a manifest: which text somebody saw, agreed to or was built with.

use aboveboard_types::hex;

/// First 16 hexadecimal digits of the SHA-256 of the text.
pub(crate) fn of(text: &str) -> String {
    hex::encode(&hmac_sha256::Hash::hash(text.as_bytes())[..8])
}
