//! `tests/vectors/console-random.json`: random manifests, random things that a console does, and what its client must
//! report of them by a slow reading of the rules. The client's own tests read the same file, so both languages are held
//! to one reference: here every report passes the check that ingest makes, and what the client must not report does not.
//!
//! With `ABOVEBOARD_WRITE_VECTORS` set, the file is written instead of compared.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use aboveboard_types::declaration::{Component, Declaration};
use serde_json::{Value, json};

const CASES: usize = 200;
const SESSION: &str = "01234567-89ab-4def-8123-456789abcdef";

/// Words that lie close together, and those that trip objects of JavaScript.
const TYPES: [&str; 12] =
    ["a", "b", "A", "a/b", "a/b/c", "a/B", "ab", "constructor", "__proto__", "toString", "@@a/b", "table_a"];
const NAMES: [&str; 6] = ["a", "b", "ab", "table_a", "constructor", "to-string"];
const ROUTES: [&str; 10] = ["/", "/a", "/a/b", "/a/:b", "/:a", "/:a/:b", "/a/*", "/A", "/ab", "/a/:b/c"];
const ADDRESSES: [&str; 8] =
    ["", "unknown", "/a/", "/a?b=c", "/a#b", "/a/b/hunter2", "a", "https://console.example/a"];

/// xorshift64*: the file must come out the same for ever, so no generator that may change is used.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound
    }

    fn of<'t>(&mut self, all: &[&'t str]) -> &'t str {
        all[self.below(all.len())]
    }
}

struct Drawn {
    actions: BTreeMap<&'static str, &'static str>,
    routes: BTreeSet<&'static str>,
    does: Vec<(&'static str, &'static str)>,
}

fn draw(random: &mut Random) -> Drawn {
    let mut names: Vec<_> = NAMES.to_vec();
    let mut actions = BTreeMap::new();
    for _ in 0..random.below(5) {
        let name = names.swap_remove(random.below(names.len()));
        // A type stands for one name and a name for one type.
        actions.entry(random.of(&TYPES)).or_insert(name);
    }
    // A console without both would be none.
    let least = usize::from(actions.is_empty());
    let routes = (0..least + random.below(4)).map(|_| random.of(&ROUTES)).collect();
    let does = (0..1 + random.below(8))
        .map(|_| match random.below(8) {
            0 => ("route", random.of(&ADDRESSES)),
            1 => ("action", random.of(&NAMES)),
            2..=4 => ("route", random.of(&ROUTES)),
            _ => ("action", random.of(&TYPES)),
        })
        .collect();
    Drawn { actions, routes, does }
}

impl Drawn {
    /// The rules, one thing done after the other.
    fn reports(&self) -> Vec<Value> {
        let mut shown = "unknown";
        let mut reports = Vec::new();
        for (what, text) in &self.does {
            if *what == "route" {
                shown = self.routes.get(text).copied().unwrap_or("unknown");
                reports.push(json!({ "route": shown }));
            } else if let Some(name) = self.actions.get(text) {
                reports.push(json!({ "route": shown, "action": name }));
            }
        }
        reports
    }

    fn declaration(&self) -> Declaration {
        let mut text = include_str!("../../../tests/vectors/telemetry.toml").to_owned();
        let from = text.find("routes = [").unwrap();
        let to = text.find("[events.start-finished]").unwrap();
        let mut console = String::new();
        if !self.routes.is_empty() {
            let _ = writeln!(console, "routes = {:?}", self.routes.iter().collect::<Vec<_>>());
        }
        if !self.actions.is_empty() {
            console.push_str("[console.actions]\n");
        }
        for (of, name) in &self.actions {
            let _ = writeln!(console, "{name} = \"{of}\"");
        }
        text.replace_range(from..to, &console);
        let parsed = aboveboard_manifest::parse(&text, "drawn.toml");
        let parsed = parsed.unwrap_or_else(|problems| panic!("{text}\n{problems:?}"));
        parsed.declaration()
    }
}

fn is_accepted(declaration: &Declaration, report: &Value) -> bool {
    let mut event = json!({ "name": "console", "time": 7, "session": SESSION });
    event.as_object_mut().unwrap().extend(report.as_object().unwrap().clone());
    let event = event.to_string();
    let event: aboveboard_wire::WireEvent<'_> = serde_json::from_str(&event).unwrap();
    event.check(Component::Console, declaration).is_ok()
}

#[test]
fn what_a_client_must_tell_of_random_manifests_is_exactly_what_ingest_accepts() {
    let mut random = Random(0x0a_b0_0e_b0_a7_d0);
    let mut lines = Vec::new();
    for _ in 0..CASES {
        let drawn = draw(&mut random);
        let declaration = drawn.declaration();
        let reports = drawn.reports();
        assert!(reports.iter().all(|report| is_accepted(&declaration, report)));
        // The words as they were said, where they are no declared ones.
        for (what, text) in &drawn.does {
            let raw = match *what {
                "route" => json!({ "route": text }),
                _ => json!({ "route": "unknown", "action": text }),
            };
            let declared = match *what {
                "route" => *text == "unknown" || drawn.routes.contains(text),
                _ => drawn.actions.values().any(|name| name == text),
            };
            assert_eq!(is_accepted(&declaration, &raw), declared, "{raw}");
        }
        let config = json!({ "actions": drawn.actions, "routes": drawn.routes });
        lines.push(json!({ "config": config, "does": drawn.does, "told": reports }).to_string());
    }
    let mut written = String::from("[\n");
    let _ = writeln!(written, "{}\n]", lines.join(",\n"));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/console-random.json");
    if std::env::var_os("ABOVEBOARD_WRITE_VECTORS").is_some() {
        return std::fs::write(path, written).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap() == written,
        "tests/vectors/console-random.json is out of date; run: \
         ABOVEBOARD_WRITE_VECTORS=1 cargo test -p aboveboard-manifest --test console"
    );
}
