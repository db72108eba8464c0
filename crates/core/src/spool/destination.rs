//! Where the events of a segment may go. A segment belongs to the endpoint that it was recorded for: it is sealed for that
//! endpoint and sent there, or it waits until it is too old.

use std::sync::OnceLock;

use crate::consent::Permit;
use crate::endpoint::tag;

/// One endpoint, or none, as a spool keeps things for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    /// The whole endpoint; empty for what stays here.
    pub(crate) endpoint: String,
    tag: OnceLock<String>,
}

impl Destination {
    /// The endpoint that this permit allows to send to.
    pub(crate) fn of(permit: &Permit) -> Self {
        Self::named(permit.destination())
    }

    pub(crate) fn named(endpoint: &str) -> Self {
        Self { endpoint: endpoint.to_owned(), tag: OnceLock::new() }
    }

    /// What stands for it in the names of files. A command that loses nothing never asks: it costs more than all the rest
    /// of a record.
    pub(crate) fn tag(&self) -> &str {
        self.tag.get_or_init(|| tag(&self.endpoint))
    }
}
