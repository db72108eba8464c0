//! What the applying of the log does when its store does not take an entry, or nothing for a while.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use aboveboard_store::calendar::Day;
use aboveboard_store::entry::{Arrival, LogEntry, Position};
use aboveboard_store::facts::EntryFacts;
use aboveboard_store::{
    Applied, EntryRange, RemovalProgress, Retired, Store, StoreError, StoreFate, StoreProblem,
};
use aboveboard_store_sqlite::Expect;

use super::worker::Applier;
use crate::clock::ClockGuard;
use crate::config;
use crate::disk::Folder;
use crate::log::Log;
use crate::manifests::Manifests;
use crate::metrics::Metrics;

/// A store that fails where a test wants it to, and otherwise only remembers.
#[derive(Default)]
struct Brittle {
    position: Position,
    /// Products whose batches it cannot take, and how: an error or a panic.
    refused: Vec<(&'static str, bool)>,
    /// How many times it is full before it takes anything.
    busy: usize,
    /// Whether it takes one entry in a transaction, as where each takes long.
    one_by_one: bool,
    /// Products of the batches it took, and `settled` for each time that it heard that all was safe.
    applied: Arc<Mutex<Vec<String>>>,
    progress: Option<Sender<Position>>,
}

impl Store for Brittle {
    fn position(&mut self) -> Result<Position, StoreError> {
        Ok(self.position)
    }

    fn apply(&mut self, range: &EntryRange<'_>) -> Result<Applied, StoreError> {
        if self.busy > 0 {
            self.busy -= 1;
            return Err(StoreError::new("test", StoreProblem::Full));
        }
        let mut taken = Vec::new();
        let mut left_from = None;
        for (at, fact) in range.facts_from(self.position) {
            if self.one_by_one && !taken.is_empty() {
                left_from = Some(at);
                break;
            }
            let EntryFacts::Batch(facts) = fact else { continue };
            match self.refused.iter().find(|(refused, _)| *refused == facts.product) {
                Some((_, true)) => panic!("a defect of the store"),
                Some((_, false)) => return Err(rejected()),
                None => taken.push(facts.product.to_string()),
            }
        }
        let batches = taken.len() as u64;
        self.applied.lock().unwrap().extend(taken);
        self.position = self.position.max(left_from.unwrap_or(range.end()));
        if let Some(progress) = &self.progress {
            let _ = progress.send(self.position);
        }
        Ok(Applied { batches, left_from, ..Applied::default() })
    }

    fn remove(&mut self) -> Result<RemovalProgress, StoreError> {
        Ok(RemovalProgress::default())
    }

    fn checkpoint(&mut self) -> Result<Position, StoreError> {
        Ok(self.position)
    }

    fn note_settled(&mut self, until: i64) -> Result<bool, StoreError> {
        assert_eq!(until, LATER);
        self.applied.lock().unwrap().push("settled".to_owned());
        Ok(true)
    }

    fn knows(&mut self, _: &str) -> Result<bool, StoreError> {
        Ok(true)
    }

    fn newest_receipt(&mut self) -> Result<Option<Day>, StoreError> {
        Ok(None)
    }

    fn retention_day(&mut self) -> Result<Option<Day>, StoreError> {
        Ok(None)
    }

    fn set_retention_day(&mut self, _: Day) -> Result<(), StoreError> {
        Ok(())
    }

    fn update_retentions(&mut self, _: &[(String, Day)]) -> Result<Vec<(String, Day)>, StoreError> {
        Ok(Vec::new())
    }

    fn retire(&mut self, _: &str, _: Day) -> Result<Retired, StoreError> {
        Ok(Retired::default())
    }

    fn forget_ids(&mut self, _: Day) -> Result<u64, StoreError> {
        Ok(0)
    }

    fn forget_receipts(&mut self, _: Day) -> Result<(), StoreError> {
        Ok(())
    }

    fn compact(&mut self, _: Day) -> Result<u64, StoreError> {
        Ok(0)
    }

    fn rebuild(&mut self, _: &mut dyn FnMut(u64, u64)) -> Result<u64, StoreError> {
        Ok(0)
    }

    fn dump_for_comparison(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(Vec::new())
    }
}

const OWN: &str = include_str!("../../tests/data/batch.json");

fn rejected() -> StoreError {
    let what = StoreProblem::Engine("an entry that does not fit".into());
    StoreError { engine: "test", what, fate: StoreFate::Entries }
}

struct LogScene {
    directory: tempfile::TempDir,
    log: Log,
    writer: thread::JoinHandle<()>,
    metrics: Arc<Metrics>,
}

/// A scene with a batch of each product in its log.
fn scene(products: &[&str]) -> LogScene {
    let batch_of = |product: &&str| OWN.trim().replace("\"quarry\"", &format!("\"{product}\""));
    scene_with(&products.iter().map(batch_of).collect::<Vec<_>>())
}

fn scene_with(bodies: &[String]) -> LogScene {
    let directory = tempfile::tempdir().unwrap();
    let data = Folder::make(directory.path()).unwrap();
    let mut limits = config::Config::defaults().unwrap().log;
    limits.free = 0;
    let (log, writer, replies) = Log::open(&data.inside("log").unwrap(), &limits, Position(0)).unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(replies.deliver());
    });
    for body in bodies {
        let arrival =
            Arrival { received: 0, skew: 0, refused: 0, counted_value: None, body: body.as_bytes().to_vec() };
        log.append((&LogEntry::Batch(arrival)).into()).unwrap().blocking_recv().unwrap().unwrap();
    }
    LogScene { directory, log, writer, metrics: Arc::default() }
}

fn apply(scene: &LogScene, store: impl Store + 'static) -> Applier {
    let mut limits = config::Config::defaults().unwrap().apply;
    limits.pace = Duration::ZERO;
    Applier {
        store: Box::new(store),
        log: scene.log.clone(),
        reader: scene.log.reader(Position(0)),
        manifests: Manifests::load(&scene.directory.path().join("manifests")).unwrap(),
        limits,
        metrics: Arc::clone(&scene.metrics),
        readiness: Arc::default(),
        data: Folder::make(scene.directory.path()).unwrap(),
        clock: Arc::new(ClockGuard::new(|| 0, &Folder::make(scene.directory.path()).unwrap(), None)),
        stop: Duration::from_secs(60),
    }
}

fn run_to_the_end(scene: LogScene, apply: Applier) -> tempfile::TempDir {
    scene.log.stop();
    scene.writer.join().unwrap();
    apply.run();
    scene.directory
}

#[test]
fn an_entry_that_the_store_rejects_is_quarantined_and_the_rest_applied_in_order() {
    let scene = scene(&["a", "b", "bad", "c", "worse", "d"]);
    let store = Brittle { refused: vec![("bad", false), ("worse", true)], ..Brittle::default() };
    let applied = Arc::clone(&store.applied);
    let metrics = Arc::clone(&scene.metrics);
    let apply = apply(&scene, store);
    let log = scene.log.clone();
    let directory = run_to_the_end(scene, apply);
    assert_eq!(*applied.lock().unwrap(), ["a", "b", "c", "d"]);
    assert!(metrics.render(&log, &[], &[]).contains("entries_set_aside_total 2"));
    let kept: Vec<_> = std::fs::read_dir(directory.path().join("aside")).unwrap().flatten().collect();
    assert_eq!(kept.len(), 2);
    assert_eq!(log.figures().bytes, 0, "applied segments go");
}

#[test]
fn what_a_store_leaves_of_a_transaction_is_given_again_until_nothing_is_left() {
    let products = ["a", "b", "bad", "c", "d", "e"];
    let scene = scene(&products);
    let (progress, heard) = channel();
    let store = Brittle {
        refused: vec![("bad", false)],
        one_by_one: true,
        progress: Some(progress),
        ..Brittle::default()
    };
    let applied = Arc::clone(&store.applied);
    let metrics = Arc::clone(&scene.metrics);
    let log = scene.log.clone();
    let apply = apply(&scene, store);
    let readiness = Arc::clone(&apply.readiness);
    let directory = run_to_the_end(scene, apply);
    assert_eq!(*applied.lock().unwrap(), ["a", "b", "c", "d", "e"], "each once, in the order of the log");
    let positions: Vec<_> = heard.into_iter().collect();
    assert!(positions.is_sorted() && positions.len() >= 5, "the position moves with each: {positions:?}");
    let rendered = metrics.render(&log, &[], &[]);
    assert!(rendered.contains("batches_applied_total 5\n"), "{rendered}");
    assert!(rendered.contains("log_unapplied_bytes 0\n"), "{rendered}");
    assert_eq!(log.figures().bytes, 0, "applied segments go");
    assert!(readiness.problem(|| false).is_none_or(|problem| problem.contains("ended")));
    drop(directory);
}

#[test]
fn an_entry_that_quarantine_cannot_keep_is_not_skipped() {
    let scene = scene(&["a", "bad", "b"]);
    let refused = vec![("bad", false)];
    let log = scene.log.clone();
    let first_store = Brittle { refused: refused.clone(), ..Brittle::default() };
    let second_store = Brittle { refused, ..Brittle::default() };
    let applied = (Arc::clone(&first_store.applied), Arc::clone(&second_store.applied));
    let first = apply(&scene, first_store);
    let second = apply(&scene, second_store);
    std::fs::write(first.data.join("aside"), "no directory").unwrap();
    let directory = run_to_the_end(scene, first);
    assert_eq!(*applied.0.lock().unwrap(), ["a"]);
    assert!(log.figures().bytes > 0, "the log keeps what was acknowledged");
    std::fs::remove_file(second.data.join("aside")).unwrap();
    second.run();
    assert_eq!(*applied.1.lock().unwrap(), ["a", "b"]);
    assert_eq!(std::fs::read_dir(directory.path().join("aside")).unwrap().count(), 1);
}

#[test]
fn an_erasure_deletes_quarantined_entries_of_its_installation_and_an_operators_unreadable_ones_too() {
    let wire: aboveboard_wire::Batch<'_> = serde_json::from_str(OWN).unwrap();
    let installation = wire.installation;
    let other = OWN.replace(&installation.to_string(), "99999999-9999-8999-8999-999999999999");
    let scene = scene_with(&[OWN.to_owned(), other]);
    let erasure = aboveboard_store::entry::Erasure {
        product: wire.product.to_string(),
        installation,
        received: 0,
        by_operator: true,
    };
    scene.log.append((&LogEntry::Erasure(erasure)).into()).unwrap().blocking_recv().unwrap().unwrap();
    let refused = vec![("quarry", false)];
    let apply = apply(&scene, Brittle { refused, ..Brittle::default() });
    apply.data.inside("aside").unwrap();
    std::fs::write(apply.data.join("aside/torn.entry"), "half a").unwrap();
    let directory = run_to_the_end(scene, apply);
    let kept: Vec<_> = std::fs::read_dir(directory.path().join("aside")).unwrap().flatten().collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let bytes = std::fs::read(kept[0].path()).unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("99999999-9999"));
}

#[test]
fn a_store_that_was_full_for_a_while_gets_everything_afterwards() {
    let scene = scene(&["a", "b"]);
    let (progress, heard) = channel();
    let store = Brittle { busy: 2, progress: Some(progress), ..Brittle::default() };
    let applied = Arc::clone(&store.applied);
    let apply = apply(&scene, store);
    let readiness = Arc::clone(&apply.readiness);
    let thread = thread::spawn(move || apply.run());
    heard.recv().unwrap();
    assert_eq!(*applied.lock().unwrap(), ["a", "b"]);
    scene.log.stop();
    scene.writer.join().unwrap();
    thread.join().unwrap();
    assert!(readiness.problem(|| false).is_none_or(|problem| problem.contains("ended")));
}

/// A time at which the clock of a collector is believed.
const LATER: i64 = 1_795_338_000;

#[test]
fn the_store_hears_that_all_is_safe_when_what_lay_in_the_log_is_and_not_before() {
    for (clock, expected) in [((|| LATER) as fn() -> i64, &["a", "b", "settled"][..]), (|| 0, &["a", "b"])] {
        let scene = scene(&["a", "b"]);
        let store = Brittle { busy: 1, ..Brittle::default() };
        let applied = Arc::clone(&store.applied);
        let mut first = apply(&scene, store);
        first.clock = Arc::new(ClockGuard::new(clock, &first.data, None));
        let mut second = apply(&scene, Brittle { applied: Arc::clone(&applied), ..Brittle::default() });
        second.clock = Arc::clone(&first.clock);
        scene.log.stop();
        scene.writer.join().unwrap();
        // It stops before it has applied anything, as one that is killed.
        first.run();
        assert!(applied.lock().unwrap().is_empty());
        second.run();
        assert_eq!(*applied.lock().unwrap(), expected, "by a clock that is wrong nothing is said");
    }
}

#[test]
fn a_stop_while_the_store_fails_skips_nothing() {
    let scene = scene(&["a", "b", "c"]);
    let store = Brittle { busy: 1, ..Brittle::default() };
    let applied = Arc::clone(&store.applied);
    let mut apply = apply(&scene, store);
    apply.limits.entries = 1;
    let log = scene.log.clone();
    let _directory = run_to_the_end(scene, apply);
    assert!(applied.lock().unwrap().is_empty(), "{applied:?}");
    assert!(log.figures().bytes > 0, "the log keeps what the store does not have");
}

#[test]
fn sqlite_continues_from_its_position_and_applies_nothing_twice() {
    let scene = scene(&["quarry", "quarry"]);
    std::fs::create_dir_all(scene.directory.path().join("manifests")).unwrap();
    let manifest = include_str!("../../tests/data/telemetry.toml");
    std::fs::write(scene.directory.path().join("manifests/quarry.toml"), manifest).unwrap();
    let database = scene.directory.path().join("store.sqlite");
    let first = apply(&scene, aboveboard_store_sqlite::open(&database, Expect::New).unwrap());
    let metrics = Arc::clone(&scene.metrics);
    let log = scene.log.clone();
    let directory = run_to_the_end(scene, first);
    let rendered = metrics.render(&log, &[], &[]);
    assert!(rendered.contains("batches_applied_total 1\n"), "{rendered}");
    assert!(rendered.contains("batches_duplicate_total 1\n"), "{rendered}");
    let mut store = aboveboard_store_sqlite::open(&database, Expect::Existing).unwrap();
    assert!(store.position().unwrap() > Position(0));
    drop(directory);
}
