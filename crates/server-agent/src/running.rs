//! What the worker, the handle, the layer and the console bridge of one agent share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use aboveboard_delivery::limits::MAX_UNDELIVERED_EVENTS;
use aboveboard_delivery::server::{Recording, Settings, Setup, State, Switch};
use aboveboard_types::event::Event;
use tokio::sync::Notify;

use crate::{Integration, SharedProgress};

/// One agent that was started.
pub(crate) struct RunningAgent {
    pub(crate) switch: Switch,
    pub(crate) integration: Integration,
    pub(crate) progress: SharedProgress,
    /// Events recorded since the last delivery.
    undelivered: AtomicU64,
    /// Wakes the worker when so many events wait that they should leave before their time.
    pub(crate) backlog: Notify,
    /// Wakes the worker when an opt-out that deletes begins or ends, since only the worker can ask the host's state store, and
    /// when one of any kind ends.
    pub(crate) changed: Arc<Notify>,
    /// Whether telemetry is off and the worker only waits to be woken, so that it can be stopped without waiting for it.
    pub(crate) rests: AtomicBool,
}

impl RunningAgent {
    /// An agent that has recorded nothing yet.
    pub(crate) fn new(mut settings: Settings, mut integration: Integration) -> Self {
        integration.resolve(settings.declaration, &settings.environment);
        settings.makes_token = integration.token.is_none();
        let changed = Arc::new(Notify::new());
        if integration.state_store.is_some() {
            let waker = Arc::clone(&changed);
            settings.purge_changed = Box::new(move || waker.notify_one());
        }
        let waker = Arc::clone(&changed);
        settings.opt_out_ended = Box::new(move || waker.notify_one());
        Self {
            switch: Switch::new(Setup::new(settings)),
            integration,
            progress: SharedProgress::default(),
            undelivered: AtomicU64::new(0),
            backlog: Notify::new(),
            changed,
            rests: AtomicBool::new(false),
        }
    }

    /// What may be recorded now; `None` where nothing may.
    pub(crate) fn recording(&self) -> Option<Arc<Recording>> {
        match self.switch.state() {
            State::Recording(recording) => Some(recording),
            State::Silent(_) => None,
        }
    }

    /// Records an event of the server.
    pub(crate) fn record_server(&self, event: impl FnOnce() -> Event<'static>) {
        let recording = self.recording();
        self.count(recording.is_some_and(|recording| recording.server.record(&event()).is_ok()));
    }

    /// Records an event of the server's console.
    #[cfg_attr(not(feature = "router"), expect(dead_code, reason = "only the router has a console"))]
    pub(crate) fn record_console(&self, event: &Event<'static>) {
        let recording = self.recording();
        self.count(recording.is_some_and(|recording| recording.console.record(event).is_ok()));
    }

    /// Counts an event that was recorded; enough of them wake the worker.
    fn count(&self, was_recorded: bool) {
        if was_recorded && self.undelivered.fetch_add(1, Ordering::Relaxed) + 1 == MAX_UNDELIVERED_EVENTS {
            self.backlog.notify_one();
        }
    }

    /// Begins to count anew: a delivery takes everything that was recorded before it.
    pub(crate) fn delivery_begins(&self) {
        self.undelivered.store(0, Ordering::Relaxed);
    }
}
