//! What stands for an endpoint in the names of files.

use aboveboard_types::hex;
use hmac_sha256::Hash;

/// The first 16 hexadecimal digits of its SHA-256: too many for somebody to find a second endpoint with the same.
pub(crate) fn tag(endpoint: &str) -> String {
    hex::encode(&Hash::hash(endpoint.as_bytes())[..8])
}
