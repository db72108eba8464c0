//! Removals are done in parts, survive a restart, and take out what was there and nothing that came later.

use std::path::Path;

use aboveboard_store::entry::{Clearing, LogEntry, Position};
use aboveboard_store::in_force::ManifestsInForce;
use aboveboard_store::read::Days;
use aboveboard_store::{EntryRange, Store as _};
use aboveboard_store_contract::{FAILURE, NOW, REPORT, SUCCESS, Sketch, end, erasure, manifests};

use super::*;
use crate::chunk::Members;

const SYNTHETIC: &str = "\"synthetic\"";
const DAY: i64 = 86_400;

/// Figures that hold no installation, so that an erasure leaves them.
const NOTED: [&str; 6] = ["quality ", "version ", "batches ", "began ", "last ", "since "];

/// A store that is given entry after entry.
struct Scene {
    store: SqliteStore,
    manifests: ManifestsInForce,
    entries: usize,
}

impl Scene {
    fn new(directory: &Path) -> Self {
        let store = open(&directory.join("store.sqlite"), Expect::New).unwrap();
        Self { store, manifests: manifests(), entries: 0 }
    }

    fn apply(&mut self, entries: impl IntoIterator<Item = LogEntry>) -> aboveboard_store::Applied {
        let placed: Vec<(Position, LogEntry)> =
            entries.into_iter().enumerate().map(|(n, entry)| (end(self.entries + n), entry)).collect();
        self.entries += placed.len();
        self.store.apply(&EntryRange::new(&placed, end(self.entries), &self.manifests)).unwrap()
    }

    fn figures(&mut self) -> Vec<(String, i64)> {
        self.store.dump_for_comparison().unwrap()
    }

    /// Goes on until nothing is under way. Returns how many installations were cleared away, and in how many parts.
    fn finish(&mut self) -> (u64, usize) {
        let mut cleared = 0;
        let mut parts = 0;
        loop {
            let progress = self.store.remove().unwrap();
            cleared += progress.cleared;
            if !progress.is_under_way {
                return (cleared, parts);
            }
            parts += 1;
        }
    }
}

/// Batches of many installations, each active on each of fourteen days, of events that fill every kind of roll-up.
fn crowd(installations: std::ops::Range<u8>, marks: &'static str) -> Vec<LogEntry> {
    let days = |event: &'static str| (0..14).map(move |day| (event, 5 + day * DAY)).collect::<Vec<_>>();
    let entries = installations.flat_map(|n| {
        let events = if n % 3 == 0 { days(REPORT) } else { [days(SUCCESS), days(FAILURE)].concat() };
        [Sketch { marks, ..Sketch::new(n, n, &events) }.entry()]
    });
    entries.collect()
}

fn clearing() -> LogEntry {
    LogEntry::Clearing(Clearing { product: "quarry".to_owned(), received: NOW })
}

/// What is under way, without the first part that applying does.
fn begin_only(scene: &mut Scene, work: impl FnOnce(&rusqlite::Transaction<'_>)) {
    scene
        .store
        .transact(|transaction, _, _| {
            work(transaction);
            Ok(())
        })
        .unwrap();
}

#[test]
fn what_comes_while_a_clearing_is_under_way_stays_and_a_restart_goes_on_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let mut scene = Scene::new(directory.path());
    scene.apply(crowd(1..40, ""));
    let mut expected = scene.figures();
    scene.apply(crowd(100..180, SYNTHETIC));
    assert_ne!(scene.figures(), expected);
    begin_only(&mut scene, |transaction| clear::synthetic(transaction, 1).unwrap());
    // The same installation comes again, synthetic and with one real batch: what it says now is new, and stays.
    let again = Sketch { marks: SYNTHETIC, ..Sketch::new(200, 101, &[(SUCCESS, 5)]) };
    let real = Sketch::new(201, 102, &[(SUCCESS, 90_000)]);
    assert_eq!(scene.apply([again.entry(), real.entry()]).events, 2);
    // A program that ends in between goes on at the next start.
    drop(scene.store);
    scene.store = open(&directory.path().join("store.sqlite"), Expect::Existing).unwrap();
    let (cleared, _) = scene.finish();
    assert_eq!(cleared, 80);
    let other = tempfile::tempdir().unwrap();
    let mut without = Scene::new(other.path());
    without.apply(crowd(1..40, ""));
    without.apply([again.entry(), real.entry()]);
    expected = without.figures();
    assert_eq!(scene.figures(), expected);
    scene.store.rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(scene.figures(), expected, "no row is left of what was cleared");
}

#[test]
fn a_removal_is_done_in_parts_and_reports_the_days_that_are_left() {
    let directory = tempfile::tempdir().unwrap();
    let mut scene = Scene::new(directory.path());
    scene.apply(crowd(1..4, SYNTHETIC));
    begin_only(&mut scene, |transaction| {
        // As if the installations lay in a hundred chunks.
        let mut members = chunk::Members::default();
        (0..100).for_each(|chunk| members.insert(chunk * 4096 + 1));
        let last = aboveboard_store::calendar::day_of(NOW);
        let days = aboveboard_store::read::Days { first: last - 20, last };
        removal::begin(transaction, 1, days, &members, removal::RemovalKind::Clearing).unwrap();
    });
    let first = scene.store.remove().unwrap();
    assert!(first.is_under_way && first.days_left > 0 && first.cleared == 0, "{first:?}");
    // What arrives is applied between two parts.
    assert_eq!(scene.apply([Sketch::new(90, 90, &[(SUCCESS, 5)]).entry()]).events, 1);
    let (cleared, parts) = scene.finish();
    assert_eq!(cleared, 100);
    assert!(parts > 5, "{parts} parts");
    assert_eq!(scene.store.remove().unwrap(), aboveboard_store::RemovalProgress::default());
}

#[test]
fn many_erasures_pass_over_the_days_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut scene = Scene::new(directory.path());
    scene.apply(crowd(1..80, ""));
    begin_only(&mut scene, |transaction| {
        for number in 1..79 {
            erase::installation(transaction, 1, Sketch::id(number)).unwrap();
        }
        let under_way: i64 = query::value(transaction, "SELECT count(*) FROM removal", []).unwrap();
        assert_eq!(under_way, 1);
    });
    scene.finish();
    let gone = (1..79).map(|number| Sketch::id(number).to_string()).collect::<Vec<_>>();
    assert!(scene.figures().iter().all(|(name, _)| !gone.iter().any(|id| name.contains(id))));
    scene.apply([erasure(79)]);
    let without_days: Vec<_> = scene
        .figures()
        .into_iter()
        .filter(|(name, _)| !NOTED.iter().any(|noted| name.starts_with(noted)))
        .collect();
    assert_eq!(without_days, [], "an erasure by itself is done when it is applied");
}

#[test]
fn packed_rows_and_those_that_are_not_are_taken_out_alike() {
    let directory = tempfile::tempdir().unwrap();
    let mut scene = Scene::new(directory.path());
    scene.apply(crowd(1..20, ""));
    let before = scene.figures();
    scene.apply(crowd(100..140, SYNTHETIC));
    scene.store.compact(aboveboard_store::calendar::day_of(NOW) - 5).unwrap();
    scene.apply([clearing()]);
    scene.finish();
    assert_eq!(scene.figures(), before);
    let rows =
        "SELECT (SELECT count(*) FROM row WHERE installation > 19) + (SELECT count(*) FROM removal_member)";
    assert_eq!(query::value::<i64>(&scene.store.connection, rows, []).unwrap(), 0);
}

#[test]
fn what_is_kept_beside_the_days_is_taken_out_in_parts_too() {
    const CHUNKS: u32 = 80;
    let directory = tempfile::tempdir().unwrap();
    let mut scene = Scene::new(directory.path());
    scene.apply(crowd(1..2, ""));
    begin_only(&mut scene, |transaction| {
        let mut gone = Members::default();
        for number in (1..=CHUNKS).map(|chunk| chunk * 4_096 + 7) {
            gone.insert(number);
            query::execute(transaction, "INSERT INTO process VALUES (1, ?1, 20900, x'00')", [number])
                .unwrap();
        }
        let days = Days { first: 20_900, last: 20_900 };
        removal::begin(transaction, 1, days, &gone, removal::RemovalKind::Amendment).unwrap();
    });
    let left = |scene: &Scene| {
        let sql = "SELECT count(*) FROM process";
        query::value::<u32>(&scene.store.connection, sql, []).unwrap()
    };
    // A transaction has room for so many chunks of a day, and for no more beside the days.
    let mut parts = Vec::new();
    while scene.store.remove().unwrap().is_under_way {
        parts.push(left(&scene));
    }
    assert!(parts.iter().any(|left| (1..CHUNKS).contains(left)), "{parts:?}");
    assert_eq!(left(&scene), 0);
}
