//! Backups, restores and repairs give the figures that were there, and nobody who was erased.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use aboveboard_store::calendar::{SECONDS_A_DAY, day_of};
use aboveboard_store::entry::LogEntry;
use aboveboard_store::in_force::ManifestsInForce;
use aboveboard_store::{EntryRange, Store as _, StoreError, StoreProblem};
use aboveboard_store_contract::{FAILURE, NOW, REPORT, SUCCESS, Sketch, end, erasure, manifests, placed};

use super::*;
use crate::{Expect, SqliteReader, SqliteStore, open};

struct UpkeepScene {
    directory: tempfile::TempDir,
    manifests: ManifestsInForce,
}

impl UpkeepScene {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), manifests: manifests() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn filled(&self, entries: &[LogEntry]) -> SqliteStore {
        let mut store = open(&self.path("store.sqlite"), Expect::New).unwrap();
        store.apply(&EntryRange::new(&placed(entries), end(entries.len()), &self.manifests)).unwrap();
        store
    }
}

fn entries() -> Vec<LogEntry> {
    let mut entries: Vec<LogEntry> = (0..60)
        .map(|n| {
            Sketch::new(
                n,
                n % 20,
                &[(SUCCESS, 5), (FAILURE, SECONDS_A_DAY * i64::from(n % 9)), (SUCCESS, 77)],
            )
            .entry()
        })
        .collect();
    entries.push(Sketch::new(100, 50, &[(REPORT, 5)]).entry());
    entries
}

#[test]
fn a_backup_beside_a_running_collector_is_whole_private_and_restores_to_the_same_figures() {
    let scene = UpkeepScene::new();
    let mut store = scene.filled(&entries());
    let before = store.dump_for_comparison().unwrap();
    let copy = scene.path("copy.sqlite");
    backup(&scene.path("store.sqlite"), &copy).unwrap();
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(matches!(
        backup(&scene.path("store.sqlite"), &copy),
        Err(StoreError { what: StoreProblem::Exists { .. }, .. })
    ));
    assert_eq!(examine(&copy).unwrap().products[0].events, 181);
    store
        .apply(&EntryRange::new(
            &[(end(61), Sketch::new(200, 60, &[(SUCCESS, 5)]).entry())],
            end(62),
            &scene.manifests,
        ))
        .unwrap();
    drop(store);
    let restored = restore(&copy, &scene.path("store.sqlite")).unwrap();
    assert!(restored.replaced.unwrap().exists() && restored.erasures_known && restored.erased == 0);
    let mut store = open(&scene.path("store.sqlite"), Expect::Existing).unwrap();
    assert_eq!((store.dump_for_comparison().unwrap(), store.position().unwrap()), (before, end(61)));
}

#[test]
fn an_installation_that_was_erased_after_a_backup_does_not_return_with_it() {
    let scene = UpkeepScene::new();
    let mut store = scene.filled(&entries());
    let copy = scene.path("copy.sqlite");
    backup(&scene.path("store.sqlite"), &copy).unwrap();
    store.apply(&EntryRange::new(&[(end(61), erasure(3))], end(62), &scene.manifests)).unwrap();
    let erased = store.dump_for_comparison().unwrap();
    drop(store);
    assert_eq!(restore(&copy, &scene.path("store.sqlite")).unwrap().erased, 1);
    let mut store = open(&scene.path("store.sqlite"), Expect::Existing).unwrap();
    assert_eq!(store.dump_for_comparison().unwrap(), erased);
    let late = Sketch::new(201, 3, &[(SUCCESS, 5)]).entry();
    assert_eq!(
        store.apply(&EntryRange::new(&[(end(61), late)], end(62), &scene.manifests)).unwrap().erased,
        1
    );
    drop(store);
    assert_eq!(
        restore(&copy, &scene.path("store.sqlite")).unwrap().erased,
        1,
        "and not at the second time either"
    );
}

#[test]
fn a_file_that_is_no_copy_is_not_restored() {
    let scene = UpkeepScene::new();
    let mut store = scene.filled(&entries());
    let before = store.dump_for_comparison().unwrap();
    drop(store);
    let copy = scene.path("copy.sqlite");
    fs::write(&copy, "no database at all, but long enough to be looked at as if it were one, surely so")
        .unwrap();
    assert!(restore(&copy, &scene.path("store.sqlite")).is_err());
    assert!(matches!(
        restore(&scene.path("nothing"), &scene.path("store.sqlite")),
        Err(StoreError { what: StoreProblem::Missing { .. }, .. })
    ));
    let mut store = open(&scene.path("store.sqlite"), Expect::Existing).unwrap();
    assert_eq!(store.dump_for_comparison().unwrap(), before);
}

#[test]
fn a_repair_keeps_what_reads_and_the_damaged_file() {
    let scene = UpkeepScene::new();
    let mut store = scene.filled(&entries());
    store.checkpoint().unwrap();
    let before = store.dump_for_comparison().unwrap();
    drop(store);
    let path = scene.path("store.sqlite");
    let whole = fs::read(&path).unwrap();
    let mut repaired_whole = 0;
    let mut refused = 0;
    for page in 1..whole.len() / 4096 {
        let mut broken = whole.clone();
        broken[page * 4096..page * 4096 + 12].fill(0xa5);
        fs::write(&path, &broken).unwrap();
        match repair(&path, &mut |_, _| {}) {
            Ok(repaired) => {
                assert_eq!(fs::read(repaired.replaced.unwrap()).unwrap(), broken);
                let mut store = open(&path, Expect::Existing).unwrap();
                let ledger = store.dump_for_comparison().unwrap();
                if ledger == before {
                    repaired_whole += 1;
                } else {
                    assert!(!repaired.torn.is_empty(), "page {page}: what is lost is told");
                }
                drop(store);
                examine(&path).unwrap();
            }
            Err(error) => {
                refused += 1;
                assert_eq!(fs::read(&path).unwrap(), broken, "{error}");
            }
        }
    }
    assert!(repaired_whole > 5 && refused < 5, "{repaired_whole} whole, {refused} refused");
}

#[test]
fn an_unreadable_row_stops_neither_a_repair_nor_an_erasure() {
    let scene = UpkeepScene::new();
    let path = scene.path("store.sqlite");
    drop(scene.filled(&entries()));
    let torn = rusqlite::Connection::open(&path).unwrap();
    // Installation 3 is the fourth that came, so it has number 4.
    let sql = "UPDATE row SET events = x'ffff' WHERE installation = 4 AND part = (SELECT min(part) FROM row)";
    assert!(torn.execute(sql, []).unwrap() > 0);
    drop(torn);
    let whole = fs::read(&path).unwrap();

    let repaired = repair(&path, &mut |_, _| {}).unwrap();
    assert_eq!(repaired.torn, ["row"], "what is lost is told");
    let saved = open(&path, Expect::Existing).unwrap().rebuild(&mut |_, _| {}).unwrap();
    assert_eq!(repaired.saved.iter().find(|(table, _)| *table == "row"), Some(&("row", saved)));

    fs::write(&path, whole).unwrap();
    let mut store = open(&path, Expect::Existing).unwrap();
    let applied = store.apply(&EntryRange::new(&[(end(61), erasure(3))], end(62), &scene.manifests)).unwrap();
    assert_eq!(applied.erasures, 1);
    let gone = Sketch::id(3).to_string();
    assert!(!store.dump_for_comparison().unwrap().iter().any(|(name, _)| name.contains(&gone)));
    assert!(store.rebuild(&mut |_, _| {}).is_ok(), "no row is left that does not read");
}

#[test]
fn an_interrupted_restore_does_not_read_the_log_of_the_replaced_database() {
    let scene = UpkeepScene::new();
    let path = scene.path("store.sqlite");
    let copy = scene.path("copy.sqlite");
    let mut store = scene.filled(&entries()[..1]);
    store.checkpoint().unwrap();
    backup(&path, &copy).unwrap();
    store.apply(&EntryRange::new(&[(end(1), entries()[1].clone())], end(2), &scene.manifests)).unwrap();
    let newer = store.dump_for_comparison().unwrap();
    // What a kill leaves after the main file was moved away: the log of writes alone.
    fs::copy(&path, scene.path("store.sqlite.replaced-1")).unwrap();
    let log = fs::read(scene.path("store.sqlite-wal")).unwrap();
    drop(store);
    fs::remove_file(&path).unwrap();
    fs::write(scene.path("store.sqlite-wal"), &log).unwrap();
    assert!(matches!(
        open(&path, Expect::Existing),
        Err(StoreError { what: StoreProblem::Missing { .. }, .. })
    ));

    assert_eq!(restore(&copy, &path).unwrap().replaced, None);
    assert!(!scene.path("store.sqlite-wal").exists());
    let mut store = open(&path, Expect::Existing).unwrap();
    assert_eq!(store.position().unwrap(), end(1));
    let mut kept = open(&scene.path("store.sqlite.replaced-1"), Expect::Existing).unwrap();
    assert_eq!(kept.dump_for_comparison().unwrap(), newer, "and the log is where its database is");
}

#[test]
fn a_restore_reports_where_erasures_since_the_copy_are_forgotten() {
    let scene = UpkeepScene::new();
    let path = scene.path("store.sqlite");
    let copy = scene.path("copy.sqlite");
    let mut store = scene.filled(&entries());
    store.apply(&EntryRange::new(&[(end(61), erasure(4))], end(62), &scene.manifests)).unwrap();
    backup(&path, &copy).unwrap();
    store.apply(&EntryRange::new(&[(end(62), erasure(3))], end(63), &scene.manifests)).unwrap();
    let today = day_of(NOW);
    store.forget_ids(today).unwrap();
    drop(store);
    fs::copy(&path, scene.path("known.sqlite")).unwrap();
    let restored = restore(&copy, &path).unwrap();
    assert!(restored.erasures_known && restored.erased == 1, "{restored:?}");

    // The copy is older by now than the tombstone of the day after it.
    fs::rename(scene.path("known.sqlite"), &path).unwrap();
    let mut store = open(&path, Expect::Existing).unwrap();
    store.forget_ids(today + 1).unwrap();
    drop(store);
    let restored = restore(&copy, &path).unwrap();
    assert!(!restored.erasures_known && restored.erased == 0, "{restored:?}");
    assert!(restored.known_from.is_some(), "{restored:?}");
    assert!(!restore(&copy, &path).unwrap().erasures_known, "nor does the copy know more at the second time");
}

/// Something that is no file of ours with one name, under a name; with a file that must stay as it is.
type Plant = (&'static str, fn(&std::path::Path, &std::path::Path));

const PLANTS: [Plant; 5] = [
    ("a symbolic link", |at, victim| std::os::unix::fs::symlink(victim, at).unwrap()),
    ("a symbolic link", |at, _| std::os::unix::fs::symlink("/nothing/here", at).unwrap()),
    ("a pipe", |at, _| {
        assert!(std::process::Command::new("mkfifo").arg(at).status().unwrap().success());
    }),
    ("a directory", |at, _| fs::create_dir(at).unwrap()),
    ("a second name", |at, victim| fs::hard_link(victim, at).unwrap()),
];

#[test]
fn what_is_no_file_of_ours_is_neither_opened_nor_waited_for_nor_written_through() {
    for (what, plant) in PLANTS {
        for name in ["store.sqlite", "store.sqlite-wal", "store.sqlite-shm"] {
            let scene = UpkeepScene::new();
            let path = scene.path("store.sqlite");
            drop(scene.filled(&entries()));
            let copy = scene.path("copy.sqlite");
            backup(&path, &copy).unwrap();
            let elsewhere = tempfile::tempdir().unwrap();
            let victim = elsewhere.path().join("victim");
            fs::rename(&path, &victim).unwrap();
            if name != "store.sqlite" {
                fs::copy(&victim, &path).unwrap();
            }
            let before = fs::read(&victim).unwrap();
            let _ = fs::remove_file(scene.path(name));
            plant(&scene.path(name), &victim);
            for (verb, error) in [
                ("open", open(&path, Expect::Existing).map(drop).unwrap_err()),
                ("repair", repair(&path, &mut |_, _| {}).map(drop).unwrap_err()),
                ("restore", restore(&copy, &path).map(drop).unwrap_err()),
            ] {
                let error = error.to_string();
                assert!(error.contains(what) && error.contains(name), "{verb}, {name}, {what}: {error}");
            }
            if name != "store.sqlite" {
                assert!(examine(&path).is_err(), "{name}, {what}");
            } else if what != "a second name" {
                assert!(examine(&path).unwrap_err().to_string().contains(what), "{what}");
                assert!(backup(&path, &scene.path("other.sqlite")).is_err());
                assert!(SqliteReader::open(&path).is_err());
            }
            assert!(fs::read(&victim).unwrap() == before, "{name}, {what}: it was written through");
        }
    }
}

#[test]
fn a_database_in_a_directory_that_others_can_write_to_is_not_opened_to_write() {
    let scene = UpkeepScene::new();
    let path = scene.path("store.sqlite");
    drop(scene.filled(&entries()));
    fs::set_permissions(scene.directory.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let error = open(&path, Expect::Existing).map(drop).unwrap_err().to_string();
    assert!(error.contains("can be written to by other users"), "{error}");
    fs::set_permissions(scene.directory.path(), fs::Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    assert!(open(&path, Expect::Existing).is_err());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    open(&path, Expect::Existing).unwrap();
}

#[test]
fn a_copy_is_written_where_nobody_else_can_put_something_in_its_place() {
    let scene = UpkeepScene::new();
    let path = scene.path("store.sqlite");
    drop(scene.filled(&entries()));
    let shared = tempfile::tempdir().unwrap();
    let copy = shared.path().join("copy.sqlite");
    fs::set_permissions(shared.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let error = backup(&path, &copy).unwrap_err().to_string();
    assert!(error.contains("a directory of your own"), "{error}");
    assert_eq!(fs::read_dir(shared.path()).unwrap().count(), 0, "nothing is left there");
    // As in /tmp, where nobody can take away what is another's.
    fs::set_permissions(shared.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    let victim = scene.path("victim");
    fs::write(&victim, "untouched").unwrap();
    for (what, plant) in PLANTS.into_iter().filter(|(what, _)| *what != "a directory") {
        plant(&copy, &victim);
        assert!(backup(&path, &copy).is_err(), "{what} at the name");
        fs::remove_file(&copy).unwrap();
        plant(&shared.path().join("copy.sqlite.unfinished"), &victim);
        backup(&path, &copy).unwrap();
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
        fs::remove_file(&copy).unwrap();
    }
    assert_eq!(fs::read(&victim).unwrap(), b"untouched");
}

#[test]
fn a_copy_is_taken_back_through_a_link_and_from_nothing_but_a_file() {
    let scene = UpkeepScene::new();
    let path = scene.path("store.sqlite");
    let before = scene.filled(&entries()).dump_for_comparison().unwrap();
    let copy = scene.path("copy.sqlite");
    backup(&path, &copy).unwrap();
    std::os::unix::fs::symlink(&copy, scene.path("latest.sqlite")).unwrap();
    restore(&scene.path("latest.sqlite"), &path).unwrap();
    assert_eq!(open(&path, Expect::Existing).unwrap().dump_for_comparison().unwrap(), before);
    assert!(std::process::Command::new("mkfifo").arg(scene.path("pipe")).status().unwrap().success());
    for name in ["pipe", "."] {
        assert!(restore(&scene.path(name), &path).is_err(), "{name}");
    }
}

#[test]
fn a_database_with_a_trigger_a_view_or_a_table_of_somebody_elses_is_refused_by_every_verb() {
    let scene = UpkeepScene::new();
    drop(scene.filled(&entries()));
    for what in [
        "CREATE TRIGGER t AFTER DELETE ON row BEGIN DELETE FROM tombstone; END",
        "CREATE VIEW v AS SELECT * FROM installation",
        "CREATE TABLE t (a)",
        "CREATE INDEX i ON row (day)",
        "CREATE TEMP TABLE nothing (a)",
        "ALTER TABLE quality ADD COLUMN g GENERATED ALWAYS AS (randomblob(9)) VIRTUAL",
        "CREATE VIRTUAL TABLE f USING fts5(a)",
        "DROP TABLE timing; CREATE VIEW timing AS SELECT 1 AS product, 1 AS installation, x'' AS run, 1 AS day, x'' AS sums",
    ] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.sqlite");
        std::fs::copy(scene.path("store.sqlite"), &path).unwrap();
        let connection = rusqlite::Connection::open(&path).unwrap();
        // Not every SQLite has every kind of table.
        let Ok(()) = connection.execute_batch(what) else { continue };
        drop(connection);
        let is_refused = |error: Option<StoreError>| {
            matches!(error, Some(StoreError { what: StoreProblem::OtherSchema { .. }, .. }))
        };
        // What is gone with its connection is nothing.
        let expected = !what.contains("TEMP");
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("store.sqlite");
        assert_eq!(is_refused(examine(&path).err()), expected, "doctor: {what}");
        assert_eq!(is_refused(restore(&path, &target).err()), expected, "restore: {what}");
        assert_eq!(target.exists(), !expected, "{what}");
        assert_eq!(is_refused(open(&path, Expect::Existing).err()), expected, "start: {what}");
        let is_kept = what.contains("CREATE INDEX");
        assert!(is_refused(repair(&path, &mut |_, _| {}).err()) == expected || is_kept, "repair: {what}");
    }
}
