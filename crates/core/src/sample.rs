//! A small product for tests; the tests outside this crate include the same file.

use std::borrow::Cow;
use std::path::Path;

use aboveboard_core::consent::answer::{Answer, Choice, Surface, store};
use aboveboard_core::consent::{Decision, Host, Permit, Question, decide};
use aboveboard_core::declaration::{
    ActionDeclaration, Component, CountDeclaration, Declaration, EventDeclaration, FieldDeclaration,
    FieldKind, Limits, Policy, Text,
};
use aboveboard_core::envelope::Header;
use aboveboard_core::environment::Environment;
use aboveboard_core::event::{Declared, Event, Kind, Seconds};
use aboveboard_core::paths::Paths;
use aboveboard_core::value::{Value, Version};

/// 2026-11-22, ten past two.
pub(crate) const NOW: Seconds = 1_795_356_626;

pub(crate) fn declaration() -> Declaration {
    let texts =
        |list: &'static [&'static str]| list.iter().map(|text| Text::Borrowed(*text)).collect::<Vec<_>>();
    let field = |name, kind| FieldDeclaration { name: Cow::Borrowed(name), kind };
    let event = |name, until| EventDeclaration {
        name: Cow::Borrowed(name),
        component: Component::Cli,
        fields: vec![
            field("number", FieldKind::Count(1_000_000)),
            field("kind", FieldKind::Choice(texts(&["one", "two"]).into())),
        ]
        .into(),
        limits: Limits::NONE,
        until,
    };
    Declaration {
        product: "sample".into(),
        name: "Sample".into(),
        revision: 3,
        hash: "0123456789abcdef".into(),
        endpoint: "https://telemetry.example.org".into(),
        ingest_key: "key".into(),
        controller: "Sample e.V.".into(),
        policy_url: "".into(),
        retention: "13 months".into(),
        terms: "".into(),
        family: "".into(),
        release: true,
        server: Policy::Notice,
        cli: Policy::Ask,
        app: Policy::Ask,
        report_every: 86_400,
        commands_until: u32::MAX,
        console_until: u32::MAX,
        counts: vec![
            CountDeclaration { name: "tables".into(), by: vec![].into(), until: u32::MAX },
            CountDeclaration { name: "gone".into(), by: vec![].into(), until: 100 },
        ]
        .into(),
        timings: vec![].into(),
        commands: texts(&["init", "metadata apply"]).into(),
        actions: vec![ActionDeclaration { name: "tracked".into(), action_type: "data/track".into() }].into(),
        routes: texts(&["/data/:source"]).into(),
        events: vec![event("happened", u32::MAX), event("expired", 100)].into(),
    }
}

pub(crate) fn places(directory: &Path) -> Paths {
    Paths::in_directory(directory)
}

pub(crate) fn header(component: Component) -> Header {
    Environment::of([("", ""); 0]).header(component, Version::parse("1.2.3").unwrap(), true)
}

pub(crate) fn decision(declaration: &Declaration, places: &Paths, host: &Host) -> Decision {
    let environment = Environment::of([("", ""); 0]);
    let component = Component::Cli;
    decide(&Question { declaration, component, host, environment: &environment, places: Some(places) })
}

/// A permit as a flag gives it.
pub(crate) fn permit(declaration: &Declaration, places: &Paths) -> Permit {
    decision(declaration, places, &Host::default().flag(Some("true"))).permit().unwrap()
}

pub(crate) fn answer(declaration: &Declaration, places: &Paths, choice: Choice, at: Seconds) {
    let environment = Environment::of([("", ""); 0]);
    let host = Host::default();
    let component = Component::Cli;
    let question =
        Question { declaration, component, host: &host, environment: &environment, places: Some(places) };
    store(places, &Answer::new(choice, Surface::Verb, at, &question)).unwrap();
}

pub(crate) fn event(number: u64) -> Event<'static> {
    let declared = Declared { name: "happened", fields: vec![("number", Value::Number(number))], times: 1 };
    Event { time: NOW, kind: Kind::Declared(declared) }
}

/// The numbers of the events in a body, segment or any other text.
pub(crate) fn numbers(text: &[u8]) -> Vec<u64> {
    let text = String::from_utf8_lossy(text);
    let after = text.split("\"number\":").skip(1);
    after.map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()).collect()
}
