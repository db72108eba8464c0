//! Where the events of a segment may go. A segment belongs to the endpoint that it was recorded for: it is sealed for that
//! endpoint and sent there, or it waits until it is too old.

use aboveboard_types::hex;
use hmac_sha256::Hash;

use crate::consent::Permit;

/// One endpoint, or none, as a spool keeps things for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    /// The whole endpoint; empty for what stays here.
    pub(crate) endpoint: String,
    /// What stands for it in the names of files: the first 16 hexadecimal digits of its SHA-256.
    pub(crate) tag: String,
}

impl Destination {
    /// The endpoint that this permit allows to send to.
    pub(crate) fn of(permit: &Permit) -> Self {
        Self::named(permit.endpoint().map_or("", |endpoint| endpoint.as_str()))
    }

    pub(crate) fn named(endpoint: &str) -> Self {
        // Too many digits for somebody to find a second endpoint with the same.
        Self { endpoint: endpoint.to_owned(), tag: hex::encode(&Hash::hash(endpoint.as_bytes())[..8]) }
    }
}
