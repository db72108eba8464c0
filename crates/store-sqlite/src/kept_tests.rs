//! What is kept of a batch is at most ten times what it counts for at the gate, whatever its shape; and of what honest agents
//! send at most ten times its length.

use std::fmt::Write as _;
use std::io::Write as _;

use aboveboard_store::calendar::{SECONDS_A_DAY, day_of};
use aboveboard_store::entry::{Arrival, LogEntry};
use aboveboard_store::facts::Facts;
use aboveboard_store::in_force::ManifestsInForce;
use aboveboard_store::kept::KeptEstimate;
use aboveboard_store::{EntryRange, Store as _};
use aboveboard_store_contract::{NOW, end, manifest_text, manifests_of, placed};
use aboveboard_types::event::Event;
use aboveboard_types::id::Id;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

/// Batches of a shape, each of another installation: enough that the pages of an empty database weigh little.
const BATCHES: u32 = 16;

/// Bytes that may be kept for each one that counts.
const MAX_KEPT: u64 = 10;

/// Numbers that repeat with every run and in which nothing repeats.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn id(&mut self) -> Id {
        Id::from_random(std::array::from_fn(|_| self.roll(256) as u8))
    }

    fn one_of<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len() as u64) as usize]
    }
}

/// A product with wide events, many routes and actions, and timings of many cells.
fn manifest() -> String {
    let list = |name: &str, n: u32| (0..n).map(|at| format!("\"{name}{at}\"")).collect::<Vec<_>>().join(", ");
    let text = manifest_text("quarry").replace("\"events.start-finished\", ", "");
    let (head, _) = text.split_once("[timings.requests]").unwrap();
    let mut text = format!(
        r#"{head}[timings.requests]
what = "requests served"
why = "Which kinds of request are slow?"
chart = "table"
by = {{ operation = [{}], transport = [{}] }}
edges = ["5ms", "100ms", "1s"]
parts = ["database", "cache"]
[cli]
why = "Which commands fail too often?"
chart = "table"
commands = [{}]
[console]
why = "Which pages are used?"
chart = "table"
routes = [{}]
[console.actions]
"#,
        list("o", 6),
        list("t", 8),
        list("command", 40),
        list("/r", 7),
    );
    for at in 0..8 {
        writeln!(text, "action{at} = \"a/b{at}\"").unwrap();
    }
    for component in ["server", "cli", "app"] {
        writeln!(
            text,
            "[events.seen-{component}]\ncomponent = \"{component}\"\nwhat = \"something was seen\"\n\
             why = \"How often is it seen, and what of it is used?\"\nchart = \"share\"\n[events.seen-{component}.fields]"
        )
        .unwrap();
        for field in 0..4 {
            writeln!(text, "m{field} = {{ set = [{}] }}", list("a", 20)).unwrap();
        }
    }
    text
}

/// The events of a batch, each with its time.
type Shape = fn(&mut Dice) -> Vec<String>;

fn time(day: u64) -> u64 {
    (NOW - 60).cast_unsigned() - day * SECONDS_A_DAY.unsigned_abs()
}

fn command(dice: &mut Dice, day: u64, which: u64) -> String {
    format!(
        r#"{{"name":"command","time":{},"command":"command{which}","run":"{}","error":false}}"#,
        time(day),
        dice.id()
    )
}

fn wide(day: u64, component: &str, member: &mut dyn FnMut() -> bool) -> String {
    let mut fields = Vec::new();
    for field in 0..4 {
        let members: Vec<_> = (0..20).filter(|_| member()).map(|at| format!("\"a{at}\"")).collect();
        fields.push(format!("\"m{field}\":[{}]", members.join(",")));
    }
    format!(r#"{{"name":"seen-{component}","time":{},"fields":{{{}}}}}"#, time(day), fields.join(","))
}

fn report(dice: &mut Dice, day: u64, most: u64) -> String {
    let mut cells = Vec::new();
    for operation in 0..6 {
        for transport in 0..8 {
            for from in [0, 5, 100, 1_000] {
                let count = 1 + dice.roll(most);
                let total = count * (from + 1);
                cells.push(format!(
                    r#"{{"operation":"o{operation}","transport":"t{transport}","from":{from},"count":{count},"total":{total},"database":{},"cache":{}}}"#,
                    dice.roll(total),
                    dice.roll(total)
                ));
            }
        }
    }
    format!(
        r#"{{"name":"report","time":{},"counts":{{"tables":{}}},"run":"{}","timings":{{"requests":[{}]}}}}"#,
        time(day),
        dice.roll(100),
        dice.id(),
        cells.join(",")
    )
}

/// The shapes, by component; the first ones are what honest agents send.
const SHAPES: [(&str, &str, Shape); 12] = [
    ("a command", "cli", |dice| vec![command(dice, 0, 3)]),
    ("a command a day", "cli", |dice| (0..14).map(|day| command(dice, day, 3)).collect()),
    ("a day of a console", "console", |dice| {
        (0..40)
            .map(|_| {
                format!(
                    r#"{{"name":"console","time":{},"session":"{}","action":"action{}","route":"/r{}"}}"#,
                    time(0),
                    Id::from_random([7; 16]),
                    dice.roll(8),
                    dice.roll(7)
                )
            })
            .collect()
    }),
    ("a report", "server", |dice| vec![report(dice, 0, 1_000)]),
    ("every action and route on every day", "console", |_| {
        let at = (0..14)
            .flat_map(|day| (0..7).flat_map(move |route| (0..8).map(move |action| (day, route, action))));
        at.map(|(day, route, action)| {
            format!(
                r#"{{"name":"console","time":{},"session":"{}","action":"action{action}","route":"/r{route}"}}"#,
                time(day),
                Id::from_random([7; 16])
            )
        })
        .collect()
    }),
    ("every command with every ending on every day", "cli", |_| {
        let at = (0..14)
            .flat_map(|day| (0..23).flat_map(move |which| (0..3).map(move |ending| (day, which, ending))));
        at.map(|(day, which, ending)| {
            let ending = [r#""error":false"#, r#""error":true"#, r#""unfinished":true"#][ending];
            let run = Id::from_random([7; 16]);
            format!(
                r#"{{"name":"command","time":{},"command":"command{which}","run":"{run}",{ending}}}"#,
                time(day)
            )
        })
        .collect()
    }),
    ("a wide event on every day", "app", |_| (0..14).map(|day| wide(day, "app", &mut || true)).collect()),
    ("one wide event a thousand times", "app", |_| (0..700).map(|_| wide(0, "app", &mut || true)).collect()),
    ("seventy random wide events, the same on every day", "server", |dice| {
        let seed = dice.roll(u64::MAX);
        (0..14)
            .flat_map(|day| {
                let mut same = Dice(seed);
                (0..70).map(|_| wide(day, "server", &mut || same.roll(2) == 0)).collect::<Vec<_>>()
            })
            .collect()
    }),
    ("sixteen processes with one report each", "server", |dice| {
        let seed = dice.roll(u64::MAX);
        (0..14).map(|day| report(&mut Dice(seed), day, (1 << 53) / 2_000)).collect()
    }),
    ("a server that grows a little on every day", "server", |dice| {
        let seed = dice.roll(u64::MAX);
        (0..14).map(|day| report(&mut Dice(seed), day, 900)).collect()
    }),
    ("commands that name sixteen servers", "cli", |dice| {
        (0..16)
            .map(|_| {
                let server = dice.id();
                format!(
                    r#"{{"name":"command","time":{},"command":"command1","run":"{}","error":false,"server":"{server}"}}"#,
                    time(0),
                    Id::from_random([7; 16])
                )
            })
            .collect()
    }),
];

/// How many of [`SHAPES`] honest agents send.
const HONEST: usize = 4;

/// A batch of another installation, in another context.
fn batch(dice: &mut Dice, component: &str, events: &[String]) -> Vec<u8> {
    const SYSTEMS: [&str; 8] =
        ["linux", "macos", "windows", "freebsd", "netbsd", "openbsd", "android", "ios"];
    const ARCHITECTURES: [&str; 9] =
        ["x86_64", "aarch64", "x86", "arm", "riscv64", "powerpc64", "s390x", "loongarch64", "wasm32"];
    let marks: Vec<_> = ["ci", "container", "dev", "test", "unstable"]
        .iter()
        .filter(|_| dice.roll(2) == 0)
        .map(|mark| format!("\"{mark}\""))
        .collect();
    format!(
        r#"{{"wire":1,"product":"quarry","revision":1,"manifest":"{}","batch":"{}","installation":"{}","component":"{component}","version":"1.2.3","os":"{}","arch":"{}","marks":[{}],"sequence":0,"events":[{}],"outcomes":{{}}}}"#,
        "0123456789abcdef".repeat(4),
        Id::from_custom(std::array::from_fn(|_| dice.roll(256) as u8)),
        Id::from_custom(std::array::from_fn(|_| dice.roll(256) as u8)),
        dice.one_of(&SYSTEMS),
        dice.one_of(&ARCHITECTURES),
        marks.join(","),
        events.join(",")
    )
    .into_bytes()
}

/// The length of a body as agents send it.
fn sent(body: &[u8]) -> u64 {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(body).unwrap();
    gzip.finish().unwrap().len() as u64
}

fn estimate(arrival: &Arrival, manifests: &ManifestsInForce) -> u64 {
    let facts = Facts::of(arrival, manifests).unwrap();
    assert_eq!((facts.refused, facts.unplaced), (0, 0), "all of it counts");
    let mut kept = KeptEstimate::default();
    for event in &facts.events {
        let time = i64::from(event.at.day) * SECONDS_A_DAY;
        kept.add(&Event { time: time.cast_unsigned(), kind: event.kind.clone() });
    }
    kept.bytes()
}

fn size(store: &SqliteStore) -> u64 {
    let of = |what: &str| -> u64 {
        store
            .connection
            .query_row(&format!("SELECT * FROM pragma_{what}"), [], |row| row.get::<_, u32>(0))
            .unwrap()
            .into()
    };
    (of("page_count") - of("freelist_count")) * of("page_size")
}

#[test]
fn no_shape_of_a_batch_keeps_more_than_ten_times_what_it_counts_for() {
    let manifests = manifests_of(&[manifest()]);
    let directory = tempfile::tempdir().unwrap();
    for (at, (name, component, shape)) in SHAPES.into_iter().enumerate() {
        let mut store = open(&directory.path().join(format!("{at}.sqlite")), Expect::New).unwrap();
        let before = size(&store);
        let mut dice = Dice(at as u64);
        let mut all_sent = 0;
        let mut counted = 0;
        let entries: Vec<_> = (0..BATCHES)
            .map(|_| {
                let events = shape(&mut dice);
                let body = batch(&mut dice, component, &events);
                let arrival =
                    Arrival { received: NOW, skew: 0, refused: 0, counted_value: Some([7; 16]), body };
                let sent = sent(&arrival.body);
                all_sent += sent;
                counted += sent.max(estimate(&arrival, &manifests) / MAX_KEPT);
                LogEntry::Batch(arrival)
            })
            .collect();
        store.apply(&EntryRange::new(&placed(&entries), end(entries.len()), &manifests)).unwrap();
        let kept = size(&store) - before;
        let each = |n: u64| n / u64::from(BATCHES);
        let case = format!("{name}: sent {}, counted {}, kept {}", each(all_sent), each(counted), each(kept));
        assert!(kept <= MAX_KEPT * counted, "{case}");
        if at < HONEST {
            assert!(kept <= MAX_KEPT * all_sent, "{case}");
            assert!(counted <= 2 * all_sent, "who is honest has the quota as sent: {case}");
        }
    }
}

#[test]
fn a_day_of_wide_events_takes_no_more_room_than_is_read_at_once() {
    let manifests = manifests_of(&[manifest()]);
    let directory = tempfile::tempdir().unwrap();
    let mut store = open(&directory.path().join("store.sqlite"), Expect::New).unwrap();
    let mut dice = Dice(1);
    let events: Vec<_> = (0..900).map(|_| wide(0, "app", &mut || true)).collect();
    let mut bodies: Vec<_> = (0..15).map(|_| batch(&mut dice, "app", &events)).collect();
    // The first twelve are of one installation.
    let id = |body: &[u8]| {
        let (_, after) = std::str::from_utf8(body).unwrap().split_once("\"installation\":\"").unwrap();
        after[..36].to_owned()
    };
    let first = id(&bodies[0]);
    for body in &mut bodies[1..12] {
        *body = String::from_utf8(body.clone()).unwrap().replace(&id(body), &first).into_bytes();
    }
    let entries: Vec<_> = bodies
        .into_iter()
        .map(|body| {
            LogEntry::Batch(Arrival {
                received: NOW,
                skew: 0,
                refused: 0,
                counted_value: Some([7; 16]),
                body,
            })
        })
        .collect();
    let applied = store.apply(&EntryRange::new(&placed(&entries), end(entries.len()), &manifests)).unwrap();
    let stored =
        |store: &SqliteStore, sql| -> i64 { store.connection.query_row(sql, [], |row| row.get(0)).unwrap() };
    let most = aboveboard_store::limits::MAX_BYTES_A_DAY.cast_signed();
    let of_one = stored(&store, "SELECT max(bytes) FROM row");
    assert!((most / 2..=most).contains(&of_one), "{of_one} of {most} bytes");
    assert!(
        applied.over_cap > 0 && applied.events + applied.over_cap == 13_500,
        "the rest is counted: {applied:?}"
    );
    // As if the first had so much that a block has no room for it.
    store.connection.execute("UPDATE row SET bytes = bytes * 8 WHERE installation = 1", []).unwrap();
    let figures = store.dump_for_comparison().unwrap();
    store.compact(day_of(NOW) + 1).unwrap();
    assert_eq!(stored(&store, "SELECT sum(rows) FROM block"), 3, "what has room is packed");
    assert_eq!(stored(&store, "SELECT count(DISTINCT installation) FROM row"), 1, "the rest stays");
    assert_eq!(store.dump_for_comparison().unwrap(), figures);
    store.rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(store.dump_for_comparison().unwrap(), figures);
}
