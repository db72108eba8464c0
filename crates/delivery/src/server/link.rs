//! The values of the link header, by which a command line program of the product learns which server it talked to.

use aboveboard_core::endpoint::Endpoint;
use aboveboard_types::host;
use aboveboard_types::id::Id;
use aboveboard_types::value::Version;

/// The value while the server's telemetry is off, or undecided.
pub(super) const OFF: &str = "off";

/// The value while the server waits: its notice was shown and the first delay is not over, or there is no id yet. A
/// server that waits has not opted out.
pub(super) const WAITING: &str = "waiting";

/// The value while the server's telemetry is on. The last part tells a program that reports to the same host that the id
/// is one of that host, and tells others nothing.
pub(super) fn named(installation: Id, version: Version, endpoint: &Endpoint) -> String {
    let tag = host::tag(&endpoint.identity_host());
    format!("{installation};{version};{tag}")
}
