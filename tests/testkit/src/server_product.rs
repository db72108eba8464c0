//! A small product with a server and its console.

use aboveboard_types::declaration::{
    ActionDeclaration, Component, Declaration, EventDeclaration, FieldDeclaration, FieldKind, Limits, Policy,
};
use aboveboard_types::event::{Cells, Count, Declared, Event, EventKind, Report, Seconds};
use aboveboard_types::typed::{Counts, Record};
use aboveboard_types::value::Value;

use crate::sample::count;

/// The typed counts of the product: one number.
pub struct Tables(pub u64);

impl Counts for Tables {
    fn report(self) -> Report<'static> {
        Report { counts: vec![Count { name: "tables", cells: Cells::One(self.0) }], timings: None }
    }
}

/// The one event of the server.
pub struct Migrated(pub bool);

impl Record for Migrated {
    fn event(self, time: Seconds) -> Event<'static> {
        let fields = vec![("worked", Value::Flag(self.0))];
        Event { time, kind: EventKind::Declared(Declared { name: "migrated", fields, times: 1 }) }
    }
}

/// The product, whose server may record after its notice.
pub fn declaration() -> Declaration {
    Declaration::EMPTY
        .product("quarry".into())
        .name("Quarry".into())
        .revision(1)
        .hash("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef".into())
        .endpoint("".into())
        .ingest_key("qk_pub_1".into())
        .controller("Quarry e.V., Berlin".into())
        .retention("13 months".into())
        .server(Policy::Notice)
        .report_every(86_400)
        .counts(vec![count("tables", u32::MAX)].into())
        .actions(vec![ActionDeclaration::new("tracked".into(), "data/track".into())].into())
        .routes(vec!["/data".into()].into())
        .events(
            vec![EventDeclaration::new(
                "migrated".into(),
                Component::Server,
                vec![FieldDeclaration::new("worked".into(), FieldKind::Flag, "".into())].into(),
                Limits::NONE,
                u32::MAX,
                "".into(),
            )]
            .into(),
        )
}
