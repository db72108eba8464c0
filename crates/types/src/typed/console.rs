//! What the bridge of a console and the agent that serves the console exchange.

use crate::event::Event;
use crate::id::Id;

/// Whether a console may record, and on whose behalf: one answer, so that mode and ids never disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsoleState {
    /// Nothing is recorded, and pages learn that they should be silent.
    Off,
    /// Pages may report; what they report is recorded with these ids.
    On {
        /// The server that serves the console, or to which the serving CLI is linked.
        server: Option<Id>,
        /// The CLI that serves the console.
        cli: Option<Id>,
    },
}

/// What a CLI that serves a console knows of the server behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// The console needs no server.
    Absent,
    /// The server has not said who it is: it was not asked yet, cannot be reached, or its telemetry is off.
    Silent,
    /// The server's last answer carried its installation id, so its telemetry is on.
    Linked(Id),
}

impl ConsoleState {
    /// Of a console that a server serves, when that server's telemetry is on.
    #[must_use]
    pub const fn of_server(installation: Id) -> Self {
        Self::On { server: Some(installation), cli: None }
    }

    /// Of a console that a CLI serves, when that CLI's telemetry is on. A server whose telemetry is off turns it off.
    #[must_use]
    pub const fn of_cli(installation: Id, upstream: Upstream) -> Self {
        match upstream {
            Upstream::Absent => Self::On { server: None, cli: Some(installation) },
            Upstream::Silent => Self::Off,
            Upstream::Linked(server) => Self::On { server: Some(server), cli: Some(installation) },
        }
    }
}

/// The agent that serves the console, as the bridge sees it.
pub trait Sink: Send + Sync + 'static {
    /// Whether the console may record now. Asked at each request, so that open pages fall silent with the agent; must be
    /// cheap.
    fn state(&self) -> ConsoleState;

    /// Records a complete console event. Called within a request: it may append to a file, but not wait for a network.
    fn record(&self, event: Event<'static>);

    /// Counts events that a page reported and the manifest does not declare.
    fn undeclared(&self, events: u64);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_off_turns_the_console_of_a_cli_off() {
        let server = Id::from_random([1; 16]);
        let cli = Id::from_random([2; 16]);
        assert_eq!(ConsoleState::of_cli(cli, Upstream::Silent), ConsoleState::Off);
        let both = ConsoleState::On { server: Some(server), cli: Some(cli) };
        assert_eq!(ConsoleState::of_cli(cli, Upstream::Linked(server)), both);
    }
}
