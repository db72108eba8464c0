//! The console that is served: a server's, which records under the server's id, or that of a program of a user.

use std::net::SocketAddr;
use std::sync::Arc;

use aboveboard_cli_agent::{ConsoleSink, LINK_HEADER, Link};
use aboveboard_console_bridge::{Bridge, ConsoleState, Sink};
use aboveboard_delivery::server::{State, Switch};
use aboveboard_types::event::Event;
use aboveboard_types::outcome::DropReason;
use http::Response;
use http::request::Parts;

/// The value of the link header of who opted out.
const OFF: &str = "off";

/// The console of one host.
pub(super) enum Console {
    /// Of a server.
    Server(Arc<Switch>, Bridge<ServerSink>),
    /// Of a program of a user, with what it hears of the server behind it.
    Program(Link, Bridge<ConsoleSink>),
}

/// What a host is told: whether it may pass on requests, and what it says of itself to others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) is_on: bool,
    /// The value of the link header, where there is one to be added.
    pub(super) link: Option<String>,
}

impl Console {
    /// What holds now.
    pub(super) fn offer(&self) -> Offer {
        match self {
            Self::Server(switch, _) => {
                let state = switch.state();
                let is_on = matches!(state, State::Recording(_));
                Offer { is_on, link: Some(state.link().to_owned()) }
            }
            Self::Program(_, bridge) => {
                let is_on = bridge.is_on();
                Offer { is_on, link: (!is_on).then(|| OFF.to_owned()) }
            }
        }
    }

    /// Takes what the host heard of the server behind it: the value of its link header.
    pub(super) fn heard(&self, value: &str) {
        if let Self::Program(link, _) = self {
            link.headers([(LINK_HEADER, value)]);
        }
    }

    /// Answers a request that the host passed on from this address.
    pub(super) fn answer(&self, parts: &Parts, body: &[u8], peer: Option<SocketAddr>) -> Response<Vec<u8>> {
        match self {
            Self::Server(_, bridge) => bridge.answer(parts, body, peer),
            Self::Program(_, bridge) => bridge.answer(parts, body, peer),
        }
    }

    /// Writes down what was only counted so far.
    pub(super) fn close(&self) {
        if let Self::Server(switch, _) = self
            && let State::Recording(recording) = switch.state()
        {
            recording.flush();
        }
    }
}

/// Records what the pages of a server's console report.
pub(super) struct ServerSink(pub(super) Arc<Switch>);

impl Sink for ServerSink {
    fn state(&self) -> ConsoleState {
        match self.0.state() {
            State::Recording(recording) => ConsoleState::of_server(recording.id),
            State::Silent(_) => ConsoleState::Off,
        }
    }

    fn record(&self, event: Event<'static>) {
        if let State::Recording(recording) = self.0.state() {
            // What could not be written is counted by the recorder; the page has nothing to do with it.
            let _ = recording.console.record(&event);
        }
    }

    fn undeclared(&self, events: u64) {
        if let State::Recording(recording) = self.0.state() {
            recording.console.dropped(DropReason::Undeclared, events);
        }
    }
}
