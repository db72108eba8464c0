//! What is written is read back as it was, and nothing else is read at all.

use std::collections::BTreeSet;

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use super::{Batch, MOST_NUMBER, Violation, push_event, seal};
use crate::declaration::{
    ActionDeclaration, Component, CountDeclaration, Declaration, EventDeclaration, FieldDeclaration,
    FieldKind, List, Policy, Text,
};
use crate::envelope::{ARCHITECTURES, Envelope, Header, Marks, OPERATING_SYSTEMS};
use crate::event::{
    Cells, Command, Console, Count, Declared, Ending, Event, Kind, Report, Seconds, UNKNOWN_ROUTE,
};
use crate::id::Id;
use crate::outcome::Drop;
use crate::value::{Channel, Country, OTHER, Value, Version};

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
        || btree_set(1..MOST_NUMBER, 1..5).prop_map(|edges| edges.into_iter().collect::<Vec<_>>().into());
    prop_oneof![
        Just(FieldKind::Flag),
        any::<u64>().prop_map(FieldKind::Count),
        edges().prop_map(FieldKind::Bucket),
        edges().prop_map(FieldKind::Duration),
        names(5).prop_map(FieldKind::Choice),
        names(5).prop_map(FieldKind::Set),
        Just(FieldKind::Version),
        (0..300u64, 300..MOST_NUMBER).prop_map(|(least, most)| FieldKind::Code(least, most)),
        Just(FieldKind::Country),
    ]
}

fn event_declaration(name: Text) -> impl Strategy<Value = EventDeclaration> {
    (select(&Component::ALL[..]), names(6)).prop_flat_map(move |((component, _), fields)| {
        let name = name.clone();
        vec(kind(), fields.len()).prop_map(move |kinds| EventDeclaration {
            name: name.clone(),
            component,
            fields: fields
                .iter()
                .zip(kinds)
                .map(|(name, kind)| FieldDeclaration { name: name.clone(), kind })
                .collect::<Vec<_>>()
                .into(),
            until: u32::MAX,
        })
    })
}

fn declaration() -> impl Strategy<Value = Declaration> {
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
        let counts = names.iter().zip(splits).map(|(name, by)| CountDeclaration {
            name: name.clone(),
            by: by.unwrap_or_default(),
            until: u32::MAX,
        });
        let actions = actions
            .iter()
            .map(|name| ActionDeclaration { name: name.clone(), action_type: format!("type/{name}").into() });
        Declaration {
            product: "quarry".into(),
            name: "Quarry".into(),
            revision: 3,
            hash: "0123456789abcdef".into(),
            endpoint: "https://telemetry.quarry.dev".into(),
            ingest_key: "key".into(),
            controller: "Quarry e.V.".into(),
            policy_url: "".into(),
            retention: "13 months".into(),
            family: "".into(),
            release: false,
            server: Policy::Notice,
            cli: Policy::Ask,
            app: Policy::Ask,
            report_every: 86_400,
            counts: counts.collect::<Vec<_>>().into(),
            commands,
            actions: actions.collect::<Vec<_>>().into(),
            routes: routes.into_iter().map(Text::from).collect::<Vec<_>>().into(),
            events: events.into(),
        }
    })
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
struct Dice {
    time: Seconds,
    picks: [Index; 4],
    numbers: Vec<u64>,
    flags: Vec<bool>,
    ids: [Id; 3],
    version: Version,
}

fn dice() -> impl Strategy<Value = Dice> {
    let numbers = vec(0..=MOST_NUMBER, 8);
    (0..=MOST_NUMBER, any::<[Index; 4]>(), numbers, vec(any::<bool>(), 8), [id(), id(), id()], version())
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

fn event<'d>(declaration: &'d Declaration, component: Component, dice: &Dice) -> Option<Event<'d>> {
    let [first, second, ..] = dice.picks;
    let flag = |place: usize| dice.flags[place];
    let kind = match component {
        _ if flag(7) => Kind::Declared(declared(declaration, component, dice)?),
        Component::Cli => Kind::Command(Command {
            command: one_of(first, &declaration.commands),
            run: dice.ids[0],
            ending: *second.get(&[Ending::Success, Ending::Error, Ending::Unfinished]),
            server: flag(0).then_some(dice.ids[1]),
            server_version: flag(1).then_some(dice.version),
        }),
        Component::Console => Kind::Console(Console {
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
                [] => Cells::One(number(at)),
                by => Cells::By(
                    by.iter().enumerate().map(|(place, name)| (&**name, number(at + place))).collect(),
                ),
            };
            let counts = chosen.map(|(at, count)| Count { name: &count.name, cells: cells(count, at) });
            Kind::Report(Report { counts: counts.collect() })
        }
        Component::App => return None,
    };
    Some(Event { time: dice.time, kind })
}

fn declared<'d>(declaration: &'d Declaration, component: Component, dice: &Dice) -> Option<Declared<'d>> {
    let event = declaration.events.iter().find(|event| event.component == component)?;
    let value = |place: usize, kind: &'d FieldKind| {
        let (number, flag) = (dice.numbers[place % 8], dice.flags[place % 8]);
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
            FieldKind::Flag => Value::Flag(flag),
        }
    };
    let fields = event.fields.iter().enumerate().filter(|(place, _)| dice.flags[(place + 3) % 8]);
    let fields = fields.map(|(place, field)| (&*field.name, value(place, &field.kind))).collect();
    Some(Declared { name: &event.name, fields })
}

fn envelope() -> impl Strategy<Value = Envelope> {
    let header =
        (select(&Component::ALL[..]), version(), select(&OPERATING_SYSTEMS[..]), select(&ARCHITECTURES[..]))
            .prop_flat_map(|((component, _), version, os, arch)| {
                (0..64u8).prop_map(move |bits| Header {
                    component,
                    version,
                    os,
                    arch,
                    marks: Marks::from_bits(bits),
                })
            });
    (any::<u32>(), id(), id(), header, 0..=MOST_NUMBER).prop_map(
        |(revision, batch, installation, header, sequence)| Envelope {
            revision,
            batch,
            installation,
            header,
            sequence,
        },
    )
}

fn outcomes() -> impl Strategy<Value = Vec<(Drop, u64)>> {
    subsequence(Drop::ALL.to_vec(), 0..=Drop::ALL.len()).prop_flat_map(|reasons| {
        let len = reasons.len();
        vec(0..=MOST_NUMBER, len)
            .prop_map(move |numbers| reasons.iter().map(|(r, _)| *r).zip(numbers).collect())
    })
}

fn written(envelope: &Envelope, events: &[Event<'_>], outcomes: &[(Drop, u64)]) -> String {
    let events: Vec<_> = events
        .iter()
        .map(|event| {
            let mut line = String::new();
            push_event(&mut line, event);
            line
        })
        .collect();
    seal("quarry", "0123456789abcdef", envelope, &events.join(","), outcomes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back_as_it_was(
        declaration in declaration(),
        envelope in envelope(),
        outcomes in outcomes(),
        dice in vec(dice(), 0..12),
    ) {
        let component = envelope.header.component;
        let events: Vec<_> = dice.iter().filter_map(|dice| event(&declaration, component, dice)).collect();
        let body = written(&envelope, &events, &outcomes);
        let batch: Batch<'_> = serde_json::from_str(&body).unwrap();
        prop_assert_eq!((&*batch.product, &*batch.manifest), ("quarry", "0123456789abcdef"));
        prop_assert_eq!(batch.envelope().unwrap(), envelope);
        prop_assert_eq!(batch.outcomes().unwrap(), outcomes);
        let read: Vec<_> = batch.events.iter().map(|event| event.check(component, &declaration).unwrap()).collect();
        prop_assert_eq!(read, events);
    }

    #[test]
    fn no_key_may_be_unknown_doubled_or_null(
        declaration in declaration(),
        envelope in envelope(),
        dice in vec(dice(), 1..6),
        at in any::<Index>(),
    ) {
        let component = envelope.header.component;
        let events: Vec<_> = dice.iter().filter_map(|dice| event(&declaration, component, dice)).collect();
        let body = written(&envelope, &events, &[(Drop::Damaged, 1)]);
        for (place, change) in changes(&body, at) {
            let spoilt = format!("{}{change}{}", &body[..place], &body[place..]);
            prop_assert!(serde_json::from_str::<Batch<'_>>(&spoilt).is_err(), "{}", spoilt);
        }
    }
}

/// One insertion of each kind after a random opening brace: a key that nobody declares, the first key doubled,
/// and a key that belongs to events without a value.
fn changes(body: &str, at: Index) -> Vec<(usize, String)> {
    let braces: Vec<_> = body.match_indices('{').map(|(place, _)| place + 1).collect();
    let place = *at.get(&braces);
    let rest = &body[place..];
    let mut changes = vec![(1, "\"surprise\":1,".to_owned())];
    if let Some((key, _)) = rest.split_once(':').filter(|(key, _)| key.starts_with('"') && !key.contains('}'))
    {
        let value = &rest[key.len() + 1..];
        let value: BTreeSet<_> = [value.split([',', '}']).next().unwrap_or_default()].into();
        let whole = value.into_iter().find(|value| !value.starts_with(['[', '{']));
        changes.extend(whole.map(|value| (place, format!("{key}:{value},"))));
    }
    if let Some(event) = body.find("{\"name\":") {
        for key in ["command", "run", "server", "session", "action", "route", "counts", "fields"] {
            changes.push((event + 1, format!("\"{key}\":null,")));
        }
        changes.push((event + 1, "\"surprise\":{},".to_owned()));
    }
    changes
}

#[test]
fn a_nil_id_another_wire_and_too_many_events_are_malformed() {
    let declaration = sample_declaration();
    let header = Header {
        component: Component::Cli,
        version: Version::default(),
        os: "linux",
        arch: "x86_64",
        marks: Marks::default(),
    };
    let some = Id::from_random([1; 16]);
    let good = Envelope { revision: 1, batch: some, installation: some, header, sequence: 0 };
    let event = Event {
        time: 1,
        kind: Kind::Command(Command {
            command: &declaration.commands[0],
            run: some,
            ending: Ending::Success,
            server: None,
            server_version: None,
        }),
    };
    let is_good = |body: &str| serde_json::from_str::<Batch<'_>>(body).unwrap().envelope().is_ok();
    assert!(is_good(&written(&good, &vec![event.clone(); 1_000], &[])));
    assert!(!is_good(&written(&good, &vec![event; 1_001], &[])));
    assert!(!is_good(&written(&Envelope { batch: Id::NIL, ..good.clone() }, &[], &[])));
    assert!(!is_good(&written(&Envelope { installation: Id::NIL, ..good.clone() }, &[], &[])));
    assert!(!is_good(&written(&good, &[], &[]).replace("\"wire\":1", "\"wire\":2")));
}

fn sample_declaration() -> Declaration {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    declaration().new_tree(&mut runner).unwrap().current()
}

#[test]
fn a_number_that_some_reader_cannot_hold_is_refused() {
    let declaration = sample_declaration();
    let header = Header {
        component: Component::Server,
        version: Version::default(),
        os: "linux",
        arch: "x86_64",
        marks: Marks::default(),
    };
    let some = Id::from_random([1; 16]);
    let envelope = Envelope { revision: 1, batch: some, installation: some, header, sequence: MOST_NUMBER };
    let count = &declaration.counts[0];
    let report = |number, time| {
        let cells = match &*count.by {
            [] => Cells::One(number),
            by => Cells::By(vec![(&*by[0], number)]),
        };
        Event { time, kind: Kind::Report(Report { counts: vec![Count { name: &count.name, cells }] }) }
    };
    for (number, time, is_good) in
        [(MOST_NUMBER, MOST_NUMBER, true), (MOST_NUMBER + 1, 1, false), (1, MOST_NUMBER + 1, false)]
    {
        let body = written(&envelope, &[report(number, time)], &[]);
        let batch: Batch<'_> = serde_json::from_str(&body).unwrap();
        let verdict = batch.events[0].check(Component::Server, &declaration);
        assert_eq!(verdict.err(), (!is_good).then_some(Violation::WrongValue));
        assert!(batch.envelope().is_ok());
    }
    let beyond = Envelope { sequence: MOST_NUMBER + 1, ..envelope };
    let body = written(&beyond, &[], &[(Drop::Damaged, MOST_NUMBER + 1)]);
    let batch: Batch<'_> = serde_json::from_str(&body).unwrap();
    assert!(batch.envelope().is_err() && batch.outcomes().is_err());
}
