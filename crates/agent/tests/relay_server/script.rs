//! `record --counts`: a server's job that runs once a day, and no relay.

use std::process::{Command, Output};

use aboveboard_types::event::Cells;

use super::relay::{AGENT, Server, manifest};

fn record(server: &Server, more: &[&str]) -> Output {
    let counts = ["--counts", "tables=3", "--counts", "rules.read=2", "--counts", "rules.write=1"];
    let mut command = Command::new(AGENT);
    server.equip(&mut command).args(["--manifest", manifest(), "record"]).args(counts).args(more);
    command.output().unwrap()
}

fn deliver(server: &Server, more: &[&str]) -> Output {
    let mut command = Command::new(AGENT);
    server.equip(&mut command).args(["--manifest", manifest(), "deliver", "--explain", "--directory"]);
    command.arg(server.path()).args(more).output().unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_job_shows_the_notice_waits_for_the_first_delay_and_then_reports_once_an_interval() {
    let mut server = Server::reporting_every(3_600);
    server.set("LARDER_TELEMETRY_FIRST_DELAY", "3600");
    let first = said(&record(&server, &["--explain"]));
    assert!(
        first.contains("Larder sends usage data to") && first.contains("nothing is recorded before"),
        "{first}"
    );
    assert_eq!(server.files(), ["agreed", "consent"]);
    assert_eq!(said(&deliver(&server, &[])), "nothing is recorded\n");

    server.set("LARDER_TELEMETRY_FIRST_DELAY", "0");
    let second = said(&record(&server, &["--explain"]));
    assert!(second.ends_with("aboveboard: recorded\n"), "{second}");
    let why = said(&deliver(&server, &[]));
    assert_eq!(why, "1 batch sent\n");
    let (report, _) = server.await_report();
    assert_eq!(report.counts[0].cells, Cells::One(3));
    assert_eq!(report.counts[1].cells, Cells::By(vec![("read", 2), ("write", 1)]));
    let third = said(&record(&server, &["--explain"]));
    assert!(
        third.ends_with("aboveboard: not recorded: there was a report within this interval\n"),
        "{third}"
    );
    // Whoever reports is one installation with the relay.
    let relay = server.relay();
    assert!(relay.line().starts_with(r#"{"link":""#));
    relay.close();
    assert!(server.collector.batches().is_empty());
}

#[test]
fn a_job_that_is_off_makes_nothing_and_says_nothing_unless_asked() {
    let server = Server::reporting_every(1);
    assert_eq!(said(&record(&server, &["--enable-telemetry=flase"])), "");
    let why = said(&record(&server, &["--enable-telemetry=flase", "--explain"]));
    assert_eq!(why, "aboveboard: not recorded: telemetry is off, by flag\n");
    assert_eq!(deliver(&server, &["--enable-telemetry=flase"]).status.code(), Some(3));
    assert_eq!(server.files(), Vec::<String>::new());
    assert!(server.collector.batches().is_empty());
}

#[test]
fn a_job_with_a_mistake_in_it_fails_where_it_is_seen() {
    let server = Server::reporting_every(1);
    let output = record(&server, &["--counts", "hunter2=1"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("tables, rules.read, rules.write") && !said.contains("hunter2"), "{said}");
}
