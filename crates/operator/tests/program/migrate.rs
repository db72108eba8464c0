//! From a database in the data directory to a cluster: what the verb says, and that a kill at any line of it does no harm.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use aboveboard_testkit::clickhouse::{Server, ServerSettings};

use crate::aboveboard;
use crate::collector::{self, Collector};

const MIGRATE: [&str; 6] = ["collector", "migrate", "--to", "clickhouse", "--config", "c.toml"];

fn configure(home: &Path, store: &str) {
    fs::write(home.join("c.toml"), format!("{}{store}", collector::config())).unwrap();
}

fn run(home: &Path, arguments: &[&str]) -> Output {
    aboveboard(home).args(arguments).output().unwrap()
}

fn words(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The rows of the product in an export, without who sent them.
fn exported(home: &Path) -> Vec<String> {
    let export = run(
        home,
        &["collector", "export", "--product", "quarry", "--all", "--format", "csv", "--config", "c.toml"],
    );
    assert!(export.status.success(), "{export:?}");
    let text = String::from_utf8(export.stdout).unwrap();
    let head: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let is_kept: Vec<bool> = head
        .iter()
        .map(|column| !["installation", "server", "cli"].iter().any(|who| column.contains(who)))
        .collect();
    let mut rows: Vec<String> = text
        .lines()
        .map(|line| {
            let kept = line.split(',').zip(&is_kept).filter(|(_, is_kept)| **is_kept);
            kept.map(|(cell, _)| cell).collect::<Vec<_>>().join(",")
        })
        .collect();
    rows.sort_unstable();
    rows
}

/// Runs a command until it has said so many lines, and kills it then. Returns whether it ended by itself before.
fn killed_after(mut command: Command, lines: usize) -> bool {
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let said: Vec<String> = stderr.lines().take(lines).map(Result::unwrap).collect();
    if said.len() < lines {
        assert!(child.wait().unwrap().success(), "{said:?}");
        return true;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    false
}

#[test]
fn a_database_moves_to_a_cluster_whatever_kills_the_move_and_the_collector_goes_on_there() {
    let server = Server::start(&ServerSettings::default());
    let home = tempfile::tempdir().unwrap();
    configure(home.path(), "");
    let first = Collector::on(home);
    first.push();
    first.post(1);
    first.totals(1);
    let home = first.stop();
    let path = home.path();
    let key = path.join("key");
    fs::write(&key, format!("{}\n", "5a".repeat(32))).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    // History that is in the log, and not applied.
    let simulate = run(
        path,
        &[
            "--manifest",
            "telemetry.toml",
            "simulate",
            "--data",
            "data",
            "--days",
            "21",
            "--installations",
            "20",
            "--seed",
            "7",
        ],
    );
    assert!(simulate.status.success(), "{simulate:?}");

    let refused = run(path, &MIGRATE);
    assert!(!refused.status.success() && words(&refused).contains("kind = \"clickhouse\""), "{refused:?}");
    let cluster =
        format!("[store]\nkind = \"clickhouse\"\nshards = [[\"{}\"]]\nkey-file = \"key\"\n", server.url());
    configure(path, &cluster);
    let refused = run(path, &["collect", "--config", "c.toml"]);
    assert!(words(&refused).contains("collector migrate --to clickhouse"), "{refused:?}");
    let database = path.join("data/store.sqlite");
    let before = fs::read(&database).unwrap();
    let dry = run(path, &[&MIGRATE[..], &["--dry-run"]].concat());
    assert!(dry.status.success() && words(&dry).contains("not applied yet"), "{dry:?}");
    assert_eq!(fs::read(&database).unwrap(), before);

    let migrate = || {
        let mut command = aboveboard(path);
        command.args(MIGRATE);
        command
    };
    // The first line says that the log is applied; what is behind it is the move, which only reads.
    let mut settled = None;
    let mut kills = 0;
    for lines in 1.. {
        let is_done = killed_after(migrate(), lines);
        if lines > 1 && settled.is_none() {
            settled = Some(fs::read(&database).unwrap());
        }
        if is_done {
            break;
        }
        kills += 1;
        if kills == 3 {
            let refused = run(path, &["collect", "--config", "c.toml"]);
            assert!(!refused.status.success(), "{refused:?}");
        }
    }
    assert!(kills > 2, "{kills}");
    let again = run(path, &MIGRATE);
    assert!(again.status.success() && words(&again).contains("every figure was the same"), "{again:?}");
    assert_eq!(Some(fs::read(&database).unwrap()), settled, "the database stays as it was");

    // There is no way back, and it goes on in the cluster.
    configure(path, "");
    let refused = run(path, &["collect", "--config", "c.toml"]);
    assert!(!refused.status.success() && words(&refused).contains("clickhouse"), "{refused:?}");
    let copy = tempfile::tempdir().unwrap();
    fs::create_dir(copy.path().join("data")).unwrap();
    fs::set_permissions(copy.path().join("data"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::copy(&database, copy.path().join("data/store.sqlite")).unwrap();
    fs::write(copy.path().join("data/lock"), "").unwrap();
    fs::create_dir(copy.path().join("data/manifests")).unwrap();
    for file in fs::read_dir(path.join("data/manifests")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), copy.path().join("data/manifests").join(file.file_name())).unwrap();
    }
    configure(copy.path(), "");
    let here = exported(copy.path());
    assert!(here.len() > 100, "{}", here.len());
    configure(path, &cluster);
    assert_eq!(exported(path), here);
    let moved = Collector::on(home);
    moved.post(2);
    let home = moved.stop();
    assert_eq!(exported(home.path()).len(), here.len() + 1);
}
