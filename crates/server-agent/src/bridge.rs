//! The server as its console's bridge sees it.

use std::sync::Arc;

use aboveboard_console_bridge::{Sink, Standing as Console};
use aboveboard_core::event::Event;
use aboveboard_core::outcome::DropReason;

use crate::state::{Open, Standing};
use crate::worker::Shared;

/// Records what the pages of this server's console tell.
pub(crate) struct OfServer(pub(crate) Arc<Shared>);

impl OfServer {
    fn open(&self) -> Option<Arc<Open>> {
        match self.0.switch.standing() {
            Standing::Open(open) => Some(open),
            Standing::Silent(_) => None,
        }
    }
}

impl Sink for OfServer {
    fn standing(&self) -> Console {
        self.open().map_or(Console::Off, |open| Console::of_server(open.id))
    }

    fn record(&self, event: Event<'static>) {
        if let Some(open) = self.open()
            && open.console.record(&event).is_ok()
        {
            self.0.recorded();
        }
    }

    fn undeclared(&self, events: u64) {
        if let Some(open) = self.open() {
            open.console.dropped(DropReason::Undeclared, events);
        }
    }
}
