//! A server as the loop that reads its lines holds it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aboveboard_delivery::server::{Settings, Silence, State};
use aboveboard_types::declaration::Component;
use aboveboard_types::event::Event;
use aboveboard_types::outcome::DropReason;

use super::shared::Shared;
use super::worker;
use crate::counts;
use crate::relay::event;
use crate::relay::line::Line;
use crate::relay::sink::Sink;
use crate::relay::wrong::Wrong;
use crate::signals::without_signals;

/// How long the end waits for the worker, which may be in the middle of a request. What it has not done by then is done
/// after the next start.
const MAX_END_TIME: Duration = Duration::from_millis(700);

/// How often a server that is off looks for consent where its host says nothing. Each line looks too.
const LOOK_INTERVAL: Duration = Duration::from_secs(60);

/// A server that speaks through this relay.
pub(in crate::relay) struct Server {
    shared: Arc<Shared>,
    has_worker: bool,
    looked_at: SystemTime,
}

impl Server {
    /// Begins to speak: the notice is shown if it is due, and the host learns the value of the link header. With
    /// `explains`, stderr says what becomes of reports and batches.
    pub(in crate::relay) fn start(settings: Settings, explains: bool) -> Self {
        let shared = Arc::new(Shared::new(settings, explains));
        let mut server = Self { shared, has_worker: false, looked_at: SystemTime::UNIX_EPOCH };
        server.look();
        server
    }

    /// Looks what the server may do, and starts the worker as soon as that is anything. It costs next to nothing between
    /// two decisions.
    fn look(&mut self) -> State {
        let state = self.shared.look();
        if !self.has_worker {
            self.looked_at = SystemTime::now();
            if !matches!(state, State::Silent(Silence::Off(_) | Silence::Undecided(_))) {
                self.start_worker();
            }
        }
        state
    }

    fn start_worker(&mut self) {
        self.shared.inbox.set_working(true);
        let shared = Arc::clone(&self.shared);
        let work = move || {
            worker::run(&shared);
            shared.inbox.set_working(false);
        };
        // Without a thread nothing is reported or sent; the next look tries again.
        self.has_worker =
            without_signals(|| std::thread::Builder::new().name("telemetry".into()).spawn(work)).is_ok();
        if !self.has_worker {
            self.shared.inbox.set_working(false);
        }
    }

    fn record(&mut self, component: Component, event: &Event<'_>) -> Result<(), Wrong> {
        let recording = match self.look() {
            State::Recording(recording) => recording,
            State::Silent(silence) => return Err(Wrong::Unrecorded(silence.into())),
        };
        let recorder = match component {
            Component::Server => &recording.server,
            Component::Console => &recording.console,
            _ => return Err(Wrong::OfClient),
        };
        recorder.record(event).map_err(Wrong::Unrecorded)?;
        self.shared.inbox.recorded();
        Ok(())
    }
}

impl Sink for Server {
    fn take(&mut self, line: Line<'_>) -> Result<(), Wrong> {
        let declaration = self.shared.switch.setup.settings.declaration;
        match line {
            Line::Event { name, fields } => {
                let (component, event) = event::read(declaration, name.as_ref(), &fields)?;
                self.record(component, &event)
            }
            Line::Counts(given) => {
                let counts = counts::report(declaration, &given.0).ok_or(Wrong::Count)?;
                // What is said before consent or after an opt-out is not kept for a report that is due later.
                if let State::Recording(recording) = self.look() {
                    self.shared.inbox.put_counts(recording.id, counts);
                }
                Ok(())
            }
            Line::Timing { name, kind, took, parts } => {
                self.look();
                self.shared.meters.record(name.as_ref(), &kind, took, &parts).ok_or(Wrong::Timing)
            }
            Line::Dropped(number) => {
                self.dropped(DropReason::WriteFailed, number);
                Ok(())
            }
            Line::Begin { .. } | Line::End { .. } | Line::Link { .. } => Err(Wrong::OfClient),
            Line::Version(_) => Err(Wrong::Unknown),
        }
    }

    fn dropped(&mut self, reason: DropReason, number: u64) {
        if matches!(self.look(), State::Recording(_)) {
            self.shared.inbox.dropped(reason, number);
        }
    }

    fn wakes_at(&self) -> Option<SystemTime> {
        (!self.has_worker).then(|| self.looked_at + LOOK_INTERVAL)
    }

    fn wake(&mut self) {
        self.look();
    }

    /// What was recorded is written down, and a request that is under way has a moment to finish.
    fn close(self) {
        self.shared.inbox.end(MAX_END_TIME);
        let state = self.shared.switch.state();
        self.shared.count_drops(&state);
        if let State::Recording(recording) = state {
            recording.flush();
        }
    }
}
