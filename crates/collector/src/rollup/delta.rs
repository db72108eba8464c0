//! What a transaction changes in the roll-ups, gathered in memory so that each cell is written once.

use std::collections::HashMap;

use aboveboard_types::event::Ending;

use super::row::{CountCell, FieldValue, Name, Number, Stored, What};
use super::set::{Chunk, place_of};
use crate::store::calendar::Day;

/// The axis of a cell of the cube: which question it answers. The numbers are those of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Axis {
    /// Commands: the name is the command, the detail how it ended (0 well, 1 error, 2 unfinished).
    Command = 1,
    /// Console actions: the name is the action, the detail the route.
    Action = 2,
    /// Page views of a console: the name is the route.
    View = 3,
    /// Reports of servers.
    Report = 4,
    /// Declared events: the name is the event.
    Declared = 5,
    /// Flags of declared events: the name is `event.field`, the detail 0 or 1.
    Flag = 6,
    /// Numbers of declared events: the detail is the step of 1, 2, 5 … at or below a count, and the number itself of
    /// an edge or a code, of which there are few.
    Number = 7,
    /// Choices and members of sets: the detail is the name chosen; 0 for a set without members.
    Choice = 8,
    /// Versions: the detail is the packed version.
    Version = 9,
    /// Countries: the detail is the two letters.
    Country = 10,
    /// Requests served: the name is `timing kind`, the detail the edge at or below their times in milliseconds.
    TimingCount = 11,
    /// Milliseconds that requests took together: the name is `timing kind` or `timing.part kind`, the detail as above.
    TimingTime = 12,
    /// Successes, only among the sets of installations that used something: a command that ended well, a report that
    /// counts an object.
    Success = 13,
}

impl Axis {
    /// The axes whose cells add up to the number of events.
    pub const EVENTS: [Self; 5] = [Self::Command, Self::Action, Self::View, Self::Report, Self::Declared];
}

/// The key of a cell of the daily cube.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// Product.
    pub product: u32,
    /// Which question.
    pub axis: Axis,
    /// Day.
    pub day: Day,
    /// What.
    pub name: Name,
    /// What about it.
    pub detail: i64,
    /// Component, version, system, architecture and marks, as one number.
    pub context: u32,
}

/// The key of a set of installations that used something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UseKey {
    /// Product.
    pub product: u32,
    /// Commands, actions, declared events or successes.
    pub axis: Axis,
    /// Day.
    pub day: Day,
    /// What; 0 for successes.
    pub name: Name,
    /// Number of the chunk.
    pub chunk: u32,
}

/// The last report of an installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latest {
    /// Day and hour; a later report in the same hour wins.
    pub when: (Day, u8),
    /// Its context.
    pub context: u32,
    /// Its counts.
    pub counts: Vec<CountCell>,
}

/// Whose events and of which day.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Product.
    pub product: u32,
    /// Installation.
    pub installation: Number,
    /// Context.
    pub context: u32,
    /// Day.
    pub day: Day,
}

/// The changes of one transaction.
#[derive(Debug, Default)]
pub struct Delta {
    /// What is added to (or, negative, taken from) cells of the cube.
    pub cells: HashMap<Cell, i64>,
    /// Installations seen, by product, day, context and chunk.
    pub members: HashMap<(u32, Day, u32, u32), Chunk>,
    /// Installations that used something.
    pub used: HashMap<UseKey, Chunk>,
    /// First and last day an installation was seen in these events.
    pub seen: HashMap<(u32, Number), (Day, Day)>,
    /// Last reports among these events.
    pub latest: HashMap<(u32, Number), Latest>,
}

impl Delta {
    /// Adds events of one installation and day, in the order they were applied.
    pub fn add(&mut self, source: Source, events: &[Stored]) {
        if events.is_empty() {
            return;
        }
        self.count(source, events, 1);
        let Source { product, installation, context, day } = source;
        let (chunk, place) = place_of(installation);
        self.members.entry((product, day, context, chunk)).or_default().insert(place);
        let mut noted: Vec<(Axis, Name)> = Vec::with_capacity(8);
        for (axis, name) in events.iter().flat_map(uses) {
            // Most batches say the same of an installation again and again.
            if !noted.contains(&(axis, name)) {
                noted.push((axis, name));
                self.used.entry(UseKey { product, axis, day, name, chunk }).or_default().insert(place);
            }
        }
        let seen = self.seen.entry((product, installation)).or_insert((day, day));
        *seen = (seen.0.min(day), seen.1.max(day));
        for event in events {
            if let What::Report(counts) = &event.what {
                self.report(source, event.hour, counts);
            }
        }
    }

    /// Takes events out of the cube; sets and last reports of the installation go as a whole, elsewhere.
    pub fn take(&mut self, source: Source, events: &[Stored]) {
        self.count(source, events, -1);
    }

    fn report(&mut self, source: Source, hour: u8, counts: &[CountCell]) {
        let when = (source.day, hour);
        let key = (source.product, source.installation);
        if self.latest.get(&key).is_none_or(|known| known.when <= when) {
            let latest = Latest { when, context: source.context, counts: counts.to_vec() };
            self.latest.insert(key, latest);
        }
    }

    fn count(&mut self, source: Source, events: &[Stored], sign: i64) {
        let Source { product, context, day, .. } = source;
        for event in events {
            let times = i64::try_from(event.what.times()).unwrap_or(i64::MAX);
            let mut add_many = |axis, name, detail, n: i64| {
                let sum = self.cells.entry(Cell { product, axis, day, name, detail, context }).or_default();
                *sum = sum.saturating_add(sign.saturating_mul(n));
            };
            if let What::Timings(sums) = &event.what {
                for sum in sums {
                    let axis = if sum.is_time { Axis::TimingTime } else { Axis::TimingCount };
                    let whole = |number| i64::try_from(number).unwrap_or(i64::MAX);
                    add_many(axis, sum.name, whole(sum.from), whole(sum.n));
                }
            }
            let mut add = |axis, name, detail| add_many(axis, name, detail, times);
            match &event.what {
                What::Command { command, ending, .. } => add(Axis::Command, *command, *ending as i64),
                What::Console { action: 0, route, .. } => add(Axis::View, *route, 0),
                What::Console { action, route, .. } => add(Axis::Action, *action, i64::from(*route)),
                What::Report(_) => add(Axis::Report, 0, 0),
                What::Timings(_) => {}
                What::Declared { name, fields, .. } => {
                    add(Axis::Declared, *name, 0);
                    for (field, value) in fields {
                        let (axis, detail) = detail(*value);
                        add(axis, *field, detail);
                    }
                }
            }
        }
    }
}

/// What an event says that its installation used, and whether it is a success: a command that ended well, a report
/// that counts an object.
fn uses(event: &Stored) -> impl Iterator<Item = (Axis, Name)> {
    let success = |well: bool| well.then_some((Axis::Success, 0));
    let (used, success) = match &event.what {
        What::Command { command, ending, .. } => {
            (Some((Axis::Command, *command)), success(*ending == Ending::Success))
        }
        What::Console { action: 0, .. } => (None, None),
        What::Console { action, .. } => (Some((Axis::Action, *action)), None),
        What::Report(counts) => (None, success(counts.iter().any(|cell| cell.number > 0))),
        What::Timings(_) => (None, None),
        What::Declared { name, .. } => (Some((Axis::Declared, *name)), None),
    };
    used.into_iter().chain(success)
}

fn detail(value: FieldValue) -> (Axis, i64) {
    match value {
        FieldValue::Flag(flag) => (Axis::Flag, i64::from(flag)),
        FieldValue::Number(number) => (Axis::Number, step_below(number)),
        FieldValue::Exact(number) => (Axis::Number, i64::try_from(number).unwrap_or(i64::MAX)),
        FieldValue::Name(name) => (Axis::Choice, i64::from(name)),
        FieldValue::Version(version) => (Axis::Version, i64::try_from(version).unwrap_or(i64::MAX)),
        FieldValue::Country(country) => (Axis::Country, i64::from(country)),
        FieldValue::Nothing => (Axis::Choice, 0),
    }
}

/// The step of 0, 1, 2, 5, 10, 20, 50 … at or below a number, up to 5 × 10¹⁷: numbers as they came would make a
/// cell each.
#[must_use]
pub fn step_below(number: u64) -> i64 {
    let mut step = 0;
    let mut power = 1;
    for _ in 0..18 {
        for digit in [1, 2, 5] {
            if number < digit * power {
                return step;
            }
            step = i64::try_from(digit * power).unwrap_or(i64::MAX);
        }
        power *= 10;
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_one_two_five() {
        for (number, step) in
            [(0, 0), (1, 1), (4, 2), (5, 5), (99, 50), (100, 100), (u64::MAX, 500_000_000_000_000_000)]
        {
            assert_eq!(step_below(number), step, "{number}");
        }
    }
}
