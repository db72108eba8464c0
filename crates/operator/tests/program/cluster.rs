//! Several collectors that share a cluster: what the verbs do there, and what they say instead.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use aboveboard_testkit::clickhouse::{Server, ServerSettings};
use serde_json::Value;
use tempfile::TempDir;

use crate::aboveboard;
use crate::collector::{self, Collector};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A home whose collector is one of a cluster of one server.
fn home(server: &str, key: &str) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    configure(home.path(), server, "");
    let file = home.path().join("key");
    fs::write(&file, format!("{key}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    home
}

fn configure(home: &Path, server: &str, more: &str) {
    let store =
        format!("[store]\nkind = \"clickhouse\"\nshards = [[\"{server}\"]]\nkey-file = \"key\"\n{more}");
    fs::write(home.join("c.toml"), format!("{}{store}", collector::config())).unwrap();
}

fn key() -> String {
    "5a".repeat(32)
}

fn verb(home: &Path, arguments: &[&str]) -> Output {
    let mut command = aboveboard(home);
    command.args(arguments).args(["--config", "c.toml"]).output().unwrap()
}

fn words(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn data(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn nodes(home: &Path) -> Vec<Value> {
    let listed: Value = serde_json::from_str(&data(&verb(home, &["collector", "nodes", "--json"]))).unwrap();
    listed.as_array().unwrap().clone()
}

fn own(home: &Path) -> String {
    let nodes = nodes(home);
    let own = nodes.iter().find(|node| node["is-own"] == true).unwrap();
    own["node"].as_str().unwrap().to_owned()
}

/// Waits for what one collector learns of another, which has no other way to be heard of than by asking.
fn until(mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "waited in vain");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_key_is_made_once_and_for_its_owner_alone() {
    let home = tempfile::tempdir().unwrap();
    let make = || aboveboard(home.path()).args(["collector", "key", "cluster.key"]).output().unwrap();
    let made = make();
    assert!(made.status.success() && made.stdout.is_empty(), "{made:?}");
    let file = home.path().join("cluster.key");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.trim_end().len() == 64 && text.trim_end().bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert!(!words(&made).contains(text.trim_end()));
    let again = make();
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    assert!(words(&again).contains("no key is written over"));
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn a_verb_that_makes_no_sense_with_the_store_says_what_does_and_changes_nothing() {
    let home = home("http://127.0.0.1:9", &key());
    fs::write(home.path().join("copy.sqlite"), "a copy").unwrap();
    for (arguments, instead) in [
        (&["collector", "backup", "new.sqlite"][..], "with their own tools"),
        (&["collector", "restore", "copy.sqlite"], "without a file"),
    ] {
        let refused = verb(home.path(), arguments);
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
        let said = words(&refused);
        assert!(said.contains("is a cluster") && said.contains(instead), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    assert!(!home.path().join("new.sqlite").exists());
    // What is of clusters alone.
    fs::write(home.path().join("c.toml"), collector::config()).unwrap();
    let alone = Collector::on(home);
    let home = alone.stop();
    for arguments in [
        &["collector", "nodes"][..],
        &["collector", "retire-node", "00000000000000aa"],
        &["collector", "retire-replica", "http://a:8123"],
    ] {
        let refused = verb(home.path(), arguments);
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
        assert!(words(&refused).contains("no other collector shares it"), "{refused:?}");
    }
    assert_eq!(verb(home.path(), &["collector", "restore"]).status.code(), Some(1));
    assert_eq!(verb(home.path(), &["collector", "retire-node", "first"]).status.code(), Some(2));
    // The other kind of store is not made beside the one that is there.
    configure(home.path(), "http://127.0.0.1:9", "");
    let refused = verb(home.path(), &["collect"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let said = words(&refused);
    assert!(said.contains("store.sqlite is there") && said.contains("data directory of its own"), "{said}");
}

#[test]
fn what_keeps_a_collector_from_its_cluster_at_the_start_is_said_in_a_line() {
    let server = Server::start(&ServerSettings::default());
    let first = home(&server.url(), &key());
    let started = Collector::on(first);
    started.push();
    let first = started.stop();

    let other_key = home(&server.url(), &"77".repeat(32));
    let unreachable = home("http://127.0.0.1:9", &key());
    let no_key = home(&server.url(), "no key");
    let open_key = home(&server.url(), &key());
    fs::set_permissions(open_key.path().join("key"), fs::Permissions::from_mode(0o644)).unwrap();
    for (home, expected) in [
        (&other_key, "another key"),
        (&unreachable, "127.0.0.1:9"),
        (&no_key, "`store.key-file`"),
        (&open_key, "others can read it"),
    ] {
        let refused = verb(home.path(), &["collect"]);
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        let said = words(&refused);
        assert!(said.contains(expected), "{expected}: {said}");
        assert_eq!(said.lines().filter(|line| line.starts_with("aboveboard: ")).count(), 1, "{said}");
    }

    // The directory is this collector's, and its cluster is gone: it starts, takes in what comes, and says that it is behind.
    configure(first.path(), "http://127.0.0.1:9", "");
    let away = Collector::on(first);
    away.post(1);
    until(|| data(&away.ask("healthcheck", &[])).contains("does not take what is in the log"));
    let first = away.stop();
    let node = first.path().join("data/cluster/node");
    fs::remove_file(&node).unwrap();
    let refused = verb(first.path(), &["collect"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(words(&refused).contains("aboveboard collector restore"), "{refused:?}");
}

#[test]
fn what_one_collector_of_a_cluster_is_told_all_know_and_one_of_them_publishes() {
    let server = Server::start(&ServerSettings::default());
    let one = Collector::on(home(&server.url(), &key()));
    let two = Collector::on(home(&server.url(), &key()));
    one.push();
    until(|| two.home().join("data/manifests/quarry-1.toml").exists());
    let text = include_str!("../../../../examples/quarry/telemetry.toml");
    let refused = two.push_text(&text.replacen("tables tracked", "tables", 1));
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(words(&refused).contains("raise the revision"), "{refused:?}");

    let token = data(&verb(one.home(), &["collector", "token", "new", "ci"]));
    let opens = |collector: &Collector| {
        let mut command = aboveboard(collector.home());
        command.args(["collector", "paused", "--address", collector.address()]);
        command.env("ABOVEBOARD_OPERATOR_TOKEN", token.trim_end()).output().unwrap().status.success()
    };
    assert!(opens(&one));
    until(|| opens(&two));
    assert!(verb(two.home(), &["collector", "token", "revoke", "ci"]).status.success());
    assert!(!opens(&two));
    until(|| !opens(&one));

    let pause = two.ask("pause", &["--product", "quarry", "command:init"]);
    assert!(pause.status.success(), "{pause:?}");
    let paused = |collector: &Collector| data(&collector.ask("paused", &[])).contains("command:init");
    until(|| paused(&one));
    assert!(one.ask("resume", &["--product", "quarry", "command:init"]).status.success());
    until(|| !paused(&two));

    let [first, second] = [own(one.home()), own(two.home())];
    assert_ne!(first, second);
    assert_eq!(nodes(one.home()).len(), 2);
    let itself = one.ask("retire-node", &[&first]);
    assert!(itself.status.code() == Some(1) && words(&itself).contains("ask another one"), "{itself:?}");
    let last = one.ask("retire-replica", &[&server.url()]);
    assert!(last.status.code() == Some(1) && words(&last).contains("last server"), "{last:?}");

    // Nobody publishes until one is named, and then that one alone.
    let publish = |home: &Path| {
        verb(home, &["publish", "run", "--product", "quarry", "--site", "site", "--key", "figures.key"])
    };
    let unnamed = publish(one.home());
    assert!(unnamed.status.code() == Some(1) && words(&unnamed).contains("[publish]"), "{unnamed:?}");
    configure(two.home(), &server.url(), &format!("[publish]\nnode = \"{first}\"\n"));
    let other = publish(two.home());
    assert!(other.status.code() == Some(1) && words(&other).contains(&first), "{other:?}");

    // A data directory that was put back from a copy is that of a new collector.
    let second_home = two.stop();
    let renewed = verb(second_home.path(), &["collector", "restore"]);
    assert!(renewed.status.success(), "{renewed:?}");
    let listed = nodes(one.home());
    let of = |node: &str| listed.iter().find(|listed| listed["node"] == *node).unwrap()["is-retired"].clone();
    assert_eq!((of(&first), of(&second)), (false.into(), true.into()));
    let two = Collector::on(second_home);
    let third = own(two.home());
    assert!(third != first && third != second);
    assert!(two.ask("retire-node", &[&first]).status.success());
    // It takes nothing more to the cluster, and is not ready.
    one.post(1);
    until(|| one.ask("healthcheck", &[]).status.code() == Some(1));
    let home = one.stop();
    let refused = verb(home.path(), &["collect"]);
    assert!(refused.status.code() == Some(1) && words(&refused).contains("was retired"), "{refused:?}");
}

#[test]
fn what_two_collectors_take_in_counts_once_at_both_also_while_the_cluster_is_away() {
    let mut server = Server::start(&ServerSettings::default());
    let one = Collector::on(home(&server.url(), &key()));
    let two = Collector::on(home(&server.url(), &key()));
    one.push();
    until(|| two.home().join("data/manifests/quarry-1.toml").exists());
    // The second is sent to both, as by a balancer whose first answer was lost.
    for number in 1..=3 {
        one.post(number);
    }
    for number in 2..=5 {
        two.post(number);
    }
    let totals = one.totals(5);
    assert_eq!(two.totals(5), totals);
    let doctor = two.ask("doctor", &["--json"]);
    let health: Value = serde_json::from_str(&data(&doctor)).unwrap();
    assert_eq!(health["products"]["quarry"]["events"], 5, "{health}");
    assert_eq!(health["node"], own(two.home()).as_str());

    server.kill();
    one.post(6);
    two.post(7);
    for collector in [&one, &two] {
        until(|| data(&collector.ask("healthcheck", &[])).contains("ready, but the store does not take"));
        let token = verb(collector.home(), &["collector", "token", "new", "late"]);
        assert_eq!(token.status.code(), Some(1), "{token:?}");
        assert!(words(&token).contains("nothing was changed"), "{token:?}");
        let asked = ureq::get(format!("{}/api/totals.json", collector.address()))
            .config()
            .http_status_as_error(false)
            .build()
            .header("authorization", format!("Bearer {}", collector::TOKEN))
            .call()
            .unwrap();
        assert_eq!(asked.status(), 503);
        assert!(asked.headers().contains_key("retry-after"));
        let erased = collector.ask("erase", &["--product", "quarry", "a0a1a2a3-a4a5-86a7-98a9-aaabacadaeaf"]);
        assert!(erased.status.success(), "an erasure waits for no cluster: {erased:?}");
    }
    // One of them is started anew meanwhile.
    let home = one.stop();
    let one = Collector::on(home);
    one.post(8);
    server.restart();
    let totals = one.totals(8);
    assert_eq!(two.totals(8), totals);
    until(|| data(&one.ask("healthcheck", &[])) == "ready\n");
    let metrics = |collector: &Collector| {
        let request = ureq::get(format!("{}/metrics", collector.address()));
        let answer = request.header("authorization", format!("Bearer {}", collector::TOKEN)).call();
        answer.unwrap().body_mut().read_to_string().unwrap()
    };
    let used = format!("aboveboard_cluster_server_used{{shard=\"1\",server=\"{}\"}} 1\n", server.address());
    until(|| metrics(&one).contains(&used));
    let alerts = include_str!("../../../../config/prometheus-alerts-cluster.yml");
    let named = alerts.split("aboveboard_").skip(1);
    let named: Vec<_> =
        named.filter_map(|rest| rest.split(|c: char| !c.is_ascii_lowercase() && c != '_').next()).collect();
    assert!(named.len() >= 4, "{named:?}");
    for name in
        named.into_iter().chain(["cluster_blocks_waiting", "cluster_open_batches", "log_unsettled_seconds"])
    {
        assert!(metrics(&one).contains(&format!("\n# TYPE aboveboard_{name} ")), "{name}");
    }
}
