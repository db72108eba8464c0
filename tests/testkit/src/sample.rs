//! A small product, the paths of one user of it, and what they answered.

use std::borrow::Cow;
use std::path::Path;

use aboveboard_core::consent::answer::{Choice, Surface, store};
use aboveboard_core::consent::{Decision, Host, Permit, Question, decide};
use aboveboard_core::environment::Environment;
use aboveboard_core::paths::Paths;
use aboveboard_types::declaration::{
    ActionDeclaration, Component, CountDeclaration, Declaration, EventDeclaration, FieldDeclaration,
    FieldKind, Limits, Policy, Text,
};
use aboveboard_types::envelope::Header;
use aboveboard_types::event::{Declared, Event, EventKind, Seconds};
use aboveboard_types::value::{Value, Version};

/// 2026-11-22, ten past two.
pub const NOW: Seconds = 1_795_356_626;

/// A count of one number, until this day.
pub(crate) fn count(name: &'static str, until: u32) -> CountDeclaration {
    CountDeclaration::new(name.into(), vec![].into(), vec![].into(), "".into(), until, "".into())
}

/// A product with a little of everything.
pub fn declaration() -> Declaration {
    let texts =
        |list: &'static [&'static str]| list.iter().map(|text| Text::Borrowed(*text)).collect::<Vec<_>>();
    let field = |name, kind| FieldDeclaration::new(Cow::Borrowed(name), kind, Cow::Borrowed(""));
    let event = |name, until| {
        EventDeclaration::new(
            Cow::Borrowed(name),
            Component::Cli,
            vec![
                field("number", FieldKind::Count(1_000_000)),
                field("kind", FieldKind::Choice(texts(&["one", "two"]).into())),
            ]
            .into(),
            Limits::NONE,
            until,
            Cow::Borrowed(""),
        )
    };
    Declaration::EMPTY
        .product("sample".into())
        .name("Sample".into())
        .revision(3)
        .hash("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef".into())
        .endpoint("https://telemetry.example.org".into())
        .ingest_key("key".into())
        .controller("Sample e.V.".into())
        .retention("13 months".into())
        .release(true)
        .server(Policy::Notice)
        .cli(Policy::Ask)
        .app(Policy::Ask)
        .report_every(86_400)
        .counts(vec![count("tables", u32::MAX), count("gone", 100)].into())
        .commands(texts(&["init", "metadata apply"]).into())
        .actions(vec![ActionDeclaration::new("tracked".into(), "data/track".into())].into())
        .routes(texts(&["/data/:source"]).into())
        .events(vec![event("happened", u32::MAX), event("expired", 100)].into())
        .sealed()
}

/// Its places in a directory that goes with the test.
pub fn places(directory: &Path) -> Paths {
    Paths::in_directory(directory)
}

/// What its component says of the machine: no marks, version 1.2.3.
pub fn header(component: Component) -> Header {
    Environment::of([("", ""); 0]).header(component, Version::parse("1.2.3").unwrap(), true)
}

/// What is decided for its CLI where no variable is set.
pub fn decision(declaration: &Declaration, places: &Paths, host: &Host) -> Decision {
    let environment = Environment::of([("", ""); 0]);
    let component = Component::Cli;
    decide(&Question { declaration, component, host, environment: &environment, places: Some(places) })
}

/// A permit as a flag gives it.
pub fn permit(declaration: &Declaration, places: &Paths) -> Permit {
    decision(declaration, places, &Host::default().flag(Some("true"))).permit().unwrap()
}

/// Stores an answer that a verb gave.
pub fn answer(declaration: &Declaration, places: &Paths, choice: Choice, at: Seconds) {
    let environment = Environment::of([("", ""); 0]);
    let host = Host::default();
    let component = Component::Cli;
    let question =
        Question { declaration, component, host: &host, environment: &environment, places: Some(places) };
    store(places, declaration, &question.answer(choice, Surface::Verb, at)).unwrap();
}

/// An event of its CLI that holds a number.
pub fn event(number: u64) -> Event<'static> {
    let declared = Declared { name: "happened", fields: vec![("number", Value::Number(number))], times: 1 };
    Event { time: NOW, kind: EventKind::Declared(declared) }
}

/// The numbers of the events in a body, segment or any other text.
pub fn numbers(text: &[u8]) -> Vec<u64> {
    let text = String::from_utf8_lossy(text);
    let after = text.split("\"number\":").skip(1);
    after.map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()).collect()
}
