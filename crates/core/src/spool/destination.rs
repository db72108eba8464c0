//! Where the events of a segment may go. A segment belongs to the endpoint that it was recorded for: it is sealed for that
//! endpoint and sent there, or it waits until it is too old.

use crate::consent::Permit;
use crate::endpoint::tag;

/// One endpoint, or none, as a spool keeps things for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    /// The whole endpoint; empty for what stays here.
    pub(crate) endpoint: String,
    /// What stands for it in the names of files.
    pub(crate) tag: String,
}

impl Destination {
    /// The endpoint that this permit allows to send to.
    pub(crate) fn of(permit: &Permit) -> Self {
        Self::named(permit.endpoint().map_or("", |endpoint| endpoint.as_str()))
    }

    pub(crate) fn named(endpoint: &str) -> Self {
        Self { endpoint: endpoint.to_owned(), tag: tag(endpoint) }
    }
}
