//! What is written is read back as it was, and nothing else is read at all: by serde, as a collector reads what anybody
//! sent, and by the reader without serde, as a spool is read.
#![allow(clippy::unwrap_used, reason = "a test says what it expects by panicking")]

mod random;

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use self::random::{declaration, dice, envelope, event, outcomes, sample_declaration};
use aboveboard_types::encode::{push_event, seal};
use aboveboard_types::limits::MAX_NUMBER;
use aboveboard_types::read::{self, Violation};

use aboveboard_types::declaration::Component;
use aboveboard_types::envelope::{Envelope, Header, Marks};
use aboveboard_types::event::{Cells, Command, Count, Ending, Event, EventKind, Report};
use aboveboard_types::id::Id;
use aboveboard_types::outcome::DropReason;
use aboveboard_types::value::Version;
use aboveboard_wire::{Batch, WireEvent};

fn written(envelope: &Envelope, events: &[Event<'_>], outcomes: &[(DropReason, u64)]) -> String {
    let events: Vec<_> = events
        .iter()
        .map(|event| {
            let mut line = String::new();
            push_event(&mut line, event);
            line
        })
        .collect();
    seal(
        "quarry",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        envelope,
        &events.join(","),
        outcomes,
    )
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
        prop_assert_eq!((&*batch.product, &*batch.manifest), ("quarry", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"));
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
        let body = written(&envelope, &events, &[(DropReason::Damaged, 1)]);
        for (place, change) in changes(&body, at) {
            let spoilt = format!("{}{change}{}", &body[..place], &body[place..]);
            prop_assert!(serde_json::from_str::<Batch<'_>>(&spoilt).is_err(), "{}", spoilt);
        }
    }

    #[test]
    fn the_reader_without_serde_reads_an_event_as_serde_does_however_it_is_spoilt(
        declaration in declaration(),
        component in select(&Component::ALL[..]),
        dice in dice(),
        at in any::<Index>(),
        other in any::<Index>(),
        bytes in "[ -~\t\n]{0,3}",
    ) {
        let Some(event) = event(&declaration, component.0, &dice) else { return Ok(()) };
        let mut line = String::new();
        push_event(&mut line, &event);
        let raw = read::event(&line).unwrap();
        prop_assert_eq!(raw.check(component.0, &declaration).unwrap(), event);
        assert_read_alike(&line)?;

        let cut = at.index(line.len());
        assert_read_alike(&line[..cut])?;
        assert_read_alike(&format!("{}{bytes}{}", &line[..cut], &line[cut..]))?;
        assert_read_alike(&format!("{}{}", &line[..cut], &line[cut + 1..]))?;
        // A piece of it once more: a key or an entry twice, or an end that comes too early.
        let other = other.index(line.len());
        let from = cut.min(other);
        let to = cut.max(other);
        assert_read_alike(&format!("{}{}", &line[..to], &line[from..]))?;
    }

    #[test]
    fn the_oldest_event_of_a_body_is_found_as_serde_finds_it(
        declaration in declaration(),
        envelope in envelope(),
        dice in vec(dice(), 0..6),
        at in any::<Index>(),
        bytes in "[ -~\t\n]{0,3}",
    ) {
        let component = envelope.header.component;
        let events: Vec<_> = dice.iter().filter_map(|dice| event(&declaration, component, dice)).collect();
        let oldest = events.iter().map(|event| event.time).min().unwrap_or(u64::MAX);
        let body = written(&envelope, &events, &[]);
        prop_assert_eq!(read::oldest_time(&body), Some(oldest));
        // What a newer version may add is passed over.
        let newer = body.replacen("\"wire\":1", "\"wire\":2,\"more\":[1.5e3,null,{\"a\":\"\\\"]}\"}]", 1);
        prop_assert_eq!(read::oldest_time(&newer), Some(oldest));
        let cut = at.index(body.len());
        prop_assert_eq!(read::oldest_time(&body[..cut]), None);
        let spoilt = format!("{}{bytes}{}", &body[..cut], &body[cut..]);
        if serde_json::from_str::<Batch<'_>>(&spoilt).is_ok() {
            prop_assert!(read::oldest_time(&spoilt).is_some(), "{}", spoilt);
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

/// Both readers give the same event or none; only escapes in a text are for serde alone.
fn assert_read_alike(json: &str) -> Result<(), TestCaseError> {
    let by_serde = serde_json::from_str::<WireEvent<'_>>(json).ok().map(|event| event.0);
    let found = read::event(json);
    if !json.contains('\\') || found.is_some() {
        prop_assert_eq!(found, by_serde, "{}", json);
    }
    Ok(())
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
        kind: EventKind::Command(Command {
            command: &declaration.commands[0],
            run: some,
            ending: Ending::Success,
            server: None,
            server_version: None,
        }),
    };
    let is_good =
        |body: &str| serde_json::from_str::<Batch<'_>>(body).is_ok_and(|batch| batch.envelope().is_ok());
    assert!(is_good(&written(&good, &vec![event.clone(); 1_000], &[])));
    assert!(!is_good(&written(&good, &vec![event; 1_001], &[])));
    assert!(!is_good(&written(&Envelope { batch: Id::NIL, ..good.clone() }, &[], &[])));
    assert!(!is_good(&written(&Envelope { installation: Id::NIL, ..good.clone() }, &[], &[])));
    assert!(!is_good(&written(&good, &[], &[]).replace("\"wire\":1", "\"wire\":2")));
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
    let envelope = Envelope { revision: 1, batch: some, installation: some, header, sequence: MAX_NUMBER };
    let count = &declaration.counts[0];
    let report = |number, time| {
        let cells = match &*count.by {
            [] => Cells::One(number),
            by => Cells::By(vec![(&*by[0], number)]),
        };
        Event {
            time,
            kind: EventKind::Report(Report {
                counts: vec![Count { name: &count.name, cells }],
                timings: None,
            }),
        }
    };
    for (number, time, is_good) in
        [(MAX_NUMBER, MAX_NUMBER, true), (MAX_NUMBER + 1, 1, false), (1, MAX_NUMBER + 1, false)]
    {
        let body = written(&envelope, &[report(number, time)], &[]);
        let batch: Batch<'_> = serde_json::from_str(&body).unwrap();
        let verdict = batch.events[0].check(Component::Server, &declaration);
        assert_eq!(verdict.err(), (!is_good).then_some(Violation::WrongValue));
        assert!(batch.envelope().is_ok());
    }
    let beyond = Envelope { sequence: MAX_NUMBER + 1, ..envelope };
    let body = written(&beyond, &[], &[(DropReason::Damaged, MAX_NUMBER + 1)]);
    let batch: Batch<'_> = serde_json::from_str(&body).unwrap();
    assert!(batch.envelope().is_err() && batch.outcomes().is_err());
}
