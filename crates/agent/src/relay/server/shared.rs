//! What the reader of lines and the worker share.

use std::sync::{Mutex, PoisonError};

use aboveboard_delivery::server::{Settings, Setup, State, Switch};

use super::inbox::Inbox;
use super::meters::Meters;
use super::words::words;
use crate::streams;

/// What the reader of lines and the worker share.
pub(super) struct Shared {
    pub(super) switch: Switch,
    pub(super) inbox: Inbox,
    pub(super) meters: Meters,
    told: Mutex<ToldLink>,
    explains: bool,
}

/// What the host was told.
#[derive(Default)]
struct ToldLink {
    /// The value of its link header.
    link: String,
    /// Whether the line was written. One that was not is said again with the next look.
    is_written: bool,
}

impl Shared {
    /// Decides for the first time: the notice is shown if it is due.
    pub(super) fn new(mut settings: Settings, explains: bool) -> Self {
        let declaration = settings.declaration;
        let meters = Meters::new(declaration);
        settings.show = Box::new(streams::to_people);
        settings.timings = Some(meters.timings(declaration));
        let switch = Switch::new(Setup::new(settings));
        switch.decide();
        Self { switch, inbox: Inbox::default(), meters, told: Mutex::default(), explains }
    }

    /// What the server may do by now. The host is told if that changes the value of its link header.
    pub(super) fn look(&self) -> State {
        // Held from before the state is read, so that of two threads the later one tells the newer state.
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let state = self.switch.state();
        let is_new = told.link != state.link();
        if is_new {
            state.link().clone_into(&mut told.link);
        }
        if is_new || !told.is_written {
            told.is_written = streams::to_host(&format!(r#"{{"link":"{}"}}"#, told.link));
        }
        if is_new {
            self.explain(&words(&state));
        }
        state
    }

    /// Has the recorder count what was dropped. What was dropped before an opt-out is forgotten with everything else.
    pub(super) fn count_drops(&self, state: &State) {
        let drops = self.inbox.take_drops();
        if let State::Recording(recording) = state {
            drops.into_iter().for_each(|(reason, number)| recording.server.dropped(reason, number));
        }
    }

    /// Says on stderr what a developer asked to hear.
    pub(super) fn explain(&self, what: &str) {
        if self.explains {
            streams::to_people(what);
        }
    }
}
