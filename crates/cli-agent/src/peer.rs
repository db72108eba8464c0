//! What a server that a command talks to says of its telemetry.

use crate::server::Server;

/// What is known of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Peer {
    /// No server said anything.
    #[default]
    Unknown,
    /// A server with telemetry.
    Server(Server),
    /// A server whose telemetry is off: then this command is not recorded either.
    Off,
}

impl Peer {
    /// Reads a value of the link header. What is not whole and in its one spelling says nothing.
    pub(crate) fn parse(value: &str) -> Self {
        if value == "off" {
            return Self::Off;
        }
        Server::parse(value).map_or(Self::Unknown, Self::Server)
    }

    /// What is known after `later` was said: an opt-out stays, and a response that says nothing changes nothing.
    pub(crate) fn stricter(self, later: Self) -> Self {
        if self == Self::Off || later == Self::Unknown { self } else { later }
    }
}
