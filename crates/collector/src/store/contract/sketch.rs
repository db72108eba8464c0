//! What tests say of a batch in a few words, and the entry that it makes.

use std::fmt::Write as _;
use std::sync::Arc;

use aboveboard_types::id::Id;

use crate::store::calendar::SECONDS_A_DAY;
use crate::store::entry::{Arrival, Entry, Erasure, Position};
use crate::store::in_force::ManifestsInForce;

/// Noon of a day in 2027.
pub(crate) const NOW: i64 = 20_900 * SECONDS_A_DAY + 43_200;

/// The products of [`manifests`].
pub(crate) const PRODUCTS: [&str; 2] = ["quarry", "other"];

/// Manifests of [`PRODUCTS`] in force.
pub(crate) fn manifests() -> ManifestsInForce {
    let mut manifests = ManifestsInForce::default();
    for product in PRODUCTS {
        let manifest = aboveboard_manifest::parse(&manifest_text(product), product).unwrap();
        manifests.insert(Arc::new(manifest.into()));
    }
    manifests
}

/// A manifest of a product with one of everything.
pub(crate) fn manifest_text(product: &str) -> String {
    format!(
        r#"
grammar = 1
[product]
id = "{product}"
name = "Quarry"
revision = 1
endpoint = "https://telemetry.quarry.example"
ingest-key = "qk_pub_{product}"
controller = "The Quarry project, Berlin"
contact = "privacy@quarry.example"
policy = "https://quarry.example/privacy"
hosting = "DE"
retention = "30 days"
[consent]
server = "notice"
cli = "ask"
app = "ask"
[defaults]
owner = "team@quarry.example"
since = 2026-11-01
until = 2028-11-01
[server]
every = "24h"
[counts.tables]
what = "tables tracked"
why = "How large are catalogs?"
chart = "distribution"
edges = [1, 10, 100]
[counts.permissions]
what = "permission rules"
why = "Which kinds of rule deserve the better editor first?"
by = ["select", "insert"]
chart = "share"
[timings.requests]
what = "requests served"
why = "Which kinds of request are slow?"
chart = "table"
by = {{ operation = ["query", "mutation"] }}
edges = ["5ms"]
parts = ["database"]
[cli]
why = "Which commands fail too often?"
chart = "table"
commands = ["init", "metadata apply"]
[console]
why = "Which pages are used?"
chart = "table"
routes = ["/", "/data/:source"]
[console.actions]
table_tracked = "data/trackTable"
[events.start-finished]
what = "how starting went"
why = "Where do starts fail?"
chart = "share"
component = "app"
fold = "10s"
[events.start-finished.fields]
provider = {{ choice = ["podman", "docker"] }}
extensions = {{ set = ["compose", "kind"] }}
status = {{ code = [100, 599], what = "HTTP status" }}
took = {{ duration = ["1s", "30s", "2m"] }}
memory = {{ bucket = [4, 30], unit = "GiB", what = "memory" }}
retries = {{ count = 100 }}
"#
    )
}

/// What a test says of a batch; the rest is filled in.
#[derive(Clone, Debug)]
pub(crate) struct Sketch {
    pub(crate) product: &'static str,
    pub(crate) batch: u8,
    pub(crate) installation: u8,
    pub(crate) component: &'static str,
    pub(crate) version: &'static str,
    pub(crate) marks: &'static str,
    pub(crate) sequence: u64,
    pub(crate) received: i64,
    pub(crate) skew: i64,
    /// Event bodies without their time, and how many seconds before the reception they lie (skew not counted).
    pub(crate) events: Vec<(&'static str, i64)>,
    pub(crate) outcomes: &'static str,
}

pub(crate) const SUCCESS: &str = r#""name":"command","command":"init","run":"RUN","error":false"#;
pub(crate) const FAILURE: &str = r#""name":"command","command":"metadata apply","run":"RUN","error":true"#;
pub(crate) const REPORT: &str =
    r#""name":"report","counts":{"tables":7,"permissions":{"select":2,"insert":1}}"#;
pub(crate) const SMALLER: &str =
    r#""name":"report","counts":{"tables":3,"permissions":{"select":0,"insert":0}}"#;

impl Sketch {
    pub(crate) fn new(batch: u8, installation: u8, events: &[(&'static str, i64)]) -> Self {
        let component = match events.first() {
            Some((body, _)) if body.contains("report") => "server",
            Some((body, _)) if body.contains("console") => "console",
            Some((body, _)) if body.contains("start-finished") => "app",
            _ => "cli",
        };
        Self {
            product: "quarry",
            batch,
            installation,
            component,
            version: "1.2.3",
            marks: "",
            sequence: u64::from(batch),
            received: NOW,
            skew: 0,
            events: events.to_vec(),
            outcomes: "",
        }
    }

    pub(crate) fn id(number: u8) -> Id {
        let mut bytes = [number; 16];
        bytes[..2].copy_from_slice(&[0x51, 0xa4]);
        Id::from_custom(bytes)
    }

    pub(crate) fn body(&self) -> String {
        let mut events = String::new();
        for (index, (event, ago)) in self.events.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            let event = event.replace("RUN", &Id::from_random([9; 16]).to_string());
            let event = event.replace("SERVER", &Self::id(200).to_string());
            write!(events, "{comma}{{{event},\"time\":{}}}", self.received - self.skew - ago).unwrap();
        }
        let Self { product, component, version, marks, sequence, outcomes, .. } = self;
        format!(
            "{{\"wire\":1,\"product\":\"{product}\",\"revision\":1,\"manifest\":\"0123456789abcdef\",\"batch\":\"{}\",\
             \"installation\":\"{}\",\"component\":\"{component}\",\"version\":\"{version}\",\"os\":\"linux\",\
             \"arch\":\"x86_64\",\"marks\":[{marks}],\"sequence\":{sequence},\"events\":[{events}],\
             \"outcomes\":{{{outcomes}}}}}",
            Self::id(self.batch),
            Self::id(self.installation),
        )
    }

    pub(crate) fn entry(&self) -> Entry {
        let body = self.body().into_bytes();
        Entry::Batch(Arrival { received: self.received, skew: self.skew, refused: 0, body })
    }
}

pub(crate) fn erasure(installation: u8) -> Entry {
    Entry::Erasure(Erasure {
        product: "quarry".to_owned(),
        installation: Sketch::id(installation),
        received: NOW,
        by_operator: true,
    })
}

/// Entries with positions as a log gives them.
pub(crate) fn placed(entries: &[Entry]) -> Vec<(Position, Entry)> {
    entries.iter().enumerate().map(|(index, entry)| (Position(index as u64 * 100), entry.clone())).collect()
}

pub(crate) fn end(entries: usize) -> Position {
    Position(entries as u64 * 100)
}
