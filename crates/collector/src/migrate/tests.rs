//! A database that is moved to a cluster in memory has the same figures there, also after what comes next, and wherever the move is
//! killed.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aboveboard_replay::memory::{MemoryBackend, MemoryCluster};
use aboveboard_replay::{
    Backend, Block, BlockName, CellKey, ClosedDay, ClosedDays, ClusterKey, ClusterStore, JournalEntry,
    NodeId, Order, SentContext,
};
use aboveboard_store::amendment::{Amendment, Change};
use aboveboard_store::calendar::{Day, day_of};
use aboveboard_store::entry::{Clearing, LogEntry, Position};
use aboveboard_store::read::{InstallationKey, ReadResult};
use aboveboard_store::{EntryRange, Store, StoreError, StoreFate, StoreProblem};
use aboveboard_store_contract::{
    FAILURE, NOW, PRODUCTS, REPORT, SUCCESS, Sketch, end, entries, erasure, manifests,
};
use aboveboard_types::value::Version;
use proptest::prelude::*;

use super::carry::Move;
use super::*;
use crate::data::DataDirectory;
use crate::database::{Transfer, condition_of};

const DAY: i64 = 86_400;
const NODE: NodeId = NodeId(5);
const WIDE: &str = r#""name":"start-finished","fields":{"provider":"podman","extensions":["compose","kind"],"framework":"3.1.4"}"#;
const TIMED: &str = r#""name":"report","counts":{"tables":9,"permissions":{"select":4,"insert":0}},"run":"RUN","timings":{"requests":[{"operation":"query","from":0,"count":40,"total":90,"database":30}]}"#;
const MORE_TIMED: &str = r#""name":"report","counts":{"tables":8,"permissions":{"select":4,"insert":0}},"run":"RUN","timings":{"requests":[{"operation":"query","from":0,"count":70,"total":190,"database":40}]}"#;

fn key() -> ClusterKey {
    ClusterKey::new([7; 32])
}

/// A data directory with a database, which is given entry after entry.
struct Embedded {
    directory: tempfile::TempDir,
    store: Box<dyn Store>,
    entries: usize,
}

impl Embedded {
    fn with(entries: &[LogEntry]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = DataDirectory::take(directory.path()).unwrap().open_store().unwrap();
        let mut embedded = Self { directory, store, entries: 0 };
        embedded.apply(entries);
        embedded
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("store.sqlite")
    }

    fn apply(&mut self, entries: &[LogEntry]) {
        apply(&mut *self.store, &mut self.entries, entries);
    }

    fn transfer(&self, shards: u32) -> Transfer {
        assert!(condition_of(&self.directory.path().into()).unwrap().is_settled);
        Transfer::open(&self.path(), key(), shards).unwrap()
    }

    /// The figures with what stands for installations in the cluster.
    fn figures(&self) -> Vec<(String, i64)> {
        self.transfer(1).dump(&|installation| format!("{:016x}", installation.0)).unwrap()
    }
}

fn apply(store: &mut dyn Store, known: &mut usize, entries: &[LogEntry]) {
    let placed: Vec<(Position, LogEntry)> =
        entries.iter().zip(*known..).map(|(entry, place)| (end(place), entry.clone())).collect();
    *known += placed.len();
    store.apply(&EntryRange::new(&placed, end(*known), &manifests())).unwrap();
    while store.remove().unwrap().is_under_way {}
}

fn move_to<B: Backend>(embedded: &Embedded, backend: Arc<B>) -> Result<Moved, MigrationError> {
    let mut transfer = embedded.transfer(backend.shards());
    let documents =
        vec![JournalEntry::Document { name: "manifest/quarry/1".to_owned(), text: "x".to_owned() }];
    Move { transfer: &mut transfer, backend, key: key(), documents, progress: &mut |_| {} }.run()
}

fn open(cluster: &MemoryCluster) -> Arc<MemoryBackend> {
    Arc::new(MemoryBackend::open(cluster, NODE))
}

fn on(day: i64, sketch: Sketch) -> LogEntry {
    Sketch { received: NOW + day * DAY, ..sketch }.entry()
}

fn amendment(day: i64, change: Change) -> LogEntry {
    let product = PRODUCTS[0].to_owned();
    LogEntry::Amendment(Amendment { product, received: NOW + day * DAY, change })
}

/// Everything that happens: known installations, made-up versions, an erasure, a repeat, dropped events, what is synthetic.
fn history() -> Vec<LogEntry> {
    let mut all = vec![
        on(0, Sketch::new(1, 1, &[(SUCCESS, 5), (FAILURE, 2 * DAY)])),
        on(0, Sketch::new(2, 2, &[(TIMED, 5), (REPORT, DAY)])),
        on(1, Sketch::new(3, 3, &[(WIDE, 5), (WIDE, 3 * DAY)])),
        on(1, Sketch { outcomes: r#""spool-full":3"#, ..Sketch::new(4, 4, &[(SUCCESS, 5)]) }),
        on(2, Sketch { marks: "\"synthetic\"", ..Sketch::new(5, 5, &[(FAILURE, 5)]) }),
        erasure(4),
        on(3, Sketch::new(6, 4, &[(SUCCESS, 5)])),
    ];
    all.push(all[0].clone());
    for n in 50..70 {
        let version: &'static str = format!("{n}.0.0").leak();
        all.push(on(4, Sketch { version, ..Sketch::new(n, n, &[(SUCCESS, 5), (SUCCESS, DAY)]) }));
    }
    let other =
        |n: u8, events: &[(&'static str, i64)]| Sketch { version: "2.1.0", ..Sketch::new(n, n, events) };
    all.push(on(4, other(80, &[(SUCCESS, 5), (FAILURE, DAY)])));
    all.push(on(4, other(81, &[(TIMED, 5)])));
    all.push(on(5, other(82, &[(WIDE, 9), (WIDE, 4 * DAY)])));
    all.push(on(5, Sketch { installation: 50, ..other(83, &[(SUCCESS, 5), (SUCCESS, DAY)]) }));
    all.push(on(6, Sketch::new(84, 3, &[(WIDE, 5)])));
    all
}

/// What comes after the move: retries of batches from before it, also with other events, late events, the next report of a process that
/// told before, whoever was erased before, a sequence number that came before, and who is erased now.
fn afterwards() -> Vec<LogEntry> {
    let before = history();
    vec![
        before[0].clone(),
        on(7, Sketch::new(2, 2, &[(REPORT, 5)])),
        on(7, Sketch::new(85, 1, &[(SUCCESS, 5), (SUCCESS, 6 * DAY), (FAILURE, 9 * DAY)])),
        on(7, Sketch { sequence: 1, ..Sketch::new(86, 1, &[(SUCCESS, 5)]) }),
        on(7, Sketch::new(87, 2, &[(MORE_TIMED, 5)])),
        on(7, Sketch { installation: 4, ..Sketch::new(88, 4, &[(SUCCESS, 5)]) }),
        on(7, Sketch { version: "2.1.0", ..Sketch::new(89, 89, &[(SUCCESS, 5)]) }),
        on(7, Sketch { version: "91.0.0", ..Sketch::new(90, 90, &[(SUCCESS, 5)]) }),
        erasure(3),
        on(8, Sketch::new(91, 3, &[(WIDE, 5)])),
    ]
}

/// Applies the same to both, and compares after each.
fn go_on(embedded: &mut Embedded, backend: Arc<MemoryBackend>, entries: &[LogEntry]) {
    let (mut store, _) = ClusterStore::open(backend, key()).unwrap();
    let mut known = embedded.entries;
    for (place, entry) in entries.iter().enumerate() {
        embedded.apply(std::slice::from_ref(entry));
        apply(&mut store, &mut known, std::slice::from_ref(entry));
        store.checkpoint().unwrap();
        assert_eq!(differing(embedded, &mut store), [""; 0], "{place} {entry:?}");
    }
}

/// The lines that only one side has.
fn differing(embedded: &Embedded, store: &mut dyn Store) -> Vec<String> {
    let here = embedded.figures();
    let there = store.dump_for_comparison().unwrap();
    let only = |all: &[(String, i64)], others: &[(String, i64)], side: &str| -> Vec<String> {
        all.iter()
            .filter(|line| !others.contains(line))
            .map(|(name, n)| format!("{side} {name}: {n}"))
            .collect()
    };
    [only(&here, &there, "embedded"), only(&there, &here, "cluster")].concat()
}

#[test]
fn a_moved_database_has_the_same_figures_and_goes_on_as_if_it_had_stayed() {
    for shards in [1, 3] {
        for (packed, kept_from) in [(false, None), (true, Some(3))] {
            let mut embedded = Embedded::with(&history());
            if packed {
                embedded.store.compact(day_of(NOW) + 3).unwrap();
            }
            if let Some(days) = kept_from {
                embedded.store.retire(PRODUCTS[0], day_of(NOW) + days).unwrap();
            }
            embedded.store.checkpoint().unwrap();
            let before = std::fs::read(embedded.path()).unwrap();
            let cluster = MemoryCluster::new(shards);
            let moved = move_to(&embedded, open(&cluster)).unwrap();
            assert!(moved.days > 3 && moved.figures > Some(100), "{moved:?}");
            assert_eq!(std::fs::read(embedded.path()).unwrap(), before, "the database stays as it was");
            let again = move_to(&embedded, open(&cluster)).unwrap();
            assert_eq!((again.days, again.figures), (moved.days, None), "once is enough");
            go_on(&mut embedded, open(&cluster), &afterwards());
        }
    }
}

#[test]
fn what_an_operator_changes_and_retention_takes_later_is_the_same_on_both_sides() {
    let product = PRODUCTS[0].to_owned();
    let changes = [
        amendment(8, Change::AdmitVersion(Version::parse("2.1.0").unwrap())),
        amendment(8, Change::EraseItem("init".to_owned())),
        LogEntry::Clearing(Clearing { product, received: NOW + 8 * DAY }),
        amendment(9, Change::EraseVersion(Version::parse("51.0.0").unwrap())),
        amendment(9, Change::EraseUnverified),
    ];
    for change in &changes {
        let mut embedded = Embedded::with(&history());
        let cluster = MemoryCluster::new(2);
        move_to(&embedded, open(&cluster)).unwrap();
        go_on(&mut embedded, open(&cluster), std::slice::from_ref(change));
    }
    let mut embedded = Embedded::with(&history());
    let cluster = MemoryCluster::new(2);
    move_to(&embedded, open(&cluster)).unwrap();
    go_on(&mut embedded, open(&cluster), &afterwards());
    let (mut store, _) = ClusterStore::open(open(&cluster), key()).unwrap();
    for days in [2, 4, 6] {
        for both in [&mut *embedded.store, &mut store as &mut dyn Store] {
            both.retire(PRODUCTS[0], day_of(NOW) + days).unwrap();
            both.forget_receipts(day_of(NOW) + 7 + days).unwrap();
            both.forget_ids(day_of(NOW) + days).unwrap();
            while both.remove().unwrap().is_under_way {}
        }
        assert_eq!(differing(&embedded, &mut store), [""; 0], "{days}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_histories_move_and_go_on(
        before in entries(),
        after in entries(),
        shards in 1..4_u32,
        packed in any::<bool>(),
    ) {
        let mut embedded = Embedded::with(&before);
        if packed {
            embedded.store.compact(day_of(NOW)).unwrap();
        }
        let cluster = MemoryCluster::new(shards);
        move_to(&embedded, open(&cluster)).unwrap();
        let (mut store, _) = ClusterStore::open(open(&cluster), key()).unwrap();
        let mut known = embedded.entries;
        embedded.apply(&after);
        apply(&mut store, &mut known, &after);
        prop_assert_eq!(differing(&embedded, &mut store), [""; 0]);
    }
}

/// A collector's part of a cluster that is killed at one of its writes, before or behind it.
#[derive(Debug)]
struct Killed {
    inner: MemoryBackend,
    writes: AtomicUsize,
    at: usize,
    is_behind: bool,
}

impl Killed {
    fn write(&self, write: impl FnOnce() -> Result<(), StoreError>) -> Result<(), StoreError> {
        let killed = || StoreError {
            engine: "memory",
            what: StoreProblem::Engine("killed".into()),
            fate: StoreFate::Final,
        };
        let number = self.writes.fetch_add(1, Ordering::Relaxed);
        if number > self.at || number == self.at && !self.is_behind {
            return Err(killed());
        }
        write()?;
        if number == self.at { Err(killed()) } else { Ok(()) }
    }
}

impl Backend for Killed {
    fn node(&self) -> NodeId {
        self.inner.node()
    }

    fn shards(&self) -> u32 {
        self.inner.shards()
    }

    fn position(&self) -> Result<(Position, i64), StoreError> {
        self.inner.position()
    }

    fn append(&self, block: Block) -> Result<(), StoreError> {
        self.write(|| self.inner.append(block))
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.write(|| self.inner.flush())
    }

    fn note(&self, at: i64, entries: &[JournalEntry]) -> Result<(), StoreError> {
        self.write(|| self.inner.note(at, entries))
    }

    fn settled(&self) -> Result<Position, StoreError> {
        self.inner.settled()
    }

    fn journal(&self) -> ReadResult<Arc<Vec<(Order, JournalEntry)>>> {
        self.inner.journal()
    }

    fn blocks(&self, from: Day) -> ReadResult<Vec<(u32, BlockName, u64)>> {
        self.inner.blocks(from)
    }

    fn batches(
        &self,
        shard: u32,
        from: Day,
        blocks: &[BlockName],
    ) -> ReadResult<Vec<aboveboard_replay::Batch>> {
        self.inner.batches(shard, from, blocks)
    }

    fn closed(&self, journal: &[(Order, JournalEntry)]) -> ReadResult<Box<dyn ClosedDays + '_>> {
        self.inner.closed(journal)
    }

    fn close(&self, shard: u32, day: Day, what: &ClosedDay) -> Result<(), StoreError> {
        self.write(|| self.inner.close(shard, day, what))
    }

    fn close_again(
        &self,
        shard: u32,
        day: Day,
        cells: &[(Arc<str>, CellKey, i64)],
        without: &[InstallationKey],
    ) -> Result<(), StoreError> {
        self.write(|| self.inner.close_again(shard, day, cells, without))
    }

    fn delete_installations(&self, gone: &[(String, InstallationKey, Order)]) -> Result<(), StoreError> {
        self.write(|| self.inner.delete_installations(gone))
    }

    fn delete_item(&self, product: &str, name: &str, upto: Day) -> Result<(), StoreError> {
        self.write(|| self.inner.delete_item(product, name, upto))
    }

    fn delete_synthetic_tallies(&self, product: &str, upto: Day) -> Result<(), StoreError> {
        self.write(|| self.inner.delete_synthetic_tallies(product, upto))
    }

    fn retire(
        &self,
        product: &str,
        before: Day,
        retired: &[(Day, Arc<SentContext>, u64)],
    ) -> Result<(), StoreError> {
        self.write(|| self.inner.retire(product, before, retired))
    }

    fn forget_ids(&self) -> Result<(), StoreError> {
        self.write(|| self.inner.forget_ids())
    }

    fn forget_receipts(&self, before: Day, hours_before: Day) -> Result<(), StoreError> {
        self.write(|| self.inner.forget_receipts(before, hours_before))
    }
}

#[test]
fn a_move_that_is_killed_at_any_write_goes_on_and_ends_the_same() {
    let mut embedded = Embedded::with(&history());
    embedded.store.retire(PRODUCTS[0], day_of(NOW) + 1).unwrap();
    let whole = MemoryCluster::new(2);
    let moved = move_to(&embedded, open(&whole)).unwrap();
    let figures = |cluster: &MemoryCluster| {
        ClusterStore::open(open(cluster), key()).unwrap().0.dump_for_comparison().unwrap()
    };
    let expected = figures(&whole);
    let mut kills = 0;
    for at in 0.. {
        let mut was_killed = false;
        for is_behind in [false, true] {
            let cluster = MemoryCluster::new(2);
            // Killed at this write, and once more a little later.
            for at in [at, at / 2] {
                let inner = MemoryBackend::open(&cluster, NODE);
                let killed = Killed { inner, writes: AtomicUsize::new(0), at, is_behind };
                was_killed |= move_to(&embedded, Arc::new(killed)).is_err();
            }
            let again = move_to(&embedded, open(&cluster)).unwrap();
            assert_eq!(again.days, moved.days);
            assert_eq!(figures(&cluster), expected, "{at} {is_behind}");
        }
        if !was_killed {
            break;
        }
        kills += 1;
    }
    assert!(kills > 2 * moved.days, "{kills}");
}

#[test]
fn a_cluster_with_data_and_a_database_that_changed_are_refused() {
    let embedded = Embedded::with(&history());
    let refusal = |embedded: &Embedded, cluster: &MemoryCluster| {
        move_to(embedded, open(cluster)).unwrap_err().to_string()
    };
    // Batches, of this collector.
    let cluster = MemoryCluster::new(2);
    let (mut store, _) = ClusterStore::open(open(&cluster), key()).unwrap();
    apply(&mut store, &mut 0, &history()[..1]);
    assert!(refusal(&embedded, &cluster).contains("brought batches"));
    // Closed days.
    store.compact(day_of(NOW) + 1).unwrap();
    apply(&mut store, &mut 1, &history()[3..4]);
    store.compact(day_of(NOW) + 1).unwrap();
    assert!(refusal(&embedded, &cluster).contains("closed days"));
    // Another collector that has sent nothing yet.
    let cluster = MemoryCluster::new(2);
    let other = Arc::new(MemoryBackend::open(&cluster, NodeId(9)));
    ClusterStore::open(other, key()).unwrap().0.checkpoint().unwrap();
    assert!(refusal(&embedded, &cluster).contains("another collector"));
    // Another database, and this one after something was applied to it.
    let cluster = MemoryCluster::new(2);
    let killed = Killed {
        inner: MemoryBackend::open(&cluster, NODE),
        writes: AtomicUsize::new(0),
        at: 4,
        is_behind: false,
    };
    move_to(&embedded, Arc::new(killed)).unwrap_err();
    assert!(refusal(&Embedded::with(&history()), &cluster).contains("changed since this move began"));
    let mut embedded = embedded;
    embedded.apply(&afterwards()[..1]);
    assert!(refusal(&embedded, &cluster).contains("changed since this move began"));
}

#[test]
fn an_empty_database_moves_too() {
    let embedded = Embedded::with(&[]);
    let cluster = MemoryCluster::new(2);
    let moved = move_to(&embedded, open(&cluster)).unwrap();
    assert_eq!(moved.days, 0);
    let mut embedded = embedded;
    go_on(&mut embedded, open(&cluster), &history());
}
