//! What every adapter of [`Store`] owes, told by a slow reference and run against each adapter.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use aboveboard_core::id::Id;
use aboveboard_core::value::Version;
use aboveboard_core::wire::Batch;
use proptest::prelude::*;

use super::{REMEMBERED, Store};
use crate::entry::{Arrival, Entry, Erasure, Position};
use crate::manifests::Manifests;
use crate::retention;
use crate::rollup::place::{DAY, day};
use crate::rollup::row::pack_version;

/// A day in seconds.
pub(crate) const DAY_AGO: i64 = DAY;

/// Noon of a day in 2027.
pub(crate) const NOW: i64 = 20_900 * DAY + 43_200;

/// A manifest with one of everything, and another product.
pub(crate) fn manifests() -> (tempfile::TempDir, Manifests) {
    let directory = tempfile::tempdir().unwrap();
    for product in ["quarry", "other"] {
        let text = format!(
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
[events.start-finished.fields]
provider = {{ choice = ["podman", "docker"] }}
extensions = {{ set = ["compose", "kind"] }}
"#
        );
        std::fs::write(directory.path().join(format!("{product}.toml")), text).unwrap();
    }
    let manifests = Manifests::load(directory.path()).unwrap();
    (directory, manifests)
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

/// The figures that a run of entries must come to, computed the slow way: one event, one line, no cleverness.
fn reference(entries: &[Entry], manifests: &Manifests) -> Vec<(String, i64)> {
    let mut book = Book::default();
    for entry in entries {
        match entry {
            Entry::Batch(arrival) => book.batch(arrival, manifests),
            Entry::Erasure(erasure) => {
                let id = (erasure.product.clone(), erasure.installation);
                book.events.retain(|event| (event.product.clone(), event.installation) != id);
                book.tombstones.insert(id);
            }
        }
    }
    book.ledger()
}

#[derive(Default)]
struct Book {
    bodies: BTreeMap<Id, Vec<u8>>,
    tombstones: BTreeSet<(String, Id)>,
    sequences: BTreeSet<(String, Id, u64)>,
    events: Vec<Line>,
    quality: BTreeMap<String, i64>,
}

struct Line {
    product: String,
    installation: Id,
    context: String,
    when: (i32, i64),
    cube: Vec<String>,
    counts: Option<Vec<(String, i64)>>,
}

impl Book {
    fn note(&mut self, context: &str, received: i64, what: &str, n: i64) {
        if n > 0 {
            *self.quality.entry(format!("quality {context} {} {what}", day(received))).or_default() += n;
        }
    }

    fn batch(&mut self, arrival: &Arrival, manifests: &Manifests) {
        let batch: Batch<'_> = serde_json::from_slice(&arrival.body).unwrap();
        let envelope = batch.envelope().unwrap();
        let (product, header) = (batch.product.to_string(), &envelope.header);
        let version = pack_version(Version::parse(&batch.version).unwrap());
        let context = format!(
            "{product} {} {version} {} {} {}",
            header.component.name(),
            header.os,
            header.arch,
            header.marks.bits()
        );
        let received = arrival.received;
        if let Some(known) = self.bodies.get(&envelope.batch) {
            let what = if *known == arrival.body { "duplicate" } else { "conflict" };
            return self.note(&context, received, what, 1);
        }
        self.bodies.insert(envelope.batch, arrival.body.clone());
        self.note(&context, received, "batch", 1);
        if self.tombstones.contains(&(product.clone(), envelope.installation)) {
            return self.note(&context, received, "erased", batch.events.len() as i64);
        }
        for (reason, n) in batch.outcomes().unwrap() {
            self.note(&context, received, &format!("drop:{}", reason.name()), n as i64);
        }
        if !self.sequences.insert((product.clone(), envelope.installation, envelope.sequence)) {
            self.note(&context, received, "cloned", 1);
        }
        let declaration = manifests.declaration(&product, 1).unwrap();
        for event in &batch.events {
            if event.check(header.component, &declaration).is_err() {
                self.note(&context, received, "refused", 1);
                continue;
            }
            let time = event.time as i64 + arrival.skew;
            if time > received || time < received - 14 * DAY {
                self.note(&context, received, "unplaced", 1);
                continue;
            }
            self.events.push(Line {
                product: product.clone(),
                installation: envelope.installation,
                context: context.clone(),
                when: ((time / DAY) as i32, time % DAY / 3600),
                cube: cube(event),
                counts: counts(event),
            });
        }
    }

    fn ledger(self) -> Vec<(String, i64)> {
        let mut all: BTreeMap<String, i64> = self.quality;
        let mut first: BTreeMap<(String, Id), i32> = BTreeMap::new();
        let mut latest: BTreeMap<(String, Id), &Line> = BTreeMap::new();
        for line in &self.events {
            let Line { installation, context, when, .. } = line;
            for cell in &line.cube {
                *all.entry(format!("cube {context} {} {cell}", when.0)).or_default() += 1;
            }
            all.insert(format!("active {context} {} {installation}", when.0), 1);
            let key = (line.product.clone(), *installation);
            let day = first.entry(key.clone()).or_insert(when.0);
            *day = when.0.min(*day);
            if line.counts.is_some() && latest.get(&key).is_none_or(|known| known.when <= *when) {
                latest.insert(key, line);
            }
        }
        all.extend(first.iter().map(|((_, id), day)| (format!("first {id} {day}"), 1)));
        for line in latest.values() {
            let Line { installation, context, when: (day, hour), .. } = line;
            for (count, number) in line.counts.as_ref().unwrap() {
                all.insert(format!("latest {context} {day}.{hour} {installation} {count}"), *number);
            }
        }
        all.into_iter().collect()
    }
}

fn cube(event: &aboveboard_core::wire::Event<'_>) -> Vec<String> {
    match &*event.name {
        "command" => {
            let ending =
                if event.unfinished == Some(true) { 2 } else { i32::from(event.error == Some(true)) };
            vec![format!("1 {} {ending}", &**event.command.as_ref().unwrap())]
        }
        "console" => {
            let route = &**event.route.as_ref().unwrap();
            let view = || format!("3 {route} 0");
            vec![event.action.as_ref().map_or_else(view, |action| format!("2 {} {route}", &**action))]
        }
        "report" => vec!["4  0".to_owned()],
        name => {
            let mut cells = vec![format!("5 {name} 0")];
            for (field, value) in &event.fields.as_ref().unwrap().0 {
                let field = format!("{name}.{}", &**field);
                match value {
                    aboveboard_core::wire::Value::Text(text) => cells.push(format!("8 {field} {}", &**text)),
                    aboveboard_core::wire::Value::List(list) if list.is_empty() => {
                        cells.push(format!("8 {field} "))
                    }
                    aboveboard_core::wire::Value::List(list) => {
                        cells.extend(list.iter().map(|member| format!("8 {field} {}", &**member)));
                    }
                    _ => unreachable!("the tests' manifest has no other field"),
                }
            }
            cells
        }
    }
}

fn counts(event: &aboveboard_core::wire::Event<'_>) -> Option<Vec<(String, i64)>> {
    use aboveboard_core::wire::Cells;
    let mut all = Vec::new();
    for (name, cells) in &event.counts.as_ref()?.0 {
        match cells {
            Cells::One(number) => all.push((format!("{} ", &**name), *number as i64)),
            Cells::By(by) => {
                all.extend(by.0.iter().map(|(cell, n)| (format!("{} {}", &**name, &**cell), *n as i64)));
            }
        }
    }
    Some(all)
}

const EVENTS: [&str; 10] = [
    SUCCESS,
    FAILURE,
    r#""name":"command","command":"init","run":"RUN","unfinished":true,"server":"SERVER","server_version":"2.0.0-rc""#,
    r#""name":"console","session":"RUN","route":"/","server":"SERVER""#,
    r#""name":"console","session":"RUN","action":"table_tracked","route":"/data/:source""#,
    r#""name":"start-finished","fields":{"provider":"podman","extensions":["compose","kind"]}"#,
    r#""name":"start-finished","fields":{"provider":"other","extensions":[]}"#,
    r#""name":"command","command":"undeclared","run":"RUN","error":false"#,
    REPORT,
    SMALLER,
];

fn sketch() -> impl Strategy<Value = Sketch> {
    let component = prop::sample::select(vec!["server", "cli", "console", "app"]);
    let ago = prop_oneof![0..3 * DAY, Just(0), Just(14 * DAY), Just(14 * DAY + 1), Just(-1), -DAY..40 * DAY];
    let product = prop::sample::select(vec!["quarry", "quarry", "quarry", "other"]);
    (
        (product, 0u8..40, 0u8..6, component),
        prop::sample::select(vec!["1.2.3", "1.3.0", "2.0.0-rc"]),
        prop::sample::select(vec!["", "\"synthetic\"", "\"ci\",\"test\""]),
        prop::sample::select(vec!["", r#""spool-full":3"#, r#""too-old":1,"refused":2"#]),
        (0u64..30, -2 * DAY..DAY, -400 * DAY..400 * DAY),
        prop::collection::vec((prop::sample::select(EVENTS.to_vec()), ago), 0..6),
    )
        .prop_map(
            |((product, batch, installation, component), version, marks, outcomes, numbers, events)| {
                let (sequence, late, skew) = numbers;
                let events = events.into_iter().filter(|(body, _)| fits(component, body)).collect();
                let received = NOW + late;
                Sketch {
                    product,
                    batch,
                    installation,
                    component,
                    version,
                    marks,
                    sequence,
                    received,
                    skew,
                    events,
                    outcomes,
                }
            },
        )
}

fn fits(component: &str, body: &str) -> bool {
    match component {
        "server" => body.contains("report"),
        "console" => body.contains("console"),
        "app" => body.contains("start-finished"),
        _ => body.contains("command"),
    }
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    // Now and then a batch that came before is sent again, and now and then somebody asks to be forgotten.
    let entry = prop_oneof![9 => sketch().prop_map(|sketch| sketch.entry()), 1 => (0u8..6).prop_map(erasure)];
    prop::collection::vec((entry, any::<prop::sample::Index>(), 0u8..4), 1..30).prop_map(|drawn| {
        let mut entries: Vec<Entry> = Vec::new();
        for (entry, index, again) in drawn {
            if again == 0 && !entries.is_empty() {
                entries.push(entries[index.index(entries.len())].clone());
            }
            entries.push(entry);
        }
        entries
    })
}

/// Runs the whole contract. `fresh` makes a new, empty store in a directory; `again` opens the one that is there.
pub(crate) fn every_store_passes<S: Store>(fresh: impl Fn(&Path) -> S, again: impl Fn(&Path) -> S) {
    the_figures_are_those_of_the_reference_in_any_batching(&fresh);
    a_log_read_again_changes_nothing(&fresh, &again);
    the_first_in_the_log_wins(&fresh);
    erasure_leaves_no_trace_and_lets_nothing_back(&fresh, &again);
    retention_forgets_installations_and_keeps_counts(&fresh);
    ids_are_forgotten_after_their_time(&fresh);
    a_flood_of_one_installation_is_cut_off(&fresh);
}

fn the_figures_are_those_of_the_reference_in_any_batching<S: Store>(fresh: &impl Fn(&Path) -> S) {
    let (_guard, manifests) = manifests();
    let config = ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(entries in entries(), cuts in prop::collection::vec(1usize..8, 0..20))| {
        let directory = tempfile::tempdir().unwrap();
        let mut store = fresh(directory.path());
        let placed = placed(&entries);
        let mut from = 0_usize;
        for cut in cuts.into_iter().chain([usize::MAX]) {
            let to = from.saturating_add(cut).min(placed.len());
            store.apply(&placed[from..to], end(to), &manifests).unwrap();
            from = to;
        }
        let expected = reference(&entries, &manifests);
        prop_assert_eq!(store.ledger().unwrap(), expected.clone());
        store.rebuild(&mut |_, _| {}).unwrap();
        prop_assert_eq!(store.ledger().unwrap(), expected);
        prop_assert_eq!(store.position().unwrap(), end(placed.len()));
    });
}

fn a_log_read_again_changes_nothing<S: Store>(fresh: &impl Fn(&Path) -> S, again: &impl Fn(&Path) -> S) {
    let (_guard, manifests) = manifests();
    let directory = tempfile::tempdir().unwrap();
    let entries = [Sketch::new(1, 1, &[(SUCCESS, 5)]).entry(), Sketch::new(2, 2, &[(REPORT, 9)]).entry()];
    let placed = placed(&entries);
    let mut store = fresh(directory.path());
    assert_eq!(store.position().unwrap(), Position(0));
    store.apply(&placed[..1], end(1), &manifests).unwrap();
    let applied = store.apply(&placed, end(2), &manifests).unwrap();
    assert_eq!((applied.batches, applied.duplicates), (1, 0), "what lies before the position is skipped");
    let before = store.ledger().unwrap();
    drop(store);
    let mut store = again(directory.path());
    assert_eq!(store.settle().unwrap(), end(2));
    let applied = store.apply(&placed, end(2), &manifests).unwrap();
    assert_eq!(applied, super::Applied::default());
    assert_eq!(store.ledger().unwrap(), before);
}

fn the_first_in_the_log_wins<S: Store>(fresh: &impl Fn(&Path) -> S) {
    let (_guard, manifests) = manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let first = Sketch::new(1, 1, &[(SUCCESS, 5)]);
    let other = Sketch::new(1, 1, &[(FAILURE, 5), (FAILURE, 6)]);
    let entries = [first.entry(), other.entry(), first.entry(), other.entry()];
    let applied = store.apply(&placed(&entries), end(4), &manifests).unwrap();
    assert_eq!((applied.batches, applied.events, applied.duplicates, applied.conflicts), (1, 1, 1, 2));
}

fn erasure_leaves_no_trace_and_lets_nothing_back<S: Store>(
    fresh: &impl Fn(&Path) -> S,
    again: &impl Fn(&Path) -> S,
) {
    let (_guard, manifests) = manifests();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let stays = Sketch::new(1, 1, &[(SUCCESS, 5), (FAILURE, 2 * DAY)]).entry();
    let goes = [
        Sketch::new(2, 2, &[(SUCCESS, 5), (FAILURE, 3 * DAY)]).entry(),
        Sketch::new(3, 2, &[(REPORT, DAY)]).entry(),
        erasure(2),
        Sketch::new(4, 2, &[(SUCCESS, 1), (SUCCESS, 2)]).entry(),
    ];
    let entries = [&goes[..2], std::slice::from_ref(&stays), &goes[2..]].concat();
    let mut with = fresh(one.path());
    let applied = with.apply(&placed(&entries), end(5), &manifests).unwrap();
    assert_eq!((applied.erasures, applied.erased), (1, 2));
    drop(with);
    let mut with = again(one.path());
    let late = Sketch::new(5, 2, &[(SUCCESS, 1)]).entry();
    assert_eq!(with.apply(&[(end(5), late)], end(6), &manifests).unwrap().erased, 1, "also after a restart");
    let mut without = fresh(two.path());
    without.apply(&placed(&[stays]), end(1), &manifests).unwrap();
    let figures = |store: &mut S| {
        let mut ledger = store.ledger().unwrap();
        ledger.retain(|(name, _)| !name.starts_with("quality"));
        ledger
    };
    assert_eq!(figures(&mut with), figures(&mut without));
    with.rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(figures(&mut with), figures(&mut without));
}

fn retention_forgets_installations_and_keeps_counts<S: Store>(fresh: &impl Fn(&Path) -> S) {
    let (_guard, manifests) = manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let mut old = Sketch::new(1, 1, &[(REPORT, 0)]);
    let mut both = Sketch::new(2, 2, &[(SUCCESS, 0)]);
    (old.received, both.received) = (NOW, NOW);
    let mut late = Sketch::new(3, 2, &[(SUCCESS, 0)]);
    late.received = NOW + 20 * DAY;
    let entries = [old.entry(), both.entry(), late.entry()];
    store.apply(&placed(&entries), end(3), &manifests).unwrap();
    let before = store.ledger().unwrap();

    assert_eq!(retention::run(&mut store, NOW + 30 * DAY, &manifests).unwrap().rows, 0, "30 days are kept");
    assert_eq!(store.ledger().unwrap(), before);
    let retired = retention::run(&mut store, NOW + 31 * DAY, &manifests).unwrap();
    assert_eq!((retired.rows, retired.installations), (2, 1));
    let after = store.ledger().unwrap();
    let of = |ledger: &[(String, i64)], prefix: &str| {
        ledger.iter().filter(|(name, _)| name.starts_with(prefix)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(of(&after, "cube"), of(&before, "cube"), "counts without installations stay");
    assert_eq!(of(&after, "active").len(), 1);
    assert!(of(&after, "latest").is_empty());
    assert!(!after.iter().any(|(name, _)| name.contains(&Sketch::id(1).to_string())));
    assert_eq!(of(&after, "first").len(), 1, "who came before and is still there keeps the first day");
    store.rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(store.ledger().unwrap(), after, "a rebuild leaves the days without rows as they are");

    let mut stray = Sketch::new(4, 3, &[(SUCCESS, 13 * DAY)]);
    stray.received = NOW + 10 * DAY;
    let applied = store.apply(&[(end(3), stray.entry())], end(4), &manifests).unwrap();
    assert_eq!((applied.events, applied.unplaced), (0, 1), "a day that retention passed takes nothing more");
}

fn ids_are_forgotten_after_their_time<S: Store>(fresh: &impl Fn(&Path) -> S) {
    let (_guard, manifests) = manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let sent = Sketch::new(1, 1, &[]).entry();
    store.apply(&[(Position(0), sent.clone()), (Position(100), erasure(7))], end(2), &manifests).unwrap();
    let later = |days: i64, at: usize, store: &mut S| {
        retention::run(store, NOW + days * DAY, &manifests).unwrap();
        store.apply(&[(end(at), sent.clone())], end(at + 1), &manifests).unwrap().duplicates
    };
    assert_eq!(later(i64::from(REMEMBERED), 2, &mut store), 1);
    assert_eq!(later(i64::from(REMEMBERED) + 1, 3, &mut store), 0);
}

fn a_flood_of_one_installation_is_cut_off<S: Store>(fresh: &impl Fn(&Path) -> S) {
    let (_guard, manifests) = manifests();
    let directory = tempfile::tempdir().unwrap();
    let mut store = fresh(directory.path());
    let many = vec![(SUCCESS, 5); 1000];
    let mut entries: Vec<Entry> = (0..=50).map(|batch| Sketch::new(batch, 1, &many).entry()).collect();
    entries.push(Sketch::new(60, 2, &[(SUCCESS, 5)]).entry());
    let applied = store.apply(&placed(&entries), end(entries.len()), &manifests).unwrap();
    assert_eq!(applied.events, 50_001);
    let over: i64 =
        store.ledger().unwrap().iter().filter(|(n, _)| n.ends_with("over-cap")).map(|(_, n)| n).sum();
    assert_eq!(over, 1000, "what is set aside is counted");
}
