//! What a proxy is chosen by: where a request goes.

use aboveboard_core::endpoint::Endpoint;

/// The place that a request goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destination<'d> {
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// The host: a name, or an address without brackets.
    pub host: &'d str,
    /// The port.
    pub port: u16,
}

impl<'d> From<&'d Endpoint> for Destination<'d> {
    fn from(endpoint: &'d Endpoint) -> Self {
        Self { tls: endpoint.is_tls(), host: endpoint.host(), port: endpoint.port() }
    }
}
