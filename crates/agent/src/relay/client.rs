//! The relay of a program on a user's machine: events and commands.

use std::time::SystemTime;

use aboveboard_cli_agent::{Fate, MAX_RUNS, Resident};
use aboveboard_types::declaration::{Component, Declaration, find};
use aboveboard_types::outcome::{DropReason, Unrecorded};

use super::event;
use super::json::Object;
use super::line::Line;
use super::sink::Sink;
use super::wrong::Wrong;
use crate::values::Given;

/// Records what a program does by its manifest.
pub(super) struct Client {
    declaration: &'static Declaration,
    resident: Resident,
}

impl Client {
    pub(super) fn new(declaration: &'static Declaration, resident: Resident) -> Self {
        Self { declaration, resident }
    }

    fn record(&mut self, name: &str, fields: &Object<'_, Given<'_>>) -> Result<(), Wrong> {
        let (component, event) = event::read(self.declaration, name, fields)?;
        if component == Component::Server {
            return Err(Wrong::OfServer);
        }
        recorded(self.resident.record(component, &event))
    }

    fn begin(&mut self, command: &str, run: u64) -> Result<(), Wrong> {
        let is_open = self.resident.is_open(run);
        let is_full = self.resident.open_runs() >= MAX_RUNS;
        match recorded(self.resident.begin(run, command)) {
            Err(Wrong::Unrecorded(_)) if is_open => Err(Wrong::Open),
            Err(Wrong::Unrecorded(_)) if is_full => Err(Wrong::TooManyOpen),
            Err(Wrong::Unrecorded(Unrecorded::Dropped(_)))
                if find(&self.declaration.commands, command).is_none() =>
            {
                Err(Wrong::Command)
            }
            fate => fate,
        }
    }

    /// Does something with a run, if it is open.
    fn with_open(&mut self, run: u64, act: impl FnOnce(&mut Resident)) -> Result<(), Wrong> {
        if !self.resident.is_open(run) {
            return Err(Wrong::NotOpen);
        }
        act(&mut self.resident);
        Ok(())
    }
}

impl Sink for Client {
    fn take(&mut self, line: Line<'_>) -> Result<(), Wrong> {
        match line {
            Line::Event { name, fields } => self.record(name.as_ref(), &fields),
            Line::Begin { command, run } => self.begin(command.as_ref(), run),
            Line::End { run, ending } => self.with_open(run, |resident| {
                // What became of it was said when it began.
                let _ = resident.end(run, ending);
            }),
            Line::Link { value, run: Some(run) } => {
                self.with_open(run, |resident| resident.link(value.as_ref(), Some(run)))
            }
            Line::Link { value, run: None } => {
                self.resident.link(value.as_ref(), None);
                Ok(())
            }
            Line::Dropped(number) => {
                self.resident.dropped(DropReason::WriteFailed, number);
                Ok(())
            }
            Line::Counts(_) | Line::Timing { .. } => Err(Wrong::OfServer),
            Line::Version(_) => Err(Wrong::Unknown),
        }
    }

    fn dropped(&mut self, reason: DropReason, number: u64) {
        self.resident.dropped(reason, number);
    }

    fn wakes_at(&self) -> Option<SystemTime> {
        self.resident.tends_at()
    }

    fn wake(&mut self) {
        if self.wakes_at().is_some_and(|at| at <= SystemTime::now()) {
            self.resident.tend();
        }
    }

    fn close(self) {
        self.resident.close();
    }
}

fn recorded(fate: Fate) -> Result<(), Wrong> {
    fate.map(|_| ()).map_err(Wrong::Unrecorded)
}
