//! An upper estimate of the bytes a store keeps of a batch.
//!
//! Roll-ups hold a line for each day and distinct thing that happened on it, so that a short batch about many things on many
//! days, each new on its day, leaves more than it was long. Whether something is new is not known before it is applied: what
//! is estimated here is what remains if all of it is.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use aboveboard_types::event::{Cells, Ending, Event, EventKind};
use aboveboard_types::id::Id;
use aboveboard_types::value::Value;

use super::calendar::SECONDS_A_DAY;

/// A line of a roll-up, in pages that are two thirds full.
const LINE: u64 = 32;

/// What is kept of each day: the head of its row, and places in sets.
const DAY: u64 = 80;

/// What is kept of a server that an event names.
const SERVER: u64 = 80;

/// A field in a row that does not repeat.
const FIELD: u64 = 6;

/// A number of a report, in its row and in what is remembered of the installation.
const NUMBER: u64 = 26;

/// What is kept of the events of one batch.
#[derive(Debug, Default)]
pub struct KeptEstimate {
    /// Hashes of what was counted, under a key that no sender knows.
    known: HashSet<u64>,
    key: RandomState,
    bytes: u64,
}

/// What there is once, on a day or at all.
#[derive(Hash)]
enum Thing<'a> {
    Day,
    Server(Id),
    Event(&'a str, &'a str),
    Run(&'a str, Ending),
    Field(&'a str, &'a str, &'a Value<'a>),
    Member(&'a str, &'a str, &'a str),
    Cell(&'a str, &'a [(&'a str, &'a str)], u64),
    Row(u64),
}

impl KeptEstimate {
    /// Takes an event in.
    pub fn add(&mut self, event: &Event<'_>) {
        let day = event.time / SECONDS_A_DAY.unsigned_abs();
        self.once(day, &Thing::Day, DAY);
        match &event.kind {
            EventKind::Command(command) => {
                self.once(day, &Thing::Run(command.command, command.ending), 4 * LINE);
                self.server(command.server);
            }
            EventKind::Console(console) => {
                self.once(day, &Thing::Event(console.action.unwrap_or(""), console.route), 2 * LINE);
                self.server(console.server);
            }
            EventKind::Report(report) => {
                let numbers = report.counts.iter().map(|count| match &count.cells {
                    Cells::One(_) => 1,
                    Cells::By(cells) => cells.len() as u64,
                });
                self.bytes += NUMBER * numbers.sum::<u64>();
                for timing in report.timings.iter().flat_map(|timings| &timings.of) {
                    for cell in &timing.cells {
                        let sums = 2 + cell.parts.len() as u64;
                        self.bytes += NUMBER * sums;
                        self.once(day, &Thing::Cell(timing.name, &cell.kind, cell.from), LINE * sums);
                    }
                }
            }
            EventKind::Declared(declared) => {
                self.once(day, &Thing::Event(declared.name, ""), 2 * LINE);
                let mut fields = 0;
                for (field, value) in &declared.fields {
                    match value {
                        Value::Set(members) => {
                            fields += members.len() as u64;
                            for member in members {
                                self.once(day, &Thing::Member(declared.name, field, member), LINE);
                            }
                        }
                        value => {
                            fields += 1;
                            self.once(day, &Thing::Field(declared.name, field, value), LINE);
                        }
                    }
                }
                // Events that repeat on a day take next to nothing in its row.
                let content = self.key.hash_one(declared);
                self.once(day, &Thing::Row(content), FIELD * fields);
            }
            _ => {}
        }
    }

    /// The bytes that are kept.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    fn server(&mut self, named: Option<Id>) {
        if let Some(named) = named {
            self.once(0, &Thing::Server(named), SERVER);
        }
    }

    fn once(&mut self, day: u64, thing: &Thing<'_>, bytes: u64) {
        if self.known.insert(self.key.hash_one((day, thing))) {
            self.bytes += bytes;
        }
    }
}
