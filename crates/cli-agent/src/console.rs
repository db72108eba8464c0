//! A web console that a command serves: its bridge, with this installation's id and that of the server behind it.

use std::sync::Arc;

use aboveboard_console_bridge::{Bridge, ConsoleState, Origins, Sink, Upstream};
use aboveboard_core::consent::{self, Decision, Host, Question};
use aboveboard_core::declaration::{Component, Declaration};
use aboveboard_core::envelope::Header;
use aboveboard_core::environment::Environment;
use aboveboard_core::event::Event;
use aboveboard_core::id::Id;
use aboveboard_core::identity;
use aboveboard_core::outcome::DropReason;
use aboveboard_core::paths::Paths;
use aboveboard_core::recorder::Recorder;

use crate::agent::Agent;
use crate::link::{Link, Peer};

/// Where the events of a console come from: all that a fresh decision needs.
#[derive(Debug)]
pub(crate) struct Origin {
    declaration: &'static Declaration,
    environment: Environment,
    host: Host,
    places: Option<Paths>,
    header: Header,
}

impl Origin {
    pub(crate) fn of(agent: &Agent, places: Option<&Paths>, host: &Host) -> Arc<Self> {
        let header = Header { component: Component::Console, ..agent.header() };
        Arc::new(Self {
            declaration: agent.declaration,
            environment: agent.environment.clone(),
            host: host.clone(),
            places: places.cloned(),
            header,
        })
    }

    /// A console obeys what serves it: the CLI is asked for.
    fn decide(&self) -> Decision {
        consent::decide(&Question {
            declaration: self.declaration,
            component: Component::Cli,
            host: &self.host,
            environment: &self.environment,
            places: self.places.as_ref(),
        })
    }

    fn recorder(&self) -> Option<Recorder<'static>> {
        let permit = self.decide().permit()?;
        Some(Recorder::open(permit, self.declaration, self.places.as_ref()?, self.header.clone()))
    }

    fn installation(&self) -> Option<Id> {
        let permit = self.decide().permit()?;
        identity::installation(&permit, self.places.as_ref()?).map(|installation| installation.id)
    }
}

impl Link {
    /// The bridge for a console that this command serves on this port of the loopback, with pages that talk to
    /// the server behind this link. `None` for a link that no command handed out, and where the system has no
    /// randomness to give; the console works without.
    ///
    /// Where telemetry is off or undecided, the bridge tells its pages to be silent. It is on while telemetry is
    /// on here and the last answer of the server that said anything of telemetry named its installation. A no that
    /// is said while it runs silences it with the next request of a page.
    #[must_use]
    pub fn console(&self, port: u16) -> Option<Bridge<ConsoleSink>> {
        let origin = self.origin.clone()?;
        let declaration = origin.declaration;
        let sink = ConsoleSink { origin, link: self.clone() };
        Some(Bridge::new(declaration, Origins::loopback(port), identity::session()?, sink))
    }
}

/// Records what the pages of a console tell, linked to this installation and to the server.
///
/// Each page and each event is decided afresh: a console runs for hours, in which id and spool may be deleted and
/// made anew.
#[derive(Debug)]
pub struct ConsoleSink {
    origin: Arc<Origin>,
    link: Link,
}

impl Sink for ConsoleSink {
    fn state(&self) -> ConsoleState {
        let upstream = match self.link.last() {
            Peer::Server(server, _) => Upstream::Linked(server),
            Peer::None | Peer::Off => Upstream::Silent,
        };
        self.origin.installation().map_or(ConsoleState::Off, |cli| ConsoleState::of_cli(cli, upstream))
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
