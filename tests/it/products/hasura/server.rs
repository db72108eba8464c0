//! The server's reports: counts over all data sources, and timings with the tag of a restart.

use std::collections::BTreeSet;
use std::process::Stdio;

use aboveboard_types::id::Id;
use harness::clock::Clock;
use harness::process::Process;
use harness::until;
use serde_json::{Value, json};

use super::installed::{Hasura, VERSION, to};
use crate::products::machine::Seal;
use crate::products::profile::HASURA;
use crate::products::sent;

/// What a server without metadata counts.
fn nothing() -> Value {
    json!({
        "tables": 0, "views": 0, "relationships": {"manual": 0, "automatic": 0},
        "permissions": {"select": 0, "insert": 0, "update": 0, "delete": 0},
        "event-triggers": 0, "remote-schemas": 0, "functions": 0, "actions": 0,
        "sources": {"postgres": 0, "citus": 0, "cockroach": 0, "mssql": 0, "bigquery": 0, "mysql": 0},
    })
}

#[test]
fn row_01_a_fresh_server_reports_ids_version_and_every_count_and_again_after_an_interval() {
    let Some(hasura) = Hasura::new(Seal::Development) else { return };
    let (server, _) = hasura.serve(&[], &[]);
    until("two reports", || (sent::events(&hasura.server_state(), "report").len() >= 2).then_some(()));
    drop(server);
    let batches = sent::batches(&hasura.server_state());
    let ids: BTreeSet<&str> = batches.iter().filter_map(|batch| batch["installation"].as_str()).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert!(ids.iter().all(|id| Id::parse(id).is_some()), "{ids:?}");
    for batch in &batches {
        assert_eq!((&batch["component"], &batch["version"]), (&json!("server"), &json!(VERSION)));
        assert_eq!((&batch["os"], &batch["arch"]), (&json!("linux"), &json!(std::env::consts::ARCH)));
    }
    let reports = sent::events(&hasura.server_state(), "report");
    assert!(reports.iter().all(|report| report["counts"] == nothing()), "{reports:?}");
    let times: Vec<u64> = reports.iter().filter_map(|report| report["time"].as_u64()).collect();
    // Five seconds later, give or take what spreads a fleet, and the second in which a machine is busy.
    assert!((3..20).contains(&(times[1] - times[0])), "{times:?}");
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// By when the first report is due.
const FIRST: i64 = 2 * HOUR + MINUTE;

#[test]
fn row_01_a_release_reports_an_hour_after_its_notice_and_again_a_day_later_with_jitter() {
    let Some(hasura) = Hasura::new(Seal::Release) else { return };
    // The test ends today, by the clock of the collector.
    let clock = Clock::new();
    let start = -28 * HOUR;
    let set = |ahead: i64| clock.set(start + ahead, ahead);
    let begin = || {
        let mut command = hasura.server(&[]);
        let mut server = Process::start(command.envs(clock.variables()).stderr(Stdio::piped()));
        let address = server.await_line("listening");
        (server, address)
    };
    let reports = || sent::events(&hasura.server_state(), "report");
    let time = |report: &Value| report["time"].as_i64().expect("a time");

    set(0);
    let (mut server, address) = begin();
    until("the notice", || header(&address).filter(|link| link == "waiting"));
    assert_eq!(hasura.machine.proxy.connections(), 0);
    // The first delay of an hour, and up to another one that spreads a fleet.
    set(FIRST);
    let first = until("the first report", || reports().first().cloned());
    assert_eq!(first["counts"], nothing());
    assert_eq!(server.terminate(), Some(0));
    let notice = server.errors();
    assert!(notice.contains("and then every day"), "{notice}");

    // It looks once at its start, when the next report is not yet due.
    set(FIRST + 23 * HOUR + 25 * MINUTE);
    let (_server, address) = begin();
    until("a server that records", || header(&address).filter(|link| link.contains(VERSION)));
    set(FIRST + 24 * HOUR + 31 * MINUTE);
    let second = until("the second report", || reports().get(1).cloned());
    let between = time(&second) - time(&first);
    assert!((24 * HOUR - 30 * MINUTE..24 * HOUR + 33 * MINUTE).contains(&between), "{between} seconds");
    let batches = sent::batches(&hasura.server_state());
    assert!(batches.iter().all(|batch| batch["installation"] == batches[0]["installation"]), "{batches:?}");
    assert!(!batches[0]["marks"].to_string().contains("dev"), "{batches:?}");
}

/// What the server says of itself in telemetry.
fn header(address: &str) -> Option<String> {
    let answer = ureq::get(format!("{address}/v1/version")).call().expect("an answer");
    answer.headers().get("aboveboard-server")?.to_str().ok().map(str::to_owned)
}

#[test]
fn row_02_two_data_sources_none_named_default_are_counted_exactly_and_arrive_once() {
    let Some(hasura) = Hasura::new(Seal::Development) else { return };
    let (_server, address) = hasura.serve(&[], &[]);
    let project = hasura.project();
    hasura.succeeds(&to(&address, &["metadata", "apply", "--project", &project]));
    let report = hasura.report("the metadata in a report", |report| report["counts"]["tables"] != 0);
    assert_eq!(
        report["counts"],
        json!({
            "tables": 3, "views": 1, "relationships": {"manual": 1, "automatic": 2},
            "permissions": {"select": 2, "insert": 1, "update": 0, "delete": 0},
            "event-triggers": 5, "remote-schemas": 1, "functions": 1, "actions": 0,
            "sources": {"postgres": 1, "citus": 0, "cockroach": 0, "mssql": 1, "bigquery": 0, "mysql": 0},
        })
    );
    // As many reports are counted as were made, for as many sources as there are.
    let at = report["time"].as_u64().expect("a time");
    let twins = sent::events(&hasura.server_state(), "report");
    assert_eq!(twins.iter().filter(|report| report["time"].as_u64() == Some(at)).count(), 1);
    hasura.machine.assert_nowhere(HASURA, &["chinook", "payroll", "auditor", "countries", "author_id"]);
}

#[test]
fn row_03_requests_are_timed_by_kind_and_their_sums_stay_right_after_a_restart() {
    let Some(hasura) = Hasura::new(Seal::Development) else { return };
    let ask = |address: &str, took: &str, text: &str| {
        let answer = ureq::post(format!("{address}/v1/graphql")).header("took", took).send(text);
        assert!(answer.is_ok(), "{answer:?}");
    };
    let requests = |report: &Value| report["timings"]["requests"].clone();
    let sum = |report: &Value| -> u64 {
        requests(report).as_array().into_iter().flatten().filter_map(|cell| cell["count"].as_u64()).sum()
    };
    let cell = |operation, from, count, io, total| {
        json!({"operation": operation, "locality": "local", "transport": "http",
               "from": from, "count": count, "io": io, "total": total})
    };

    let (mut server, address) = hasura.serve(&[], &[]);
    for took in ["20", "30", "2000"] {
        ask(&address, took, "query { salaries }");
    }
    ask(&address, "3", "mutation { salaries }");
    let first = hasura.report("four requests", |report| sum(report) == 4);
    assert_eq!(
        requests(&first),
        json!([
            cell("query", 10, 2, 50, 52),
            cell("query", 1_000, 1, 2_000, 2_001),
            cell("mutation", 1, 1, 3, 4)
        ])
    );
    // The sums go on under the tag of this start.
    ask(&address, "20", "query { salaries }");
    let second = hasura.report("five requests", |report| sum(report) == 5);
    assert_eq!(second["run"], first["run"]);
    assert_eq!(server.terminate(), Some(0));

    let (_server, address) = hasura.serve(&[], &[]);
    ask(&address, "20", "query { salaries }");
    let anew = hasura
        .report("a report of the next start", |report| report["run"] != first["run"] && sum(report) == 1);
    assert_eq!(requests(&anew), json!([cell("query", 10, 1, 20, 21)]));
    until("both starts together at the collector", || {
        let table = hasura.machine.collector.text("/api/tables/timings.csv?product=hasura-graphql&show=all");
        let counts =
            table.contains(r#""query/local/http","5","#) && table.contains(r#""mutation/local/http","1","#);
        counts.then_some(())
    });
    hasura.machine.assert_nowhere(HASURA, &["salaries"]);
}
