//! Closed days that are made up.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aboveboard_replay::{
    CellKey, ClosedDay, ClosedRow, CountedDrops, DayTally, InstallationState, LatestReport, MemberKey,
    Naming, NodeId, Order, SeenBatch, SentContext, SentEvent, SentKind, SetAxis, TallyKey, TallyKind,
};
use aboveboard_store::axis::Axis;
use aboveboard_store::calendar::{Day, SECONDS_A_DAY};
use aboveboard_store::entry::Position;
use aboveboard_store::facts::BatchKey;
use aboveboard_store::read::{InstallationKey, QualityNote, ReportedCount};
use aboveboard_store::sequence::SequenceWindow;
use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::{Mark, Marks};
use aboveboard_types::event::Ending;
use aboveboard_types::outcome::DropReason;
use aboveboard_types::value::{Channel, Version};

/// Numbers that follow from a seed alone.
pub(super) struct Numbers(u64);

impl Numbers {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn day_below(&mut self, limit: i32) -> i32 {
        i32::try_from(self.below(u64::try_from(limit).unwrap())).unwrap()
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[usize::try_from(self.below(list.len() as u64)).unwrap()]
    }
}

/// Names that a careless statement would trip over.
const NAMES: [&str; 9] = [
    "init",
    "it's",
    "back\\slash",
    "start",
    "start.provider",
    "requests query/http",
    "requests.database query/http",
    "é\n",
    "",
];

const CELL_AXES: [Axis; 12] = [
    Axis::Command,
    Axis::Action,
    Axis::View,
    Axis::Report,
    Axis::Declared,
    Axis::Flag,
    Axis::Number,
    Axis::Choice,
    Axis::Version,
    Axis::Country,
    Axis::TimingCount,
    Axis::TimingTime,
];

pub(super) const SET_AXES: [SetAxis; 11] = [
    SetAxis::Active,
    SetAxis::Command,
    SetAxis::Action,
    SetAxis::Report,
    SetAxis::Declared,
    SetAxis::Success,
    SetAxis::ReceivedDay,
    SetAxis::ReceivedHour,
    SetAxis::ReceivedEnding,
    SetAxis::FirstSeen,
    SetAxis::FirstReceived,
];

/// Who there is: keys from all over, as keys are.
pub(super) fn installation(number: u64) -> InstallationKey {
    InstallationKey(Numbers(number % 12).next())
}

fn context(numbers: &mut Numbers) -> Arc<SentContext> {
    let marks = numbers.of(&[
        Marks::default(),
        Marks::default(),
        Marks::default().with(Mark::Synthetic),
        Marks::default().with(Mark::Ci),
    ]);
    Arc::new(SentContext {
        component: numbers.of(&Component::ALL).0,
        version: Version { major: 1, minor: numbers.of(&[2, 65_535]), patch: 3, channel: Channel::ALL[1].0 },
        naming: numbers.of(&[Naming::Named, Naming::Other, Naming::Unkept]),
        os: numbers.of(&["linux", ""]).into(),
        arch: "x86_64".into(),
        marks,
    })
}

fn product(numbers: &mut Numbers) -> Arc<str> {
    numbers.of(&["quarry", "quarry", "other"]).into()
}

fn order(numbers: &mut Numbers, day: Day) -> Order {
    let seconds = i64::try_from(numbers.below(86_400)).unwrap();
    Order {
        at: i64::from(day) * SECONDS_A_DAY + seconds,
        node: NodeId(numbers.next()),
        position: Position(numbers.next() >> 20),
    }
}

fn events(numbers: &mut Numbers, day: Day) -> Vec<SentEvent> {
    let ending = numbers.of(&[Ending::Success, Ending::Error]);
    let command =
        SentKind::Command { command: numbers.of(&NAMES).into(), ending, server: None, server_version: None };
    let declared = SentKind::Declared { event: "start".into(), times: numbers.below(5), fields: Vec::new() };
    let what = [command, declared];
    let number = 1 + usize::try_from(numbers.below(2)).unwrap();
    what.into_iter().take(number).map(|what| SentEvent { day, hour: 7, what }).collect()
}

/// A day of the order, with so much of everything and events of up to so many days before.
pub(super) fn closed_day(numbers: &mut Numbers, day: Day, size: u64, days_before: i32) -> ClosedDay {
    let event_day = |numbers: &mut Numbers| day - numbers.day_below(days_before + 1);
    let mut what = ClosedDay { first_day: Some(day - days_before), ..ClosedDay::default() };
    let mut cells: BTreeMap<(Arc<str>, CellKey), i64> = BTreeMap::new();
    let mut members: BTreeSet<(Arc<str>, MemberKey, InstallationKey)> = BTreeSet::new();
    let mut states: BTreeMap<(Arc<str>, InstallationKey), InstallationState> = BTreeMap::new();
    let mut tallies: BTreeMap<(Arc<str>, TallyKey), i64> = BTreeMap::new();
    for _ in 0..size {
        let key = CellKey {
            axis: numbers.of(&CELL_AXES),
            day: event_day(numbers),
            name: numbers.of(&NAMES).into(),
            detail: numbers.of(&[0, 1, -5, i64::MAX]),
            about: numbers.of(&NAMES).into(),
            context: context(numbers),
        };
        cells.insert((product(numbers), key), i64::try_from(numbers.below(1_000)).unwrap());
        let axis = numbers.of(&SET_AXES);
        let period = match axis {
            SetAxis::ReceivedDay | SetAxis::ReceivedEnding | SetAxis::FirstReceived => day,
            SetAxis::ReceivedHour => day * 24 + numbers.day_below(24),
            _ => event_day(numbers),
        };
        let has_context = !matches!(axis, SetAxis::Success | SetAxis::FirstSeen | SetAxis::FirstReceived);
        let key = MemberKey {
            axis,
            period,
            name: numbers.of(&NAMES).into(),
            detail: numbers.of(&[0, 1]),
            context: has_context.then(|| context(numbers)),
        };
        members.insert((product(numbers), key, installation(numbers.next())));
        let product = product(numbers);
        let who = installation(numbers.next());
        let place = order(numbers, day);
        let row_day = event_day(numbers);
        what.rows.push((
            Arc::clone(&product),
            ClosedRow {
                installation: who,
                day: row_day,
                order: place,
                context: context(numbers),
                sent_version: Version { major: 9, minor: 8, patch: 7, channel: Channel::ALL[0].0 },
                events: events(numbers, row_day),
            },
        ));
        states.insert((product, who), state(numbers, day));
        let mut key = [0; 16];
        key[..8].copy_from_slice(&numbers.next().to_be_bytes());
        key[8..].copy_from_slice(&numbers.next().to_be_bytes());
        let events_hash = i64::from_le_bytes(numbers.next().to_le_bytes());
        what.seen.push(SeenBatch {
            key: BatchKey::from_bytes(key),
            events_hash,
            received: day,
            order: place,
        });
    }
    for _ in 0..size / 4 {
        let key = tally_key(numbers, day);
        tallies.insert((product(numbers), key), i64::try_from(numbers.below(1_000)).unwrap());
    }
    // Whoever is in a set or a sum was active.
    let of_cells = cells.keys().map(|(product, key)| (Arc::clone(product), Arc::clone(&key.context)));
    let of_sets =
        members.iter().filter_map(|(product, key, _)| Some((Arc::clone(product), key.context.clone()?)));
    let contexts: BTreeSet<_> = of_cells.chain(of_sets).collect();
    for (product, context) in contexts {
        let name = Arc::from("");
        let key = MemberKey { axis: SetAxis::Active, period: day, name, detail: 0, context: Some(context) };
        members.insert((product, key, installation(0)));
    }
    what.cells = cells.into_iter().map(|((product, key), number)| (product, key, number)).collect();
    what.members = members.into_iter().collect();
    what.states = states.into_iter().map(|((product, who), state)| (product, who, state)).collect();
    what.tallies = tallies.into_iter().map(|((product, key), number)| (product, key, number)).collect();
    what
}

fn tally_key(numbers: &mut Numbers, day: Day) -> TallyKey {
    let component = numbers.of(&Component::ALL).0;
    let is_synthetic = numbers.of(&[true, false]);
    let note = numbers.of(&[
        QualityNote::Batch,
        QualityNote::OtherVersion,
        QualityNote::Dropped(DropReason::SpoolFull),
        QualityNote::Dropped(DropReason::Interrupted),
    ]);
    match numbers.below(5) {
        0 => TallyKey { kind: TallyKind::Note(note, context(numbers)), period: day },
        1 => TallyKey {
            kind: TallyKind::Batches(component, is_synthetic),
            period: day * 24 + numbers.day_below(24),
        },
        2 => TallyKey { kind: TallyKind::Began(component, is_synthetic), period: 0 },
        3 => TallyKey { kind: TallyKind::Last(component, is_synthetic), period: 0 },
        _ => TallyKey { kind: TallyKind::Since(context(numbers)), period: 0 },
    }
}

fn state(numbers: &mut Numbers, day: Day) -> InstallationState {
    let has_report = numbers.of(&[true, false]);
    let report = LatestReport {
        when: (day, 5),
        context: context(numbers),
        counts: vec![ReportedCount {
            count: "tables".into(),
            entry: Some("é".into()),
            number: numbers.below(9),
        }],
    };
    InstallationState {
        first: Some(day - 3),
        last: Some(day),
        received: Some(day),
        heard: None,
        sequence: SequenceWindow { highest: 7, bits: 1 },
        spent: Some(numbers.day_below(1_000).into()),
        drops: CountedDrops { day: Some(day), number: numbers.below(9) },
        erased: None,
        days: BTreeMap::from([(
            day,
            DayTally { events: numbers.below(9), reports: 1, bytes: 2, report_bytes: 3 },
        )]),
        processes: Vec::new(),
        presences: BTreeMap::new(),
        latest: has_report.then_some(report),
    }
}
