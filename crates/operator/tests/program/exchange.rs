//! Rows out, hand-overs in, and what is made up gone: with a running collector and without one.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;

use aboveboard_testkit::sender;
use serde_json::Value;

use crate::aboveboard;
use crate::collector::Collector;

const MANIFEST: &str = include_str!("../../../../examples/quarry/telemetry.toml");

/// A verb on the collector that is configured in `home` and does not run.
fn still(home: &Path, verb: &str, arguments: &[&str]) -> Output {
    aboveboard(home).args(["collector", verb, "--config", "c.toml"]).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn done(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    text(&output.stdout)
}

/// How many rows the export has, and how many installations are in it.
fn counted(csv: &str) -> (usize, usize) {
    let rows: Vec<&str> = csv.split_terminator("\r\n").skip(1).collect();
    let ids: std::collections::BTreeSet<_> = rows.iter().map(|row| row.split(',').nth(2)).collect();
    (rows.len(), ids.len())
}

#[test]
fn rows_are_exported_from_a_running_collector_and_from_the_directory_of_one_that_stopped() {
    let collector = Collector::new();
    collector.push();
    (0..7).for_each(|number| collector.post(number));
    collector.totals(7);
    let csv = done(&collector.ask("export", &["--product", "quarry"]));
    assert!(csv.starts_with("\"day\",\"hour\",\"installation\","), "{csv}");
    assert_eq!(counted(&csv), (7, 7));
    let json =
        done(&collector.ask("export", &["--product", "quarry", "--format", "jsonl", "--component", "cli"]));
    let lines: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() == 7 && lines.iter().all(|line| line["name"] == "init"), "{json}");
    let id = sender::installation("quarry", 1).to_string();
    assert!(!json.contains(&id), "the ids are the export's own");
    let made = collector.ask("export", &["--product", "quarry", "rows.csv"]);
    assert!(made.stdout.is_empty() && text(&made.stderr).contains("rows.csv"), "{made:?}");
    let file = collector.home().join("rows.csv");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(counted(&fs::read_to_string(&file).unwrap()), (7, 7));
    for (arguments, words) in [
        (&["--product", "quarry", "rows.csv"][..], "rows.csv"),
        (&["--product", "quarrel"], "no product of this name"),
        (&["--product", "quarrel", "other.csv"], "other.csv"),
    ] {
        let refused = collector.ask("export", arguments);
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        assert!(text(&refused.stderr).contains(words), "{refused:?}");
    }
    assert!(!collector.home().join("other.csv").exists());

    let home = collector.stop();
    assert_eq!(counted(&done(&still(home.path(), "export", &["--product", "quarry"]))), (7, 7));
    let none = still(home.path(), "export", &["--product", "quarry", "--until", "2020-01-01"]);
    assert_eq!(counted(&done(&none)), (0, 0));
    let unknown = still(home.path(), "export", &["--product", "quarrel"]);
    assert_eq!(unknown.status.code(), Some(1), "{unknown:?}");
}

#[test]
fn what_a_user_exported_is_imported_and_counts_once() {
    let collector = Collector::new();
    collector.push();
    let user = |arguments: &[&str]| {
        let mut command = aboveboard(collector.home());
        command.env("QUARRY_TELEMETRY_ENDPOINT", "https://telemetry.example.org");
        let output = command.args(["--manifest", "telemetry.toml"]).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    user(&["on"]);
    user(&["exec", "--command", "init", "--", "true"]);
    user(&["export", "handover"]);
    let taken = collector.ask("import", &["handover"]);
    let receipts = done(&taken);
    assert!(receipts.contains("\"accepted\":") && text(&taken.stderr).contains("1 batches"), "{taken:?}");
    let exported = |more: &str| counted(&done(&collector.ask("export", &["--product", "quarry", more]))).0;
    let start = std::time::Instant::now();
    while exported("--all") < 1 {
        assert!(start.elapsed().as_secs() < 60, "nothing is counted");
        std::thread::yield_now();
    }
    done(&collector.ask("import", &["handover"]));
    collector.post(1);
    collector.totals(2);
    assert_eq!(exported("--all"), 2, "the hand-over came twice and counts once");
}

#[test]
fn an_import_tells_each_line_and_waits_in_the_log_where_no_collector_runs() {
    let collector = Collector::new();
    collector.push();
    let lines = |numbers: std::ops::Range<u64>| -> String {
        numbers.map(|number| Collector::handed_over(number, "localhost")).collect()
    };
    let id = |product: &str| sender::installation(product, 8).to_string();
    let body =
        Collector::batch(8).replace("\"quarry\"", "\"quarrel\"").replace(&id("quarry"), &id("quarrel"));
    let foreign = Collector::hand_over(&body, "localhost");
    fs::write(collector.home().join("mixed"), lines(0..3) + &foreign + &lines(3..5)).unwrap();
    let mixed = collector.ask("import", &["mixed"]);
    assert_eq!((mixed.status.code(), text(&mixed.stdout).lines().count()), (Some(1), 5), "{mixed:?}");
    let said = text(&mixed.stderr);
    assert!(said.contains("line 4 is refused: no manifest") && said.contains("5 batches"), "{said}");
    fs::write(collector.home().join("torn"), lines(5..7) + &lines(7..8)[..100]).unwrap();
    let torn = collector.ask("import", &["torn"]);
    assert_eq!((torn.status.code(), text(&torn.stdout).lines().count()), (Some(1), 2), "{torn:?}");
    assert!(text(&torn.stderr).contains("line 3, is no batch"), "{torn:?}");
    collector.totals(7);

    let home = collector.stop();
    fs::write(home.path().join("more"), lines(4..9) + &foreign).unwrap();
    let more = still(home.path(), "import", &["more"]);
    assert_eq!((more.status.code(), text(&more.stdout).lines().count()), (Some(1), 5), "{more:?}");
    let said = text(&more.stderr);
    assert!(said.contains("line 6 is refused") && said.contains("when it starts"), "{said}");
    Collector::on(home).totals(9);
}

#[test]
fn a_file_for_the_collector_of_another_host_is_refused_unless_foreign_ones_are_taken() {
    let home = tempfile::tempdir().unwrap();
    let config = "hosts = [\"Telemetry.Example.org.\"]\n".to_owned() + &crate::collector::config();
    fs::write(home.path().join("c.toml"), config).unwrap();
    fs::write(home.path().join("telemetry.toml"), MANIFEST).unwrap();
    let collector = Collector::on(home);
    collector.push();
    let line = |number, host| Collector::handed_over(number, host);
    let theirs = line(3, "elsewhere.example.org");
    let forged = line(4, "telemetry.example.org").replace(
        &sender::installation("quarry", 4).to_string(),
        &sender::installation("quarry", 5).to_string(),
    );
    let file = line(1, "telemetry.example.org") + &theirs + &forged + &line(2, "telemetry.example.org");
    fs::write(collector.home().join("handover"), &file).unwrap();
    let imported = collector.ask("import", &["handover"]);
    let said = text(&imported.stderr);
    assert_eq!(
        (imported.status.code(), text(&imported.stdout).lines().count()),
        (Some(1), 2),
        "{imported:?}"
    );
    assert!(said.contains("line 2 is refused: it is for the collector of another host"), "{said}");
    assert!(said.contains("line 3 is refused: the proof"), "{said}");
    collector.totals(2);
    let home = collector.stop();
    fs::write(home.path().join("theirs"), theirs).unwrap();
    assert_eq!(still(home.path(), "import", &["theirs"]).status.code(), Some(1));
    done(&still(home.path(), "import", &["--foreign", "theirs"]));
    Collector::on(home).totals(3);
}

#[test]
fn a_user_fetches_what_the_collector_holds_and_has_it_erased() {
    let collector = Collector::new();
    collector.push();
    let user = |arguments: &[&str]| {
        let mut command = aboveboard(collector.home());
        command.env("QUARRY_TELEMETRY_ENDPOINT", collector.address());
        command.env("QUARRY_TELEMETRY_ALLOW_PRIVATE", "true");
        command.args(["--manifest", "telemetry.toml"]).args(arguments).output().unwrap()
    };
    done(&user(&["on"]));
    done(&user(&["exec", "--command", "init", "--", "true"]));
    done(&user(&["send"]));
    collector.totals(1);
    let held: Value = serde_json::from_str(&done(&user(&["held", "--json"]))).unwrap();
    let status: Value = serde_json::from_str(&done(&user(&["status", "--json"]))).unwrap();
    assert_eq!((&held[0]["installation"], &held[0]["host"]), (&status["installation"], &status["host"]));
    let event = &held[0]["days"][0]["events"][0];
    assert_eq!((&event["held"], &event["kind"]), (&1.into(), &"command".into()), "{held}");
    assert!(done(&user(&["held"])).contains("init"));
    done(&user(&["forget"]));
    collector.totals(0);
    let after = user(&["held", "--json"]);
    assert_eq!((after.status.code(), text(&after.stdout).trim()), (Some(0), "[]"), "{after:?}");
}

#[test]
fn made_up_history_is_cleared_away_with_a_collector_and_without() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("c.toml"), crate::collector::config()).unwrap();
    fs::write(home.path().join("telemetry.toml"), MANIFEST).unwrap();
    let simulate = |seed: &str| {
        let mut command = aboveboard(home.path());
        command.args(["--manifest", "telemetry.toml", "simulate", "--data", "data", "--days", "3"]);
        let made = command.args(["--installations", "20", "--seed", seed]).output().unwrap();
        assert!(made.status.success(), "{made:?}");
    };
    let synthetic = |totals: &Value| -> u64 {
        let components = totals["products"]["quarry"].as_object().unwrap();
        components.values().map(|component| component["synthetic"].as_u64().unwrap()).sum()
    };
    let until = |collector: &Collector, holds: &dyn Fn(u64) -> bool| {
        let start = std::time::Instant::now();
        while !holds(synthetic(&collector.get("/api/totals.json"))) {
            assert!(start.elapsed().as_secs() < 60, "waited in vain");
            std::thread::yield_now();
        }
    };
    simulate("1");
    let collector = Collector::on(home);
    collector.post(1);
    until(&collector, &|events| events > 0);
    let cleared = collector.ask("erase", &["--product", "quarry", "--synthetic"]);
    assert!(
        done(&cleared).contains("logged") && text(&cleared.stderr).contains("the rest stays"),
        "{cleared:?}"
    );
    until(&collector, &|events| events == 0);
    collector.totals(1);

    let home = collector.stop();
    let mut command = aboveboard(home.path());
    command.args(["--manifest", "telemetry.toml", "simulate", "--data", "data", "--days", "3"]);
    assert!(command.args(["--installations", "20", "--seed", "2"]).output().unwrap().status.success());
    let collector = Collector::on(home);
    until(&collector, &|events| events > 0);
    let home = collector.stop();
    let id = sender::installation("quarry", 1).to_string();
    for arguments in [&["--product", "quarry", "--synthetic"][..], &["--product", "quarry", &id]] {
        let cleared = still(home.path(), "erase", arguments);
        assert!(text(&cleared.stderr).contains("when one starts"), "{cleared:?}");
    }
    let collector = Collector::on(home);
    until(&collector, &|events| events == 0);
    collector.totals(0);
}

#[test]
fn an_operator_is_told_what_an_erasure_takes() {
    let collector = Collector::new();
    collector.push();
    collector.post(1);
    collector.totals(1);
    let erase = |number: u64| {
        let id = sender::installation("quarry", number).to_string();
        collector.ask("erase", &["--product", "quarry", &id])
    };
    let known = erase(1);
    let answer: Value = serde_json::from_str(&done(&known)).unwrap();
    assert!(answer["first"].is_string() && answer["first"] == answer["last"], "{known:?}");
    let said = text(&known.stderr);
    assert!(said.contains("was seen from") && said.contains("collector backup"), "{said}");
    let unknown = erase(2);
    assert!(text(&unknown.stderr).contains("Nothing of it is counted"), "{unknown:?}");
    collector.totals(0);
}

#[test]
fn an_import_takes_what_comes_through_a_pipe_on_stdin() {
    use std::io::Write as _;
    let collector = Collector::new();
    collector.push();
    let mut command = aboveboard(collector.home());
    command.args(["collector", "import", "--config", "c.toml", "-"]);
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut importing = command.spawn().unwrap();
    let lines: String = (1..4).map(|number| Collector::handed_over(number, "localhost")).collect();
    importing.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let receipts = done(&importing.wait_with_output().unwrap());
    assert_eq!(receipts.lines().count(), 3, "{receipts}");
    collector.totals(3);
}
