//! Databases of earlier schemas, each a committed dump, become databases of this one with equal figures.
//!
//! The last program of schema N wrote `corpus/schema-N.sql`; `corpus/schema-N.ledger` holds every figure that it gave
//! for it. Neither is ever changed. Each new migration adds the schema before it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aboveboard_store::calendar::{SECONDS_A_DAY, day_of};
use aboveboard_store::context::ContextFilter;
use aboveboard_store::entry::Position;
use aboveboard_store::figures::{Answers, InstallationFilter, Question};
use aboveboard_store::read::{Days, Snapshot as _};
use aboveboard_store::{EntryRange, Store as _};
use aboveboard_store_contract::{NOW, SUCCESS, Sketch, erasure, placed};
use rusqlite::Connection;

use super::*;

/// Each schema but the newest: its dump and its figures.
const CORPUS: [(&str, &str); 4] = [
    (include_str!("corpus/schema-1.sql"), include_str!("corpus/schema-1.ledger")),
    (include_str!("corpus/schema-2.sql"), include_str!("corpus/schema-2.ledger")),
    (include_str!("corpus/schema-3.sql"), include_str!("corpus/schema-3.ledger")),
    (include_str!("corpus/schema-4.sql"), include_str!("corpus/schema-4.ledger")),
];

/// Figures of roll-ups that some earlier schema has none of, or less.
const LATER: [&str; 11] = [
    "used ",
    "success ",
    "received ",
    "version ",
    "heard-",
    "batches ",
    "began ",
    "last ",
    "since ",
    "last-heard ",
    "counted ",
];

fn old(directory: &Path, dump: &str) -> PathBuf {
    let path = directory.join("store.sqlite");
    Connection::open(&path).unwrap().execute_batch(dump).unwrap();
    path
}

fn all_known(figures: &str) -> BTreeMap<String, i64> {
    let lines = figures.lines().map(|line| line.rsplit_once('=').unwrap());
    lines.map(|(name, n)| (name.to_owned(), n.parse().unwrap())).collect()
}

fn known(figures: &str) -> BTreeMap<String, i64> {
    let mut known = all_known(figures);
    known.retain(|name, _| !is_later(name));
    assert!(known.len() > 100, "a corpus that says nothing proves nothing");
    known
}

fn figures(store: &mut SqliteStore) -> BTreeMap<String, i64> {
    let mut ledger = store.dump_for_comparison().unwrap();
    ledger.retain(|(name, _)| !is_later(name));
    ledger.into_iter().collect()
}

fn is_later(name: &str) -> bool {
    LATER.iter().any(|later| name.starts_with(later))
}

/// The figures that begin with one of these.
fn only(store: &mut SqliteStore, of: &[&str]) -> BTreeMap<String, i64> {
    let mut ledger = store.dump_for_comparison().unwrap();
    ledger.retain(|(name, _)| of.iter().any(|of| name.starts_with(of)));
    ledger.into_iter().collect()
}

#[test]
fn every_earlier_schema_has_its_corpus() {
    assert_eq!(CORPUS.len() + 1, schema::MIGRATIONS.len());
}

#[test]
fn a_database_of_every_earlier_schema_has_equal_figures_in_this_one() {
    let manifests = aboveboard_store_contract::manifests();
    for (dump, expected) in CORPUS {
        let directory = tempfile::tempdir().unwrap();
        let path = old(directory.path(), dump);
        let expected = known(expected);
        let mut store = open(&path, Expect::Existing).unwrap();
        assert_eq!(figures(&mut store), expected, "as it comes");
        store.rebuild(&mut |_, _| {}).unwrap();
        assert_eq!(figures(&mut store), expected, "summed up anew from the old rows");
        assert!(store.compact(day_of(NOW) + 1).unwrap() > 0);
        store.rebuild(&mut |_, _| {}).unwrap();
        assert_eq!(figures(&mut store), expected, "packed");
        // What this program takes in from now on is known to it, whatever the old one took in.
        let position = store.position().unwrap();
        let first = Sketch::new(1, 1, &old_events(1));
        let resend = [first.entry(), first.entry(), Sketch::new(1, 1, &[(SUCCESS, 7)]).entry()];
        let resend: Vec<_> =
            placed(&resend).into_iter().map(|(at, entry)| (Position(position.0 + at.0), entry)).collect();
        let applied =
            store.apply(&EntryRange::new(&resend, Position(position.0 + 10_000), &manifests)).unwrap();
        let is_first_new =
            ["1", "2"].iter().any(|schema| dump.contains(&format!("PRAGMA user_version = {schema};")));
        let counted = (applied.batches, applied.duplicates, applied.conflicts);
        assert_eq!(counted, if is_first_new { (1, 1, 1) } else { (0, 2, 1) });
        // An erasure finds what the old program wrote.
        let erased = [(Position(position.0 + 10_000), erasure(1))];
        store.apply(&EntryRange::new(&erased, Position(position.0 + 20_000), &manifests)).unwrap();
        let id = Sketch::id(1).to_string();
        assert!(expected.keys().any(|name| name.contains(&id)));
        assert!(!figures(&mut store).keys().any(|name| name.contains(&id)));
        drop(store);
        assert!(upkeep::examine(&path).is_ok());
    }
}

#[test]
fn who_used_what_and_since_when_there_are_versions_is_found_in_what_an_earlier_schema_kept() {
    for (dump, expected) in CORPUS {
        for repair in [false, true] {
            let directory = tempfile::tempdir().unwrap();
            let path = old(directory.path(), dump);
            if repair {
                upkeep::repair(&path, &mut |_, _| {}).unwrap();
            }
            let mut store = open(&path, Expect::Existing).unwrap();
            let found = ["used ", "success ", "since "];
            let used = only(&mut store, &found);
            store.rebuild(&mut |_, _| {}).unwrap();
            assert_eq!(only(&mut store, &found), used, "as the rows say");
            // Without contexts and endings it is what the schema before kept.
            let mut before = BTreeMap::new();
            for name in used.keys() {
                let words: Vec<_> = name.split(' ').collect();
                match words.as_slice() {
                    ["used", _, _, _, _, _, _, _, _, "4", ..] | ["since", ..] => {}
                    ["used", _, _, _, _, _, _, day, id, axis, _, name @ ..] => {
                        before.insert(format!("used {id} {day} {axis} {}", name.join(" ")), 1);
                    }
                    ["success", id, day] => _ = before.insert(format!("used {id} {day} 13 "), 1),
                    _ => panic!("{name}"),
                }
            }
            let mut kept = all_known(expected);
            kept.retain(|name, _| found.iter().any(|found| name.starts_with(found)));
            // Since schema 4 all of it is kept; schema 3 kept it without contexts and endings.
            assert!(kept.is_empty() || kept == before || kept == used, "{kept:?}\n{before:?}");
            // Of a version there is data since its first day, also where retention took the sets of that day.
            let mut since: BTreeMap<String, i64> = BTreeMap::new();
            for name in all_known(expected).keys().filter(|name| name.starts_with("cube ")) {
                let words: Vec<_> = name.split(' ').collect();
                let day: i64 = words[7].parse().unwrap();
                let first = since.entry(format!("since {} {}", words[1], words[3])).or_insert(day);
                *first = day.min(*first);
            }
            assert_eq!(only(&mut store, &["since "]), since);
            let reader = SqliteReader::open(&path).unwrap();
            let known = reader.begin().unwrap().received_from("quarry").unwrap();
            assert_eq!(known, None, "what was received when is known from now on");
        }
    }
}

#[test]
fn an_upgrade_is_told_as_no_change_and_no_silence() {
    for (dump, _) in CORPUS {
        let directory = tempfile::tempdir().unwrap();
        let path = old(directory.path(), dump);
        drop(open(&path, Expect::Existing).unwrap());
        let reader = SqliteReader::open(&path).unwrap();
        let snapshot = reader.begin().unwrap();
        let today = day_of(NOW) + 20;
        let question = Question {
            product: "quarry".to_owned(),
            days: Days { first: today - 29, last: today },
            today,
            hour: 12,
            contexts: ContextFilter::everything(),
            installations: InstallationFilter::default(),
        };
        let answers = Answers::new(&snapshot, &question, None);
        let headline = answers.headline().unwrap();
        assert!(headline.active_28.now > Some(10), "{headline:?}");
        assert!(headline.running.is_none(), "nothing is known of today: {headline:?}");
        let changes = answers.changes().unwrap();
        assert_eq!((changes.found.len(), changes.weeks, changes.ready), (0, 0, None));
        let health = answers.health(NOW + 20 * SECONDS_A_DAY, &[]).unwrap();
        assert!(health.has_data && health.all.is_none() && health.components.is_empty());
    }
}

#[test]
fn a_database_of_every_earlier_schema_is_repaired_by_this_program() {
    for (dump, expected) in CORPUS {
        let directory = tempfile::tempdir().unwrap();
        let path = old(directory.path(), dump);
        let repaired = upkeep::repair(&path, &mut |_, _| {}).unwrap();
        assert!(repaired.torn.is_empty(), "{repaired:?}");
        let installations = repaired.saved.iter().find(|(table, _)| *table == "installation");
        assert!(installations.is_some_and(|(_, rows)| *rows >= 16), "{repaired:?}");
        assert_eq!(figures(&mut open(&path, Expect::Existing).unwrap()), known(expected));
    }
}

/// Sums of the corpus by name and edge, of all contexts.
fn sums(figures: &BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for (name, n) in figures {
        let words: Vec<_> = name.split(' ').collect();
        let at = words.iter().position(|word| matches!(*word, "11" | "12"));
        if let Some(at) = at.filter(|_| words[0] == "cube") {
            *sums.entry(words[at..].join(" ")).or_default() += n;
        }
    }
    sums
}

#[test]
fn what_a_server_told_before_an_upgrade_or_a_repair_does_not_count_again() {
    let manifests = aboveboard_store_contract::manifests();
    let (dump, expected) = CORPUS[1];
    for repair in [false, true] {
        let directory = tempfile::tempdir().unwrap();
        let path = old(directory.path(), dump);
        if repair {
            upkeep::repair(&path, &mut |_, _| {}).unwrap();
        }
        let mut store = open(&path, Expect::Existing).unwrap();
        // A process of installation 5 had told nine requests of 90 ms, 27 of them in the database.
        let run = aboveboard_types::id::Id::from_custom([1; 16]);
        let cell = r#"{"operation":"query","from":0,"count":10,"total":94,"database":30}"#;
        let report =
            format!(r#""name":"report","counts":{},"run":"{run}","timings":{{"requests":[{cell}]}}"#, "{}")
                .leak();
        let position = store.position().unwrap();
        let entries = [(position, Sketch::new(254, 5, &[(report, 5)]).entry())];
        let applied =
            store.apply(&EntryRange::new(&entries, Position(position.0 + 100), &manifests)).unwrap();
        assert_eq!((applied.events, applied.overgrown), (1, 0));
        let mut all = sums(&known(expected));
        for (name, more) in
            [("11 requests query 0", 1), ("12 requests query 0", 4), ("12 requests.database query 0", 3)]
        {
            *all.get_mut(name).unwrap() += more;
        }
        assert_eq!(sums(&figures(&mut store)), all, "repaired: {repair}");
    }
}

/// The events of batch 1 of the corpus.
fn old_events(batch: i64) -> [(&'static str, i64); 3] {
    let age = batch * SECONDS_A_DAY + batch * 60;
    [(SUCCESS, age), (SUCCESS, age), (aboveboard_store_contract::FAILURE, age + 3_600)]
}
