//! Telemetry of a program that lives.

use std::time::SystemTime;

use aboveboard_types::declaration::Component;
use aboveboard_types::event::{Ending, Event};
use aboveboard_types::outcome::{DropReason, Fate, Unrecorded};

/// How many commands could be open at once.
pub const MAX_RUNS: usize = 256;

/// Telemetry of a program that lives, in a build without.
#[derive(Debug)]
#[must_use]
pub struct Resident(pub(super) ());

impl Resident {
    /// Drops the event.
    pub fn record(&mut self, _component: Component, _event: &Event<'_>) -> Fate {
        Err(Unrecorded::Off)
    }

    /// Begins nothing.
    pub fn begin(&mut self, _number: u64, _command: &str) -> Fate {
        Err(Unrecorded::Off)
    }

    /// No command is ever open.
    #[must_use]
    pub fn is_open(&self, _number: u64) -> bool {
        false
    }

    /// None.
    #[must_use]
    pub fn open_runs(&self) -> usize {
        0
    }

    /// Ends nothing.
    pub fn end(&mut self, _number: u64, _ending: Ending) -> Option<Fate> {
        None
    }

    /// The build.
    #[must_use]
    pub fn because(&self, _component: Component) -> &'static str {
        "build, which holds no telemetry"
    }

    /// Notes nothing.
    pub fn link(&mut self, _value: &str, _number: Option<u64>) {}

    /// Counts nothing.
    pub fn dropped(&mut self, _reason: DropReason, _number: u64) {}

    /// Never.
    #[must_use]
    pub fn tends_at(&self) -> Option<SystemTime> {
        None
    }

    /// Does nothing.
    pub fn tend(&mut self) {}

    /// Does nothing.
    pub fn close(self) {}
}
