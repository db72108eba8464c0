//! What tests say of a batch in a few words, and the entry that it makes.

use std::fmt::Write as _;
use std::sync::Arc;

use aboveboard_published::counted;
use aboveboard_store::calendar::SECONDS_A_DAY;
use aboveboard_store::entry::{Arrival, Erasure, LogEntry, Position};
use aboveboard_store::in_force::ManifestsInForce;
use aboveboard_types::id::Id;

/// Noon of a day in 2027.
pub const NOW: i64 = 20_900 * SECONDS_A_DAY + 43_200;

/// The server that events name by `SERVER`.
pub(super) const SERVER: u8 = 200;

/// The products of [`manifests`].
pub const PRODUCTS: [&str; 2] = ["quarry", "other"];

/// Manifests of [`PRODUCTS`] in force.
#[must_use]
pub fn manifests() -> ManifestsInForce {
    manifests_of(&PRODUCTS.map(manifest_text))
}

/// These manifests in force.
#[must_use]
pub fn manifests_of(texts: &[String]) -> ManifestsInForce {
    let mut manifests = ManifestsInForce::default();
    for text in texts {
        let manifest = aboveboard_manifest::parse(text, "a test").unwrap();
        manifests.insert(Arc::new(manifest.into()));
    }
    manifests
}

/// A manifest of a product with one of everything.
#[must_use]
pub fn manifest_text(product: &str) -> String {
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
[publish]
why = "Users see what their data is used for."
every = "month"
tables = ["commands", "sizes", "actions", "events.start-finished", "timings.requests"]
licence = "CC0-1.0"
site = "https://sum.golang.org"
keys = ["sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"]
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
exact = true
exact-why = "The tests compare numbers."
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
framework = {{ version = true }}
"#
    )
}

/// What a test says of a batch; the rest is filled in.
#[derive(Clone, Debug)]
pub struct Sketch {
    /// Product id.
    pub product: &'static str,
    /// Which batch: the same number is the same id.
    pub batch: u8,
    /// Which installation; see [`Sketch::id`].
    pub installation: u8,
    /// Recording component.
    pub component: &'static str,
    /// The product's version.
    pub version: &'static str,
    /// Marks, as they stand in JSON, with the coding agent behind a colon: `"ci","agent":codex`.
    pub marks: &'static str,
    /// Batches sealed before.
    pub sequence: u64,
    /// When it arrives: seconds since 1970 UTC.
    pub received: i64,
    /// By how many seconds the collector's clock is ahead.
    pub skew: i64,
    /// Event bodies without their time, and how many seconds before the reception they lie (skew not counted).
    pub events: Vec<(&'static str, i64)>,
    /// Counted drops, as they stand in JSON.
    pub outcomes: &'static str,
}

/// A command that ended well.
pub const SUCCESS: &str = r#""name":"command","command":"init","run":"RUN","error":false"#;
/// A command that ended with an error.
pub const FAILURE: &str = r#""name":"command","command":"metadata apply","run":"RUN","error":true"#;
/// A report of a server.
pub const REPORT: &str = r#""name":"report","counts":{"tables":7,"permissions":{"select":2,"insert":1}}"#;
/// A report with smaller counts.
pub const SMALLER: &str = r#""name":"report","counts":{"tables":3,"permissions":{"select":0,"insert":0}}"#;

impl Sketch {
    /// A batch of the product `quarry`; the events say of which component.
    #[must_use]
    pub fn new(batch: u8, installation: u8, events: &[(&'static str, i64)]) -> Self {
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

    /// The id of a batch or an installation.
    #[must_use]
    pub fn id(number: u8) -> Id {
        let mut bytes = [number; 16];
        bytes[..2].copy_from_slice(&[0x51, 0xa4]);
        Id::from_custom(bytes)
    }

    /// The body of the request.
    #[must_use]
    pub fn body(&self) -> String {
        let mut events = String::new();
        for (index, (event, ago)) in self.events.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            let event = event.replace("RUN", &Id::from_random([9; 16]).to_string());
            let server = Id::server_reference(self.product, Self::id(SERVER));
            let event = event.replace("SERVER", &server.to_string());
            write!(events, "{comma}{{{event},\"time\":{}}}", self.received - self.skew - ago).unwrap();
        }
        let Self { product, component, version, sequence, outcomes, .. } = self;
        let (marks, agent) = self.marks.split_once(':').unwrap_or((self.marks, ""));
        let agent = if agent.is_empty() { String::new() } else { format!("\"agent\":\"{agent}\",") };
        format!(
            "{{\"wire\":1,\"product\":\"{product}\",\"revision\":1,\"manifest\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"batch\":\"{}\",\
             \"installation\":\"{}\",\"component\":\"{component}\",\"version\":\"{version}\",\"os\":\"linux\",\
             \"arch\":\"x86_64\",\"marks\":[{marks}],{agent}\"sequence\":{sequence},\"events\":[{events}],\
             \"outcomes\":{{{outcomes}}}}}",
            Self::id(self.batch),
            Self::id(self.installation),
        )
    }

    /// The entry of the log.
    #[must_use]
    pub fn entry(&self) -> LogEntry {
        let body = self.body().into_bytes();
        let counted_value = Some(counted::value(&[self.installation; 32]));
        LogEntry::Batch(Arrival { received: self.received, skew: self.skew, refused: 0, counted_value, body })
    }
}

/// An operator's erasure of an installation.
#[must_use]
pub fn erasure(installation: u8) -> LogEntry {
    LogEntry::Erasure(Erasure {
        product: "quarry".to_owned(),
        installation: Sketch::id(installation),
        received: NOW,
        by_operator: true,
    })
}

/// Entries with positions as a log gives them.
#[must_use]
pub fn placed(entries: &[LogEntry]) -> Vec<(Position, LogEntry)> {
    entries.iter().enumerate().map(|(index, entry)| (Position(index as u64 * 100), entry.clone())).collect()
}

/// The position behind so many entries of [`placed`].
#[must_use]
pub fn end(entries: usize) -> Position {
    Position(entries as u64 * 100)
}
