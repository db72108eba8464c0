//! A web console that a command serves: its bridge, with this installation's id and that of the server behind it.

use std::sync::Arc;

use aboveboard_console_bridge::{Bridge, ConsoleState, Origins, Sink, Upstream};
use aboveboard_core::identity;
use aboveboard_types::event::Event;
use aboveboard_types::outcome::DropReason;

use crate::link::Link;
use crate::origin::Origin;
use crate::peer::Peer;

impl Link {
    /// The bridge for a console that this command serves on this port of the loopback interface, with pages that talk
    /// to the server behind this link. `None` for a link that no command handed out, and where the system has no
    /// randomness to give; the console works without.
    ///
    /// Where telemetry is off or undecided, its pages are silent. It is on while telemetry is
    /// on here and the last response of the server that said anything of telemetry named its installation. An opt-out
    /// while it runs silences it with the next request of a page.
    #[must_use]
    pub fn console(&self, port: u16) -> Option<Bridge<ConsoleSink>> {
        let origin = self.origin.clone()?;
        let declaration = origin.settings.declaration;
        let sink = ConsoleSink { origin, link: self.clone() };
        Some(Bridge::new(declaration, Origins::loopback(port), identity::session()?, sink))
    }
}

/// Records what the pages of a console report, linked to this installation and to the server.
#[derive(Debug)]
pub struct ConsoleSink {
    origin: Arc<Origin>,
    link: Link,
}

impl Sink for ConsoleSink {
    fn state(&self) -> ConsoleState {
        let server = match self.link.last_peer() {
            Peer::Server(server) => Some(server),
            Peer::Unknown | Peer::Off => None,
        };
        let Some((cli, reference)) = self.origin.linked(server) else { return ConsoleState::Off };
        let upstream = match (server, reference) {
            (None, _) => Upstream::Silent,
            // It reports to another host, where its id is another.
            (Some(_), None) => Upstream::Absent,
            (Some(_), Some(reference)) => Upstream::Linked(reference),
        };
        ConsoleState::of_cli(cli, upstream)
    }

    fn record(&self, event: Event<'static>) {
        // What could not be written is counted by the recorder; the page has nothing to do with it.
        let _ = self.origin.recorder().map(|recorder| recorder.record(&event));
    }

    fn undeclared(&self, events: u64) {
        if let Some(recorder) = self.origin.recorder() {
            recorder.dropped(DropReason::Undeclared, events);
        }
    }
}
