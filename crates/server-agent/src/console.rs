//! The server as its console's bridge sees it.

use std::sync::Arc;

use aboveboard_console_bridge::{ConsoleState, Sink};
use aboveboard_types::event::Event;
use aboveboard_types::outcome::DropReason;

use crate::running::RunningAgent;

/// Records what the pages of this server's console report.
pub(crate) struct ServerSink(pub(crate) Arc<RunningAgent>);

impl Sink for ServerSink {
    fn state(&self) -> ConsoleState {
        self.0.recording().map_or(ConsoleState::Off, |recording| ConsoleState::of_server(recording.id))
    }

    fn record(&self, event: Event<'static>) {
        self.0.record_console(&event);
    }

    fn undeclared(&self, events: u64) {
        if let Some(recording) = self.0.recording() {
            recording.console.dropped(DropReason::Undeclared, events);
        }
    }
}
