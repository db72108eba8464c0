//! The product `shelf`: a library that records, and programs that have it.

use std::borrow::Cow::Borrowed;

use aboveboard_types::clock;
use aboveboard_types::declaration::{Component, Declaration, EventDeclaration, Limits, Policy, Text};
use aboveboard_types::event::{Declared, Event, EventKind};

static COMMANDS: [Text; 1] = [Borrowed("open")];

static EVENTS: [EventDeclaration; 1] = [EventDeclaration::new(
    Borrowed("used"),
    Component::Cli,
    Borrowed(&[]),
    Limits::NONE,
    u32::MAX,
    Borrowed("the library was used"),
)];

/// What is declared.
pub(crate) static SHELF: Declaration = Declaration::EMPTY
    .product(Borrowed("shelf"))
    .name(Borrowed("Shelf"))
    .revision(1)
    .hash(Borrowed("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"))
    .endpoint(Borrowed("https://telemetry.invalid"))
    .ingest_key(Borrowed("sk_pub_1"))
    .controller(Borrowed("Shelf e.V., Berlin"))
    .retention(Borrowed("13 months"))
    .cli(Policy::Ask)
    .agreement(Borrowed("8fccb444a3602ccd68078c5a91aafa56193d56c53ceb65055bf1479dbc55faae"))
    .report_every(86_400)
    .commands(Borrowed(&COMMANDS))
    .events(Borrowed(&EVENTS));

/// The library was used.
pub(crate) fn used() -> Event<'static> {
    Event {
        time: clock::now(),
        kind: EventKind::Declared(Declared { name: "used", fields: Vec::new(), times: 1 }),
    }
}
