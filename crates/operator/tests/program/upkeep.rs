//! The verbs on a collector's data, from a backup beside it to a repair after damage.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use crate::aboveboard;
use crate::collector::Collector;

const BATCHES: u64 = 7;

/// Bytes of a page of the database.
const PAGE: usize = 4096;

/// A verb on the data of the collector that is configured in `home`.
fn verb(home: &Path, verb: &str, arguments: &[&str]) -> Output {
    let mut command = aboveboard(home);
    command.args(["collector", verb, "--config", "c.toml"]).args(arguments).output().unwrap()
}

/// What a verb said that did what it was asked; all of it words.
fn done(output: Output) -> String {
    assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// What a verb said that did not; all of it words.
fn refused(output: Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A collector with some batches counted, and its totals.
fn counting() -> (Collector, Value) {
    let collector = Collector::new();
    collector.push();
    (0..BATCHES).for_each(|number| collector.post(number));
    let totals = collector.totals(BATCHES);
    (collector, totals)
}

/// A collector on what lies in `home` counts as the one before it did.
fn counts_as_before(home: TempDir, totals: &Value) -> TempDir {
    let collector = Collector::on(home);
    assert_eq!(collector.totals(BATCHES), *totals);
    collector.stop()
}

#[test]
fn a_backup_beside_a_running_collector_brings_back_the_figures_after_damage() {
    let (collector, totals) = counting();
    let said = done(verb(collector.home(), "backup", &["copy.sqlite"]));
    assert!(said.contains("copy.sqlite"), "{said}");
    let copy = collector.home().join("copy.sqlite");
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    let again = refused(verb(collector.home(), "backup", &["copy.sqlite"]));
    assert!(again.contains("exists already"), "{again}");
    assert_eq!(verb(collector.home(), "doctor", &[]).status.code(), Some(0));
    for (name, arguments) in [("restore", &["copy.sqlite"][..]), ("rebuild", &[]), ("repair", &[])] {
        let said = refused(verb(collector.home(), name, arguments));
        let data = collector.home().join("data");
        assert!(said.contains(&*data.to_string_lossy()) && said.contains("stop the collector"), "{said}");
    }

    let home = collector.stop();
    let database = home.path().join("data/store.sqlite");
    let mut broken = fs::read(&database).unwrap();
    broken[PAGE..].fill(0xa5);
    fs::write(&database, &broken).unwrap();
    let doctor = verb(home.path(), "doctor", &["--json"]);
    assert_eq!(doctor.status.code(), Some(1), "{doctor:?}");
    assert_eq!(json(&doctor)["sound"], false);
    assert!(json(&doctor)["problem"].as_str().unwrap().contains("damaged"), "{doctor:?}");
    refused(verb(home.path(), "doctor", &[]));
    let said = refused(verb(home.path(), "restore", &["nowhere.sqlite"]));
    assert!(said.contains("nowhere.sqlite"), "{said}");

    let said = done(verb(home.path(), "restore", &["copy.sqlite"]));
    assert!(said.contains("store.sqlite.replaced-1") && said.contains("collector erase"), "{said}");
    assert_eq!(fs::read(home.path().join("data/store.sqlite.replaced-1")).unwrap(), broken);
    assert!(copy.exists());
    counts_as_before(home, &totals);
}

#[test]
fn a_rebuild_and_a_repair_leave_the_figures_as_they_were() {
    let (collector, totals) = counting();
    let home = collector.stop();
    let said = done(verb(home.path(), "rebuild", &[]));
    assert!(said.contains(&format!("from {BATCHES} rows")), "{said}");
    let home = counts_as_before(home, &totals);

    let sound = verb(home.path(), "doctor", &["--json"]);
    assert_eq!(sound.status.code(), Some(0), "{sound:?}");
    assert_eq!(json(&sound)["sound"], true);
    assert_eq!(json(&sound)["products"]["quarry"]["installations"], BATCHES);
    let words = verb(home.path(), "doctor", &[]);
    assert!(
        String::from_utf8(words.stdout).unwrap().contains("quarry: 7 events of 7 installations in 7 rows")
    );
    // That of the network which the configuration cannot tell it.
    assert!(String::from_utf8(words.stderr).unwrap().contains("trusted-hops"));

    let database = home.path().join("data/store.sqlite");
    let whole = fs::read(&database).unwrap();
    // Which page holds what is the database's own business: the first one that is told to be damaged and can do
    // without, as those of the figures can, which are made anew.
    let repaired = (1..whole.len() / PAGE).any(|page| {
        let mut broken = whole.clone();
        broken[page * PAGE..page * PAGE + 12].fill(0xa5);
        fs::write(&database, broken).unwrap();
        verb(home.path(), "doctor", &[]).status.code() == Some(1)
            && String::from_utf8(verb(home.path(), "repair", &[]).stderr).unwrap().contains("nothing is lost")
    });
    assert!(repaired);
    assert_eq!(verb(home.path(), "doctor", &[]).status.code(), Some(0));
    counts_as_before(home, &totals);
}

#[test]
fn work_on_what_is_not_there_makes_nothing() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("c.toml"), "data = \"data\"\n").unwrap();
    for (name, arguments) in [
        ("rebuild", &[][..]),
        ("repair", &[]),
        ("backup", &["copy"]),
        ("doctor", &[]),
        ("restore", &["copy"]),
    ] {
        let said = refused(verb(home.path(), name, arguments));
        assert!(said.contains("there is no "), "{name}: {said}");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "{name}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_terminal_is_shown_how_far_a_rebuild_is() {
    let (collector, _) = counting();
    let home = collector.stop();
    let mut command = aboveboard(home.path());
    command.args(["collector", "rebuild"]).env("TERM", "xterm");
    command.env("ABOVEBOARD_COLLECTOR_DATA", home.path().join("data"));
    let mut session = aboveboard_testkit::terminal::Session::piped(&command, 80);
    session.expect("rebuilding");
    session.expect("7/7 rows");
    session.expect("computed anew from 7 rows");
    let (_, stdout, status) = session.end();
    assert!(status.success() && stdout.is_empty());
}
