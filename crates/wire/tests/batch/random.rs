//! Random declarations, envelopes and events that fit them.

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use aboveboard_types::declaration::{
    ActionDeclaration, Component, CountDeclaration, Declaration, EventDeclaration, FieldDeclaration,
    FieldKind, Limits, List, Policy, SplitDeclaration, Text, TimingDeclaration,
};
use aboveboard_types::envelope::{ARCHITECTURES, Envelope, Header, Marks, OPERATING_SYSTEMS};
use aboveboard_types::event::{
    Cells, Command, Console, Count, Declared, Ending, Event, EventKind, MAX_TIMES, Report, Seconds, Timing,
    TimingCell, Timings, UNKNOWN_ROUTE,
};
use aboveboard_types::id::Id;
use aboveboard_types::limits::MAX_NUMBER;
use aboveboard_types::outcome::DropReason;
use aboveboard_types::value::{Channel, Country, OTHER, Value, Version};

fn id() -> impl Strategy<Value = Id> {
    any::<[u8; 16]>().prop_map(Id::from_random)
}

fn names(most: usize) -> impl Strategy<Value = List<Text>> {
    btree_set("[a-z][a-z0-9_-]{0,9}", 1..=most).prop_map(|names| {
        let reserved = ["command", "console", "report", OTHER];
        let free = names.into_iter().filter(|name| !reserved.contains(&&**name));
        let mut names: Vec<Text> = free.map(Text::from).collect();
        if names.is_empty() {
            names.push("x".into());
        }
        names.into()
    })
}

fn kind() -> impl Strategy<Value = FieldKind> {
    let edges =
        || btree_set(1..MAX_NUMBER, 1..5).prop_map(|edges| edges.into_iter().collect::<Vec<_>>().into());
    prop_oneof![
        Just(FieldKind::Flag),
        any::<u64>().prop_map(FieldKind::Count),
        edges().prop_map(FieldKind::Bucket),
        edges().prop_map(FieldKind::Duration),
        names(5).prop_map(FieldKind::Choice),
        names(5).prop_map(FieldKind::Set),
        Just(FieldKind::Version),
        (0..300u64, 300..MAX_NUMBER).prop_map(|(least, most)| FieldKind::Code(least, most)),
        Just(FieldKind::Country),
    ]
}

fn event_declaration(name: Text) -> impl Strategy<Value = EventDeclaration> {
    (select(&Component::ALL[..]), names(6)).prop_flat_map(move |((component, _), fields)| {
        let name = name.clone();
        vec(kind(), fields.len()).prop_map(move |kinds| {
            EventDeclaration::new(
                name.clone(),
                component,
                fields
                    .iter()
                    .zip(kinds)
                    .map(|(name, kind)| FieldDeclaration::new(name.clone(), kind, "".into()))
                    .collect::<Vec<_>>()
                    .into(),
                Limits::new(Some(10), false, None),
                u32::MAX,
                "".into(),
            )
        })
    })
}

pub(crate) fn declaration() -> impl Strategy<Value = Declaration> {
    let routes = btree_set("/[ -!#-\\[\\]-~]{0,20}", 1..4);
    let counts = names(4).prop_flat_map(|counts| {
        let len = counts.len();
        (Just(counts), vec(proptest::option::of(names(4)), len))
    });
    let events = names(4).prop_flat_map(|events| {
        events.iter().map(|name| event_declaration(name.clone())).collect::<Vec<_>>()
    });
    (names(5), names(5), routes, counts, events).prop_map(|(commands, actions, routes, counts, events)| {
        let (names, splits) = counts;
        let counts = names.iter().zip(splits).map(|(name, by)| {
            CountDeclaration::new(
                name.clone(),
                by.unwrap_or_default(),
                vec![].into(),
                "".into(),
                u32::MAX,
                "".into(),
            )
        });
        let actions =
            actions.iter().map(|name| ActionDeclaration::new(name.clone(), format!("type/{name}").into()));
        Declaration::EMPTY
            .product("quarry".into())
            .name("Quarry".into())
            .revision(3)
            .hash("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef".into())
            .endpoint("https://telemetry.quarry.dev".into())
            .ingest_key("key".into())
            .controller("Quarry e.V.".into())
            .retention("13 months".into())
            .server(Policy::Notice)
            .cli(Policy::Ask)
            .app(Policy::Ask)
            .report_every(86_400)
            .counts(counts.collect::<Vec<_>>().into())
            .timings(vec![timing()].into())
            .commands(commands)
            .actions(actions.collect::<Vec<_>>().into())
            .routes(routes.into_iter().map(Text::from).collect::<Vec<_>>().into())
            .events(events.into())
    })
}

fn timing() -> TimingDeclaration {
    let split = |name: &'static str, of: [&'static str; 2]| {
        SplitDeclaration::new(name.into(), of.map(Text::Borrowed).to_vec().into())
    };
    TimingDeclaration::new(
        "requests".into(),
        vec![split("operation", ["query", "mutation"]), split("transport", ["http", "websocket"])].into(),
        vec![5, 10].into(),
        vec!["database".into()].into(),
        u32::MAX,
        "".into(),
    )
}

/// A cell for each kind and edge whose turn it is by the dice.
fn timings<'d>(declaration: &'d Declaration, dice: &Dice) -> Timings<'d> {
    let known = &declaration.timings[0];
    let places = (0..known.kinds()).flat_map(|kind| [0, 5, 10].map(|from| (kind, from)));
    let cells = places.enumerate().filter(|(at, _)| dice.flags[at % 5]).map(|(at, (kind, from))| {
        let sum = |place: usize| dice.numbers[(at + place) % 8];
        let kind = known.by.iter().zip(known.kind(kind)).map(|(split, entry)| (&*split.name, entry));
        TimingCell {
            kind: kind.collect(),
            from,
            count: sum(0).max(1),
            total: sum(1),
            parts: vec![("database", sum(2))],
        }
    });
    Timings { run: dice.ids[0], of: vec![Timing { name: "requests", cells: cells.collect() }] }
}

fn version() -> impl Strategy<Value = Version> {
    (any::<[u16; 3]>(), select(&Channel::ALL[..])).prop_map(|([major, minor, patch], (channel, _))| Version {
        major,
        minor,
        patch,
        channel,
    })
}

/// Everything random that an event of any component may need.
#[derive(Clone, Debug)]
pub(crate) struct Dice {
    time: Seconds,
    picks: [Index; 4],
    numbers: Vec<u64>,
    flags: Vec<bool>,
    ids: [Id; 3],
    version: Version,
}

pub(crate) fn dice() -> impl Strategy<Value = Dice> {
    let numbers = vec(0..=MAX_NUMBER, 8);
    (0..=MAX_NUMBER, any::<[Index; 4]>(), numbers, vec(any::<bool>(), 8), [id(), id(), id()], version())
        .prop_map(|(time, picks, numbers, flags, ids, version)| Dice {
            time,
            picks,
            numbers,
            flags,
            ids,
            version,
        })
}

fn one_of(pick: Index, list: &[Text]) -> &str {
    pick.get::<Text>(list)
}

pub(crate) fn event<'d>(
    declaration: &'d Declaration,
    component: Component,
    dice: &Dice,
) -> Option<Event<'d>> {
    let [first, second, ..] = dice.picks;
    let flag = |place: usize| dice.flags[place];
    let kind = match component {
        _ if flag(7) => EventKind::Declared(declared(declaration, component, dice)?),
        Component::Cli => EventKind::Command(Command {
            command: one_of(first, &declaration.commands),
            run: dice.ids[0],
            ending: *second.get(&[Ending::Success, Ending::Error, Ending::Unfinished]),
            server: flag(0).then_some(dice.ids[1]),
            server_version: flag(1).then_some(dice.version),
        }),
        Component::Console => EventKind::Console(Console {
            session: dice.ids[0],
            action: flag(0).then(|| &*first.get(&declaration.actions).name),
            route: if flag(1) { one_of(second, &declaration.routes) } else { UNKNOWN_ROUTE },
            server: flag(2).then_some(dice.ids[1]),
            cli: flag(3).then_some(dice.ids[2]),
        }),
        Component::Server => {
            let number = |place: usize| dice.numbers[place % 8];
            let chosen = declaration.counts.iter().enumerate().filter(|(place, _)| flag(place % 7));
            let cells = |count: &'d CountDeclaration, at: usize| match &*count.by {
                [] => Cells::One(count.recorded(number(at))),
                by => Cells::By(
                    by.iter()
                        .enumerate()
                        .map(|(place, name)| (&**name, count.recorded(number(at + place))))
                        .collect(),
                ),
            };
            let counts = chosen.map(|(at, count)| Count { name: &count.name, cells: cells(count, at) });
            EventKind::Report(Report {
                counts: counts.collect(),
                timings: flag(6).then(|| timings(declaration, dice)),
            })
        }
        _ => return None,
    };
    Some(Event { time: dice.time, kind })
}

fn declared<'d>(declaration: &'d Declaration, component: Component, dice: &Dice) -> Option<Declared<'d>> {
    let event = declaration.events.iter().find(|event| event.component == component)?;
    let value = |place: usize, kind: &'d FieldKind| {
        let number = dice.numbers[place % 8];
        let flag = dice.flags[place % 8];
        let pick = dice.picks[place % 4];
        match kind {
            FieldKind::Count(bound) => Value::Number(number.min(*bound)),
            FieldKind::Code(least, most) => Value::Number(number.clamp(*least, *most)),
            FieldKind::Bucket(edges) | FieldKind::Duration(edges) => {
                Value::Number(if flag { 0 } else { *pick.get(edges) })
            }
            FieldKind::Choice(list) => Value::Choice(if flag { OTHER } else { one_of(pick, list) }),
            FieldKind::Set(list) => {
                let chosen = list.iter().enumerate().filter(|(at, _)| dice.flags[at % 8]);
                Value::Set(chosen.map(|(_, name)| &**name).chain(flag.then_some(OTHER)).collect())
            }
            FieldKind::Version => Value::Version(dice.version),
            FieldKind::Country => {
                let country = Country::parse(if flag { "AT" } else { "NZ" }).unwrap();
                Value::Country(country)
            }
            _ => Value::Flag(flag),
        }
    };
    let fields = event.fields.iter().enumerate().filter(|(place, _)| dice.flags[(place + 3) % 8]);
    let fields = fields.map(|(place, field)| (&*field.name, value(place, &field.kind))).collect();
    Some(Declared { name: &event.name, fields, times: dice.numbers[0] % MAX_TIMES + 1 })
}

pub(crate) fn envelope() -> impl Strategy<Value = Envelope> {
    let header =
        (select(&Component::ALL[..]), version(), select(&OPERATING_SYSTEMS[..]), select(&ARCHITECTURES[..]))
            .prop_flat_map(|((component, _), version, os, arch)| {
                any::<u16>().prop_map(move |bits| Header {
                    component,
                    version,
                    os,
                    arch,
                    marks: Marks::from_bits(bits),
                })
            });
    (any::<u32>(), id(), id(), header, 0..=MAX_NUMBER).prop_map(
        |(revision, batch, installation, header, sequence)| Envelope {
            revision,
            batch,
            installation,
            header,
            sequence,
        },
    )
}

pub(crate) fn outcomes() -> impl Strategy<Value = Vec<(DropReason, u64)>> {
    subsequence(DropReason::ALL.to_vec(), 0..=DropReason::ALL.len()).prop_flat_map(|reasons| {
        let len = reasons.len();
        vec(0..=MAX_NUMBER, len)
            .prop_map(move |numbers| reasons.iter().map(|(r, _)| *r).zip(numbers).collect())
    })
}

/// One of them, always the same.
pub(crate) fn sample_declaration() -> Declaration {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    declaration().new_tree(&mut runner).unwrap().current()
}
