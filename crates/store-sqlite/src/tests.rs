//! The SQLite store keeps the contract of every store, and its file against what may befall it.

use std::fs;
use std::path::{Path, PathBuf};

use aboveboard_store::calendar::{SECONDS_A_DAY, day_of};
use aboveboard_store::entry::{Arrival, LogEntry, Position};
use aboveboard_store::read::{Snapshot as _, StoreReader};
use aboveboard_store::{EntryRange, Store as _, StoreError, StoreProblem};
use aboveboard_store_contract::{Cases, FAILURE, REPORT, SUCCESS, Sketch, end, placed};
use aboveboard_types::id::Id;
use rusqlite::Connection;

use super::*;

fn file(directory: &Path) -> PathBuf {
    directory.join("store.sqlite")
}

fn fresh(directory: &Path) -> SqliteStore {
    open(&file(directory), Expect::New).unwrap()
}

#[test]
fn sqlite_passes_the_contract_of_every_store() {
    let again = |directory: &Path| open(&file(directory), Expect::Existing).unwrap();
    aboveboard_store_contract::every_store_passes(Cases::ALL, fresh, again, reading);
}

fn reading(directory: &Path) -> Box<dyn StoreReader> {
    Box::new(SqliteReader::open(&file(directory)).unwrap())
}

/// A store with two batches in it.
fn filled(directory: &Path) -> (SqliteStore, Vec<(String, i64)>) {
    let manifests = aboveboard_store_contract::manifests();
    let entries = [
        Sketch::new(1, 1, &[(SUCCESS, 5), (FAILURE, 86_400)]).entry(),
        Sketch::new(2, 2, &[(REPORT, 9)]).entry(),
    ];
    let mut store = fresh(directory);
    store.apply(&EntryRange::new(&placed(&entries), end(2), &manifests)).unwrap();
    let ledger = store.dump_for_comparison().unwrap();
    (store, ledger)
}

#[test]
fn a_missing_file_is_never_created_and_an_existing_one_never_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(directory.path());
    assert!(matches!(
        open(&path, Expect::Existing),
        Err(StoreError { what: StoreProblem::Missing { .. }, .. })
    ));
    assert!(matches!(SqliteReader::open(&path), Err(StoreError { what: StoreProblem::Missing { .. }, .. })));
    assert!(!path.exists());
    drop(fresh(directory.path()));
    assert!(matches!(open(&path, Expect::New), Err(StoreError { what: StoreProblem::Exists { .. }, .. })));
}

#[test]
fn foreign_newer_and_damaged_files_are_recognized_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(directory.path());
    let refused = |path: &Path| {
        let before = fs::read(path).unwrap();
        let error = open(path, Expect::Existing).unwrap_err();
        assert_eq!(fs::read(path).unwrap(), before, "left as it was");
        error
    };
    fs::write(&path, "this is a text, not a database; it is long enough to have a header of its own")
        .unwrap();
    assert!(matches!(refused(&path).what, StoreProblem::Foreign { .. }));
    fs::remove_file(&path).unwrap();

    Connection::open(&path).unwrap().execute_batch("CREATE TABLE other (a)").unwrap();
    assert!(matches!(refused(&path).what, StoreProblem::Foreign { .. }));
    fs::remove_file(&path).unwrap();

    drop(filled(directory.path()));
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", schema::NEWEST + 1).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(connection);
    let error = refused(&path);
    assert!(matches!(error.what, StoreProblem::Newer { .. }), "{error}");
    assert!(error.to_string().contains("use the newer program"));
}

#[test]
fn flipped_bytes_are_refused_with_the_remedy_and_nothing_panics() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(directory.path());
    let (mut store, ledger) = filled(directory.path());
    store.checkpoint().unwrap();
    drop(store);
    let whole = fs::read(&path).unwrap();
    let mut refused = 0;
    for page in 0..whole.len() / 4096 {
        let mut broken = whole.clone();
        // The head of each page describes its place in a tree.
        broken[page * 4096..page * 4096 + 12].fill(0xa5);
        fs::write(&path, &broken).unwrap();
        match open(&path, Expect::Existing) {
            Ok(mut store) => {
                assert_eq!(store.dump_for_comparison().unwrap(), ledger, "page {page} holds nothing")
            }
            Err(error) => {
                refused += 1;
                let text = error.to_string();
                assert!(text.contains("repair") || text.contains("not a database"), "{text}");
            }
        }
        for leftover in ["-wal", "-shm"] {
            let _ = fs::remove_file(directory.path().join(format!("store.sqlite{leftover}")));
        }
    }
    assert!(refused > 10, "{refused} of {}", whole.len() / 4096);
}

#[test]
fn a_failed_transaction_leaves_nothing_and_can_be_repeated() {
    let directory = tempfile::tempdir().unwrap();
    let manifests = aboveboard_store_contract::manifests();
    let mut store = fresh(directory.path());
    let entries =
        placed(&[Sketch::new(1, 1, &[(SUCCESS, 5)]).entry(), Sketch::new(2, 1, &[(FAILURE, 5)]).entry()]);
    // A full disk, as SQLite meets it.
    store.connection.pragma_update(None, "max_page_count", 1).unwrap();
    let pages: i64 = store.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    let many: Vec<_> = (0..200).map(|batch| Sketch::new(batch, batch, &[(SUCCESS, 5); 50]).entry()).collect();
    let error = store.apply(&EntryRange::new(&placed(&many), end(200), &manifests)).unwrap_err();
    assert!(
        matches!(error, StoreError { what: StoreProblem::Full, .. }) && error.is_transient(),
        "{error} at {pages} pages"
    );
    assert_eq!((store.position().unwrap(), store.dump_for_comparison().unwrap()), (Position(0), vec![]));
    store.connection.pragma_update(None, "max_page_count", 1_000_000).unwrap();
    let applied = store.apply(&EntryRange::new(&entries, end(2), &manifests)).unwrap();
    assert_eq!((applied.batches, applied.events), (2, 2), "numbers given in the aborted run are not used");
    assert_eq!(store.dump_for_comparison().unwrap(), {
        let other = tempfile::tempdir().unwrap();
        let mut store = fresh(other.path());
        store.apply(&EntryRange::new(&entries, end(2), &manifests)).unwrap();
        store.dump_for_comparison().unwrap()
    });
}

#[test]
fn an_erased_id_is_in_no_byte_of_the_files() {
    let directory = tempfile::tempdir().unwrap();
    let manifests = aboveboard_store_contract::manifests();
    let mut store = fresh(directory.path());
    let sent = Sketch::new(1, 77, &[(SUCCESS, 5)]).entry();
    store.apply(&EntryRange::new(&placed(&[sent]), end(1), &manifests)).unwrap();
    let id = Sketch::id(77);
    let found = |directory: &Path| {
        let files = fs::read_dir(directory).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
        files.filter(|bytes| bytes.windows(16).any(|window| window == id.bytes())).count()
    };
    store.checkpoint().unwrap();
    assert_eq!(found(directory.path()), 1);
    store
        .apply(&EntryRange::new(&[(end(1), aboveboard_store_contract::erasure(77))], end(2), &manifests))
        .unwrap();
    store.checkpoint().unwrap();
    assert_eq!(found(directory.path()), 0);
}

#[test]
fn a_reader_sees_one_moment_and_does_not_block_the_writer() {
    let directory = tempfile::tempdir().unwrap();
    let manifests = aboveboard_store_contract::manifests();
    let (store, _) = filled(directory.path());
    let reader = reading(directory.path());
    let more = [Sketch::new(9, 9, &[(SUCCESS, 5)]).entry()];
    let store = std::cell::RefCell::new(store);
    reader
        .ask(|snapshot| {
            let mut store = store.borrow_mut();
            let before = snapshot.totals("quarry")?;
            store.apply(&EntryRange::new(&[(end(2), more[0].clone())], end(3), &manifests)).unwrap();
            assert_eq!(store.checkpoint().unwrap(), Position(0), "not all of it is in the main file");
            assert_eq!(snapshot.totals("quarry")?, before);
            Ok(())
        })
        .unwrap();
    assert_eq!(store.borrow_mut().checkpoint().unwrap(), end(3));
    let totals = reader.ask(|snapshot| snapshot.totals("quarry")).unwrap();
    assert_eq!(totals.iter().map(|total| total.events).sum::<u64>(), 4);
}

#[test]
fn invented_server_versions_fill_no_dictionary() {
    const LINKED: [&str; 3] = [
        r#""name":"command","command":"init","run":"RUN","error":false,"server":"SERVER","server_version":"1.0.0""#,
        r#""name":"command","command":"init","run":"RUN","error":false,"server":"SERVER","server_version":"1.0.1""#,
        r#""name":"command","command":"init","run":"RUN","error":false,"server":"SERVER","server_version":"1.0.2-rc""#,
    ];
    let directory = tempfile::tempdir().unwrap();
    let manifests = aboveboard_store_contract::manifests();
    let mut store = fresh(directory.path());
    let sent = Sketch::new(1, 1, &LINKED.map(|event| (event, 5))).entry();
    assert_eq!(store.apply(&EntryRange::new(&placed(&[sent]), end(1), &manifests)).unwrap().events, 3);
    let names: Vec<String> = store
        .connection
        .prepare("SELECT text FROM name")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    assert_eq!(names, ["init"]);
}

const LINKED: &str = r#""name":"command","command":"init","run":"RUN","error":false,"server":"SERVER""#;

fn count(store: &SqliteStore, sql: &str) -> i64 {
    store.connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn an_installation_without_a_placed_event_is_deleted_on_time() {
    let directory = tempfile::tempdir().unwrap();
    let manifests = aboveboard_store_contract::manifests();
    let mut store = fresh(directory.path());
    let entries = [
        Sketch::new(1, 1, &[(SUCCESS, 40 * SECONDS_A_DAY)]).entry(),
        Sketch::new(2, 2, &[(SUCCESS, -SECONDS_A_DAY)]).entry(),
    ];
    assert_eq!(store.apply(&EntryRange::new(&placed(&entries), end(2), &manifests)).unwrap().unplaced, 2);
    let received = day_of(aboveboard_store_contract::NOW);
    assert_eq!(store.retire("quarry", received).unwrap().installations, 0);
    assert_eq!(store.retire("quarry", received + 1).unwrap().installations, 2);
    assert_eq!(count(&store, "SELECT count(*) FROM installation"), 0);
}

#[test]
fn an_erased_id_does_not_come_back_through_a_link_to_it() {
    let directory = tempfile::tempdir().unwrap();
    let manifests = aboveboard_store_contract::manifests();
    let mut store = fresh(directory.path());
    let link = |batch| Sketch::new(batch, 1, &[(LINKED, 5)]).entry();
    store
        .apply(&EntryRange::new(
            &placed(&[link(1), aboveboard_store_contract::erasure(200), link(2)]),
            end(3),
            &manifests,
        ))
        .unwrap();
    let erased = Sketch::id(200);
    let known: i64 = store
        .connection
        .query_row("SELECT count(*) FROM installation WHERE id = ?1", [erased.bytes()], |row| row.get(0))
        .unwrap();
    assert_eq!(count(&store, "SELECT count(*) FROM server WHERE known = 1"), 0);
    assert_eq!((known, count(&store, "SELECT count(*) FROM row")), (0, 2), "the command counts all the same");
}

#[test]
fn a_batch_makes_only_a_few_servers_known_by_naming_them_and_no_installation() {
    let directory = tempfile::tempdir().unwrap();
    let manifests = aboveboard_store_contract::manifests();
    let mut store = fresh(directory.path());
    let mut sent = Sketch::new(1, 1, &[(LINKED, 5); 40]).body();
    let of = |number| Id::server_reference("quarry", Sketch::id(number)).to_string();
    for number in 100..140 {
        sent = sent.replacen(&of(200), &of(number), 1);
    }
    let arrival = Arrival {
        received: aboveboard_store_contract::NOW,
        skew: 0,
        refused: 0,
        counted_value: None,
        body: sent.into_bytes(),
    };
    let applied = store
        .apply(&EntryRange::new(&[(Position(0), LogEntry::Batch(arrival))], end(1), &manifests))
        .unwrap();
    assert_eq!(applied.events, 40);
    assert_eq!(count(&store, "SELECT count(*) FROM installation"), 1);
    assert_eq!(count(&store, "SELECT count(*) FROM server"), 16);
    // Nobody reported under these hashes, so they are forgotten with the ids of batches.
    store.forget_ids(day_of(aboveboard_store_contract::NOW) + 1).unwrap();
    assert_eq!(count(&store, "SELECT count(*) FROM server"), 0);
}

#[test]
fn a_checkpoint_that_a_reader_holds_up_lets_the_log_keep_everything() {
    let directory = tempfile::tempdir().unwrap();
    let (mut store, _) = filled(directory.path());
    let other = Connection::open(file(directory.path())).unwrap();
    other.execute_batch("BEGIN; SELECT count(*) FROM row").unwrap();
    assert_eq!(store.checkpoint().unwrap(), Position(0));
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(store.checkpoint().unwrap(), end(2));
}

#[test]
fn an_endless_query_is_interrupted_so_that_the_log_of_writes_can_be_cut() {
    let directory = tempfile::tempdir().unwrap();
    let (mut store, _) = filled(directory.path());
    let mut reader = SqliteReader::open(&file(directory.path())).unwrap();
    reader.max_age = std::time::Duration::from_millis(30);
    let endless = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n) \
                   SELECT count(*) FROM n, (SELECT count(*) FROM row)";
    let snapshot = reader.begin().unwrap();
    let error = snapshot
        .query(|connection| connection.query_row(endless, [], |row| row.get::<_, i64>(0)))
        .unwrap_err();
    drop(snapshot);
    assert!(error.to_string().contains("interrupted"), "{error}");
    assert_eq!(store.checkpoint().unwrap(), end(2));
    assert_eq!(fs::metadata(open::wal(&file(directory.path()))).unwrap().len(), 0, "cut");
    assert_eq!(reader.begin().unwrap().products().unwrap().len(), 1, "and the next is answered");
}

#[test]
fn retention_and_compaction_beside_applying_and_reading_lose_nothing_and_block_nothing() {
    use std::sync::atomic::{AtomicBool, Ordering};

    use aboveboard_store::retention;
    const BATCHES: u8 = 200;
    let directory = tempfile::tempdir().unwrap();
    let manifests = aboveboard_store_contract::manifests();
    let mut store = fresh(directory.path());
    let reader = reading(directory.path());
    let over = AtomicBool::new(false);
    let read = std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut asked = 0_u64;
            let mut most = 0;
            while !over.load(Ordering::Relaxed) {
                let products = reader.ask(|snapshot| snapshot.products()).unwrap();
                for product in products.iter().filter(|name| *name == "quarry") {
                    let totals = reader.ask(|snapshot| snapshot.totals(product)).unwrap();
                    let sum: u64 = totals.iter().map(|total| total.events).sum();
                    assert!(sum >= most, "counts without installations never shrink");
                    most = sum;
                    asked += 1;
                }
            }
            asked
        });
        let mut last = end(0);
        for batch in 0..BATCHES {
            // A day passes with every fifth batch; half of a batch's events lie two weeks back, where rows are packed.
            let days = i64::from(batch / 5);
            let mut sketch =
                Sketch::new(batch, batch % 7, &[(SUCCESS, 5), (FAILURE, 14 * SECONDS_A_DAY - 60)]);
            sketch.received = aboveboard_store_contract::NOW + days * SECONDS_A_DAY;
            let upto = Position(last.0 + 100);
            store.apply(&EntryRange::new(&[(last, sketch.entry())], upto, &manifests)).unwrap();
            last = upto;
            retention::run(&mut store, sketch.received, &manifests).unwrap();
            if batch % 10 == 0 {
                store.checkpoint().unwrap();
            }
        }
        over.store(true, Ordering::Relaxed);
        asking.join().unwrap()
    });
    assert!(read > 0, "nobody read");
    let events = count(&store, "SELECT sum(n) FROM cube WHERE axis <= 5");
    assert_eq!(events, 2 * i64::from(BATCHES), "no event of a newer day was deleted");
    // The rows that retention has not passed are there, packed or not: thirty days of them and today.
    let today = day_of(aboveboard_store_contract::NOW) + i32::from((BATCHES - 1) / 5);
    let rows =
        "SELECT (SELECT count(*) FROM row WHERE day < DAY) + (SELECT count(*) FROM block WHERE day < DAY)";
    assert_eq!(count(&store, &rows.replace("DAY", &(today - 30).to_string())), 0);
    let before = store.dump_for_comparison().unwrap();
    store.rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(store.dump_for_comparison().unwrap(), before);
}

#[test]
fn numbers_given_in_a_transaction_that_panicked_are_not_used() {
    let directory = tempfile::tempdir().unwrap();
    let manifests = aboveboard_store_contract::manifests();
    let mut store = fresh(directory.path());
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        store.transact(|transaction, names, _| -> rusqlite::Result<()> {
            names.name(transaction, "a name before")?;
            names.name(transaction, "init")?;
            panic!("a defect")
        })
    }));
    assert!(panicked.is_err());
    store
        .apply(&EntryRange::new(&placed(&[Sketch::new(1, 1, &[(SUCCESS, 5)]).entry()]), end(1), &manifests))
        .unwrap();
    assert!(store.dump_for_comparison().unwrap().iter().any(|(name, _)| name.contains(" init ")));
}
