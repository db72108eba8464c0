//! The truth table of consent on the real programs: every source, alone and in pairs, on quarry's CLI, its server and its
//! console. A program that is off leaves no file and prints no line.

use std::fs::File;
use std::path::PathBuf;
use std::process::Command;

use harness::home::Home;
use harness::process::Process;
use harness::rounds;
use serde_json::Value;

use crate::truth_table::{Expected, SourcePaths, SourceValue, Table, give};
use crate::world::{SECRET, World};

/// Nothing listens there, and nothing is delivered in the first hour.
const CLOSED: &str = "http://127.0.0.1:9";

/// A home in which telemetry works unless a source turns it off.
fn home() -> Home {
    Home::new()
        .endpoint(CLOSED)
        .with("QUARRY_ADMIN_SECRET", SECRET)
        .with("QUARRY_TELEMETRY_PERIOD", "3600")
        .with("QUARRY_TELEMETRY_FIRST_DELAY", "0")
}

/// quarry's CLI with the values of consent sources.
fn cli(home: &Home, arguments: &[&str], values: &[SourceValue]) -> Command {
    let mut command = home.quarry(arguments);
    let config = home.path().join(".config/quarry");
    let off_d = home.path().join("off.d");
    let file = config.join("config.json");
    let answer = config.join("consent");
    give(
        &mut command,
        values,
        &SourcePaths { config: &file, answer: &answer, off_d: &off_d, endpoint: CLOSED },
    );
    command
}

/// The files below a home that the programs made, sorted.
fn left(home: &Home) -> Vec<PathBuf> {
    let placed = ["home/.config/quarry/config.json", "home/.config/quarry/consent", "home/off.d/quarry"];
    let placed = |file: &PathBuf| placed.iter().any(|known| file.ends_with(known));
    home.files().into_iter().filter(|file| !placed(file)).collect()
}

/// Every file below a home with its bytes.
fn contents(home: &Home) -> Vec<(PathBuf, Vec<u8>)> {
    let read =
        |file: PathBuf| (file.clone(), std::fs::read(home.path().join("..").join(file)).expect("a file"));
    left(home).into_iter().map(read).collect()
}

/// What `status` says of mode and reason.
fn mode_and_reason(status: &Value) -> (String, String) {
    let text = |key: &str| status[key].as_str().unwrap_or_default().to_owned();
    (text("mode"), text("because"))
}

/// Runs a command in an empty home and checks its output, its files and what `status` says.
fn check_cli(table: &Table, values: &[SourceValue]) -> Expected {
    let expected = table.expected("ask", values);
    let home = home();
    let output = cli(&home, &["version"], values).output().expect("quarry runs");
    assert!(output.status.success() && output.stderr.is_empty(), "{values:?}: {output:?}");
    assert!(output.stdout.starts_with(b"quarry "), "{values:?}: {output:?}");
    assert_eq!(home.state().join("spool").exists(), expected.records(), "{values:?}: {:?}", home.files());
    if !expected.records() {
        assert_eq!(left(&home), Vec::<PathBuf>::new(), "{values:?}");
    }
    let mut status = cli(&home, &["telemetry", "status", "--json"], values);
    let status = status.output().expect("quarry runs");
    let document: Value = serde_json::from_slice(&status.stdout).expect("a status");
    assert_eq!(
        mode_and_reason(&document),
        (expected.mode.clone(), expected.because.clone()),
        "{values:?}: {document}"
    );
    expected
}

#[test]
fn every_source_alone_with_every_text_decides_for_the_cli_as_the_table_says() {
    let table = Table::read();
    let mut on = 0;
    let mut off = 0;
    assert_eq!(check_cli(&table, &[]).mode, "undecided");
    for value in table.alone("ask") {
        let expected = check_cli(&table, &[value]);
        *if expected.records() { &mut on } else { &mut off } += 1;
    }
    assert!(on > 20 && off > 60, "the table has shrunk: {on} on, {off} off");
}

#[test]
fn torture_every_two_sources_decide_for_the_cli_as_the_table_says() {
    let table = Table::read();
    for pair in slice(table.pairs("ask"), 130) {
        let expected = check_cli(&table, &pair);
        for value in pair {
            let alone = table.expected("ask", std::slice::from_ref(&value));
            assert!(
                alone.mode != "off" || expected.mode == "off",
                "{value:?} alone turns it off: {expected:?}"
            );
        }
    }
}

#[test]
fn turning_off_deletes_what_was_recorded_where_the_table_says_so_and_else_touches_nothing() {
    let table = Table::read();
    for value in table.words_alone("ask") {
        let expected = table.expected("ask", std::slice::from_ref(&value));
        if expected.mode != "off" {
            continue;
        }
        let home = home();
        let mut yes = home.quarry(&["version"]);
        assert!(yes.env("QUARRY_ENABLE_TELEMETRY", "true").output().expect("quarry runs").status.success());
        let before = contents(&home);
        assert!(!before.is_empty(), "nothing was recorded to begin with");
        let output = cli(&home, &["version"], std::slice::from_ref(&value)).output().expect("quarry runs");
        assert!(output.status.success() && output.stderr.is_empty(), "{value:?}: {output:?}");
        let remaining = if expected.deletes { Vec::new() } else { before };
        assert_eq!(contents(&home), remaining, "{value:?}");
    }
}

/// A running server of quarry with the values of consent sources, and its log.
struct Server {
    home: Home,
    process: Process,
    address: String,
}

impl Server {
    fn start(home: Home, values: &[SourceValue]) -> Self {
        let mut command = home.program(harness::binary("quarry-server"));
        let config = home.path().join("server.json");
        std::fs::write(&config, "{}").expect("a config file");
        command.args(["--listen", "127.0.0.1:0", "--data"]).arg(home.data()).arg("--config").arg(&config);
        let answer = home.data().join("consent");
        let off_d = home.path().join("off.d");
        give(
            &mut command,
            values,
            &SourcePaths { config: &config, answer: &answer, off_d: &off_d, endpoint: CLOSED },
        );
        command.env("QUARRY_TELEMETRY_TOKEN", "t0ken");
        command.stderr(File::create(home.path().join("log")).expect("a log"));
        let mut process = Process::start(&mut command);
        let address = process.await_line("listening");
        Self { home, process, address }
    }

    fn json(&self, path: &str) -> Value {
        let request = ureq::get(format!("{}{path}", self.address));
        let mut reply = request.header("authorization", "Bearer t0ken").call().expect("an answer");
        serde_json::from_str(&reply.body_mut().read_to_string().expect("a text")).expect("JSON")
    }

    /// Ends it and returns its log.
    fn end(mut self) -> (Home, String) {
        assert_eq!(self.process.terminate(), Some(0));
        let log = std::fs::read_to_string(self.home.path().join("log")).expect("its log");
        (self.home, log)
    }
}

/// Starts a server on an empty data directory and checks its status, its console's config, its log and its files.
fn check_server(table: &Table, values: &[SourceValue]) {
    let mut expected = table.expected("notice", values);
    if expected.mode == "undecided" {
        // It shows its notice at once, and the first delay is zero here.
        expected.mode = "on".to_owned();
        expected.because = "manifest".to_owned();
    }
    let server = Server::start(home(), values);
    let status = server.json("/telemetry/status");
    assert_eq!(
        mode_and_reason(&status),
        (expected.mode.clone(), expected.because.clone()),
        "{values:?}: {status}"
    );
    let page = server.json("/telemetry/config");
    assert_eq!(page["mode"] == "on", table.may_report(&expected.mode), "{values:?}: {page}");
    let (home, log) = server.end();
    assert_eq!(log.contains("Quarry sends usage data to "), expected.mode == "on", "{values:?}: {log}");
    assert_eq!(home.data().join("telemetry/secret").exists(), expected.records(), "{values:?}");
    if !expected.records() {
        assert_eq!(log, "", "{values:?}");
        let is_of_telemetry =
            |file: &PathBuf| file.starts_with("data/telemetry") || file.ends_with("consent");
        let given = values.iter().filter(|value| value.source == "answer").count();
        assert_eq!(home.files().into_iter().filter(is_of_telemetry).count(), given, "{values:?}");
    }
}

#[test]
fn every_source_alone_decides_for_the_server_and_its_console_as_the_table_says() {
    let table = Table::read();
    check_server(&table, &[]);
    for value in table.words_alone("notice") {
        check_server(&table, &[value]);
    }
}

#[test]
fn torture_every_two_sources_decide_for_the_server_and_its_console_as_the_table_says() {
    let table = Table::read();
    for pair in slice(table.pairs("notice"), 24) {
        check_server(&table, &pair);
    }
}

/// Starts a console that the CLI serves for a server whose telemetry is on.
fn check_console(table: &Table, server: &str, values: &[SourceValue]) {
    let expected = table.expected("ask", values);
    let home = home();
    let mut command = cli(&home, &["--endpoint", server, "console", "--port", "0"], values);
    command.stderr(File::create(home.path().join("log")).expect("a log"));
    let mut process = Process::start(&mut command);
    let address = process.await_line("console").trim_end_matches('/').to_owned();
    let mut page = ureq::get(format!("{address}/telemetry/config")).call().expect("an answer");
    let page: Value = serde_json::from_str(&page.body_mut().read_to_string().expect("a text")).expect("JSON");
    assert_eq!(page["mode"] == "on", table.may_report(&expected.mode), "{values:?}: {page}");
    // Posted regardless of the mode, as by a page that has not read the config yet.
    let body = r#"{"session":"10000000-1000-4000-8000-100000000000","events":[{"route":"/","action":"table_tracked"}]}"#;
    let reply = ureq::post(format!("{address}/telemetry/events"))
        .header("content-type", "application/json")
        .header("origin", &address)
        .header("aboveboard-token", page["token"].as_str().unwrap_or("guessed"))
        .config()
        .http_status_as_error(false)
        .build()
        .send(body)
        .expect("an answer");
    assert_eq!(reply.status() == 204, expected.records(), "{values:?}: {reply:?}");
    assert_eq!(process.terminate(), Some(0), "{values:?}");
    assert_eq!(std::fs::read_to_string(home.path().join("log")).expect("its log"), "", "{values:?}");
    let left: Vec<_> = left(&home).into_iter().filter(|file| !file.ends_with("log")).collect();
    assert_eq!(!left.is_empty(), expected.records(), "{values:?}: {left:?}");
}

#[test]
fn every_source_alone_decides_for_the_console_of_the_cli_as_the_table_says() {
    let table = Table::read();
    let world = World::new();
    let (_server, address) = world.server(&[], &[]);
    check_console(&table, &address, &[]);
    for value in table.words_alone("ask") {
        check_console(&table, &address, &[value]);
    }
}

#[test]
fn torture_every_two_sources_decide_for_the_console_of_the_cli_as_the_table_says() {
    let table = Table::read();
    let world = World::new();
    let (_server, address) = world.server(&[], &[]);
    for pair in slice(table.pairs("ask"), 24) {
        check_console(&table, &address, &pair);
    }
}

/// A seeded sample of `few`, or all of them under torture.
fn slice<T>(all: Vec<T>, few: usize) -> Vec<T> {
    let wanted = rounds(few, all.len());
    let mut seed = 0x5eed_u64;
    let mut taken: Vec<(u64, T)> = all
        .into_iter()
        .map(|one| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33, one)
        })
        .collect();
    taken.sort_by_key(|(order, _)| *order);
    taken.truncate(wanted);
    taken.into_iter().map(|(_, one)| one).collect()
}
