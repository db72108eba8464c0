//! What a transaction changes in the roll-ups, gathered in memory so that each cell is written once.

use std::collections::HashMap;

pub(crate) use aboveboard_store::axis::Axis;
use aboveboard_store::calendar::Day;
use aboveboard_store::packed_version::pack_version;
use aboveboard_store::step::step_below;
use aboveboard_store::versions::OTHER;
use aboveboard_types::event::Ending;

use super::chunk::{SetChunk, place_of};
use super::row::{self, InstallationNumber, NameNumber, StoredCount, StoredEvent, StoredKind, StoredValue};

/// What an event says that its installation used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Use {
    /// Commands, actions, reports, declared events or successes.
    pub(crate) axis: Axis,
    /// What; 0 for reports and successes.
    pub(crate) name: NameNumber,
    /// How a command ended; 0 for anything else.
    pub(crate) detail: i64,
}

impl Use {
    const fn of(axis: Axis, name: NameNumber) -> Self {
        Self { axis, name, detail: 0 }
    }

    /// The context under which a use by an installation in `context` is kept.
    #[must_use]
    pub(crate) fn context(self, context: u32) -> u32 {
        if self.axis == Axis::Success { 0 } else { context }
    }
}

/// The key of a cell of the daily cube.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CubeCell {
    /// Product.
    pub(crate) product: u32,
    /// Which question.
    pub(crate) axis: Axis,
    /// Day.
    pub(crate) day: Day,
    /// What.
    pub(crate) name: NameNumber,
    /// What about it.
    pub(crate) detail: i64,
    /// Component, version, system, architecture and marks, as one number.
    pub(crate) context: u32,
}

/// The key of a set of installations that used something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct UsedKey {
    /// Product.
    pub(crate) product: u32,
    /// Day.
    pub(crate) day: Day,
    /// What.
    pub(crate) what: Use,
    /// Context, as [`Use::context`] gives it.
    pub(crate) context: u32,
    /// Number of the chunk.
    pub(crate) chunk: u32,
}

impl UsedKey {
    /// In the order of the columns.
    pub(crate) fn columns(&self) -> [i64; 7] {
        let Use { axis, name, detail } = self.what;
        [
            self.product.into(),
            axis as i64,
            self.day.into(),
            name.into(),
            detail,
            self.context.into(),
            self.chunk.into(),
        ]
    }
}

/// The last report of an installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LatestReport {
    /// Day and hour; a later report in the same hour wins.
    pub(crate) when: (Day, u8),
    /// Its context.
    pub(crate) context: u32,
    /// Its counts.
    pub(crate) counts: Vec<StoredCount>,
}

/// Whose events and of which day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowSource {
    /// Product.
    pub(crate) product: u32,
    /// Installation.
    pub(crate) installation: InstallationNumber,
    /// Context.
    pub(crate) context: u32,
    /// Day.
    pub(crate) day: Day,
}

/// The changes of one transaction.
#[derive(Debug, Default)]
pub(crate) struct Delta {
    /// What is added to (or, negative, taken from) cells of the cube.
    pub(crate) cells: HashMap<CubeCell, i64>,
    /// Installations seen, by product, day, context and chunk.
    pub(crate) members: HashMap<(u32, Day, u32, u32), SetChunk>,
    /// Installations that used something.
    pub(crate) used: HashMap<UsedKey, SetChunk>,
    /// First and last day an installation was seen in these events.
    pub(crate) seen: HashMap<(u32, InstallationNumber), (Day, Day)>,
    /// Last reports among these events.
    pub(crate) latest: HashMap<(u32, InstallationNumber), LatestReport>,
}

impl Delta {
    /// Adds events of one installation and day, in the order they were applied.
    pub(crate) fn add(&mut self, source: RowSource, events: &[StoredEvent]) {
        if events.is_empty() {
            return;
        }
        self.count(source, events, 1);
        self.add_members(source, events);
        let RowSource { product, installation, day, .. } = source;
        let seen = self.seen.entry((product, installation)).or_insert((day, day));
        *seen = (seen.0.min(day), seen.1.max(day));
        self.add_reports(source, events);
    }

    /// Notes the sets that events put their installation in.
    pub(crate) fn add_members(&mut self, source: RowSource, events: &[StoredEvent]) {
        let RowSource { product, installation, context, day } = source;
        let (chunk, place) = place_of(installation);
        self.members.entry((product, day, context, chunk)).or_default().insert(place);
        for what in distinct_uses(events) {
            let key = UsedKey { product, day, what, context: what.context(context), chunk };
            self.used.entry(key).or_default().insert(place);
        }
    }

    /// Notes the last report among events.
    pub(crate) fn add_reports(&mut self, source: RowSource, events: &[StoredEvent]) {
        for event in events {
            if let StoredKind::Report(counts) = &event.what {
                self.report(source, event.hour, counts);
            }
        }
    }

    /// Takes events out of the cube.
    pub(crate) fn take(&mut self, source: RowSource, events: &[StoredEvent]) {
        self.count(source, events, -1);
    }

    /// Takes the events of an installation that goes out of the cube, and notes in which sets it is.
    pub(crate) fn take_installation(&mut self, source: RowSource, events: &[StoredEvent]) {
        self.take(source, events);
        self.add_members(source, events);
    }

    fn report(&mut self, source: RowSource, hour: u8, counts: &[StoredCount]) {
        let when = (source.day, hour);
        let key = (source.product, source.installation);
        if self.latest.get(&key).is_none_or(|known| known.when <= when) {
            let latest = LatestReport { when, context: source.context, counts: counts.to_vec() };
            self.latest.insert(key, latest);
        }
    }

    fn count(&mut self, source: RowSource, events: &[StoredEvent], sign: i64) {
        let RowSource { product, context, day, .. } = source;
        for event in events {
            let times = i64::try_from(event.what.times()).unwrap_or(i64::MAX);
            let mut add_many = |axis, name, detail, n: i64| {
                let sum =
                    self.cells.entry(CubeCell { product, axis, day, name, detail, context }).or_default();
                *sum = sum.saturating_add(sign.saturating_mul(n));
            };
            if let StoredKind::Timings(sums) = &event.what {
                for sum in sums {
                    let axis = if sum.is_time { Axis::TimingTime } else { Axis::TimingCount };
                    let whole = |number| i64::try_from(number).unwrap_or(i64::MAX);
                    add_many(axis, sum.name, whole(sum.from), whole(sum.n));
                }
            }
            let mut add = |axis, name, detail| add_many(axis, name, detail, times);
            match &event.what {
                StoredKind::Command { command, ending, .. } => {
                    add(Axis::Command, *command, row::number_of(*ending).cast_signed())
                }
                StoredKind::Console { action: 0, route, .. } => add(Axis::View, *route, 0),
                StoredKind::Console { action, route, .. } => add(Axis::Action, *action, i64::from(*route)),
                StoredKind::Report(_) => add(Axis::Report, 0, 0),
                StoredKind::Timings(_) | StoredKind::SentVersion(_) => {}
                StoredKind::Declared { name, fields, .. } => {
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
pub(crate) fn uses(event: &StoredEvent) -> impl Iterator<Item = Use> {
    let (used, is_success) = match &event.what {
        StoredKind::Command { command, ending, .. } => {
            let detail = row::number_of(*ending).cast_signed();
            (Some(Use { axis: Axis::Command, name: *command, detail }), *ending == Ending::Success)
        }
        StoredKind::Console { action: 0, .. } => (None, false),
        StoredKind::Console { action, .. } => (Some(Use::of(Axis::Action, *action)), false),
        StoredKind::Report(counts) => {
            (Some(Use::of(Axis::Report, 0)), counts.iter().any(|cell| cell.number > 0))
        }
        StoredKind::Timings(_) | StoredKind::SentVersion(_) => (None, false),
        StoredKind::Declared { name, .. } => (Some(Use::of(Axis::Declared, *name)), false),
    };
    used.into_iter().chain(is_success.then_some(Use::of(Axis::Success, 0)))
}

/// What events say that their installation used, each once: most batches say the same again and again.
pub(crate) fn distinct_uses(events: &[StoredEvent]) -> Vec<Use> {
    let mut distinct = Vec::with_capacity(8);
    for what in events.iter().flat_map(uses) {
        if !distinct.contains(&what) {
            distinct.push(what);
        }
    }
    distinct
}

fn detail(value: StoredValue) -> (Axis, i64) {
    match value {
        StoredValue::Flag(flag) => (Axis::Flag, i64::from(flag)),
        StoredValue::Number(number) => (Axis::Number, step_below(number)),
        StoredValue::Exact(number) => (Axis::Number, i64::try_from(number).unwrap_or(i64::MAX)),
        StoredValue::Name(name) => (Axis::Choice, i64::from(name)),
        StoredValue::Version(version) => (Axis::Version, i64::try_from(version).unwrap_or(i64::MAX)),
        StoredValue::OtherVersion(_) => (Axis::Version, i64::try_from(pack_version(OTHER)).unwrap_or(0)),
        StoredValue::Country(country) => (Axis::Country, i64::from(country)),
        StoredValue::Nothing => (Axis::Choice, 0),
    }
}
