//! Reports: when they come, what they hold, and whose turn it is.

use std::io::Write as _;
use std::process::Stdio;

use aboveboard_types::declaration::Component;
use aboveboard_types::event::{Cells, EventKind, Timing, TimingCell};

use super::relay::{Relay, Server, WANTS, report_of};

const QUERY: &str =
    r#"{"timing":"requests","kind":{"operation":"query"},"took":12.5,"parts":{"database":3.25}}"#;

#[test]
fn a_server_reports_at_its_start_and_again_after_an_interval_what_its_host_counted_then() {
    let server = Server::reporting_every(2);
    let mut relay = server.relay();
    relay.answer(3);
    let (report, first) = server.await_report();
    assert_eq!(first.envelope.header.component, Component::Server);
    assert_eq!(first.envelope.header.version.to_string(), "2.1.0");
    let cells: Vec<_> = report.counts.iter().map(|count| (count.name, count.cells.clone())).collect();
    assert_eq!(cells, [("tables", Cells::One(3)), ("rules", Cells::By(vec![("read", 2), ("write", 1)]))]);
    assert_eq!(report.timings, None, "nothing was measured");

    relay.answer(4);
    let (report, second) = server.await_report();
    assert_eq!(report.counts[0].cells, Cells::One(4));
    assert_eq!(first.envelope.installation, second.envelope.installation);
    relay.close();
}

#[test]
fn the_link_names_the_installation_that_the_collector_knows() {
    let server = Server::reporting_every(60);
    let mut relay = server.relay();
    let link = relay.line();
    relay.answer(1);
    let (_, batch) = server.await_report();
    let id = batch.envelope.installation.to_string();
    assert!(link.starts_with(&format!(r#"{{"link":"{id};2.1.0;"#)), "{link}");
    relay.close();
}

#[test]
fn timings_are_sums_since_the_start_and_begin_anew_under_another_tag() {
    let server = Server::reporting_every(1);
    let mut relay = server.relay();
    relay.say(QUERY);
    relay.say(QUERY);
    relay.answer(1);
    let (report, _) = server.await_report();
    let first = report.timings.unwrap();
    assert_eq!(first.of, [sums(2, 25, 6)]);

    // The sums go on under the tag.
    relay.say(QUERY);
    relay.answer(1);
    let (report, _) = server.await_report();
    let second = report.timings.unwrap();
    assert_eq!((second.run, &second.of[..]), (first.run, &[sums(3, 37, 9)][..]));
    relay.kill();

    let mut relay = server.relay();
    relay.say(QUERY);
    relay.answer(1);
    let (report, _) = server.await_report();
    let anew = report.timings.unwrap();
    assert_ne!(anew.run, first.run);
    assert_eq!(anew.of, [sums(1, 12, 3)], "right after a restart");
    relay.close();
}

fn sums(count: u64, total: u64, database: u64) -> Timing<'static> {
    let cell = TimingCell {
        kind: vec![("operation", "query")],
        from: 5,
        count,
        total,
        parts: vec![("database", database)],
    };
    Timing { name: "requests", cells: vec![cell] }
}

#[test]
fn where_the_host_withholds_its_counts_there_is_no_report_and_events_leave_all_the_same() {
    let server = Server::reporting_every(2);
    let mut relay = server.relay();
    relay.say(r#"{"event":"migrated","fields":{"worked":true}}"#);
    // Asked twice, so one report is left out for good.
    relay.await_line(WANTS);
    relay.await_line(WANTS);
    let batch = server.collector.await_batch();
    assert_eq!(batch.envelope.header.component, Component::Server);
    assert!(matches!(&batch.events[..], [event] if matches!(event.kind, EventKind::Declared(_))));
    relay.close();
    assert_eq!(server.collector.batches().iter().flat_map(|batch| &batch.events).find_map(report_of), None);
}

#[test]
fn a_host_that_reads_nothing_may_send_its_counts_when_it_likes() {
    let server = Server::reporting_every(2);
    let mut child =
        server.command().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"{\"relay\":1}\n{\"counts\":{\"tables\":9}}\n").unwrap();
    let (report, _) = server.await_report();
    assert_eq!(report.counts.len(), 1, "what was not counted is not reported");
    assert_eq!(report.counts[0].cells, Cells::One(9));
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn with_explain_it_says_what_it_may_do_what_was_wrong_and_what_became_of_a_batch() {
    let server = Server::reporting_every(60);
    let mut relay = Relay::start(server.command().arg("--explain").stdin(Stdio::piped()));
    relay.say(r#"{"counts":{"tables":3,"secrets":1}}"#);
    relay.say(r#"{"begin":"init","run":1}"#);
    relay.answer(1);
    let (_, batch) = server.await_report();
    // The end waits for what is under way: here for the receipt.
    let said = relay.close();
    for line in [
        "telemetry is on, by manifest",
        "line 2: not what this manifest counts",
        "line 3: only for a relay without --server",
        &format!("batch {}: acknowledged", batch.envelope.batch),
    ] {
        assert!(said.lines().any(|said| said == line), "{line} is not in: {said}");
    }
    assert!(!said.contains("secrets") && !said.contains("init"));
}

#[test]
fn what_is_not_declared_is_counted_and_goes_no_further() {
    let server = Server::reporting_every(60);
    let mut relay = server.relay();
    for line in [
        r#"{"counts":{"tables":3,"secrets":1}}"#,
        r#"{"timing":"requests","kind":{"operation":"drop table"},"took":1}"#,
        r#"{"event":"stolen"}"#,
    ] {
        relay.say(line);
    }
    relay.answer(1);
    let (report, batch) = server.await_report();
    assert_eq!(report.timings, None);
    assert!(batch.body.contains(r#""outcomes":{"undeclared":3}"#), "{}", batch.body);
    relay.close();
}

#[test]
fn two_replicas_on_one_directory_are_one_installation_and_report_once() {
    let server = Server::reporting_every(3_600);
    let mut replicas = [server.relay(), server.relay()];
    // Both are about to report when the host counts.
    for replica in &replicas {
        replica.await_line(WANTS);
    }
    for replica in &mut replicas {
        replica.count(5);
    }
    let (_, batch) = server.await_report();
    // An event that is recorded afterwards arrives, and no second report with it or before it.
    for replica in &mut replicas {
        replica.say(r#"{"event":"migrated","fields":{"worked":true}}"#);
    }
    for replica in replicas {
        replica.close();
    }
    let mut later = server;
    later.set("LARDER_TELEMETRY_DELIVER", "1");
    let relay = later.relay();
    let mut events = 0;
    while events < 2 {
        let again = later.collector.await_batch();
        assert_eq!(again.envelope.installation, batch.envelope.installation);
        assert!(again.events.iter().all(|event| report_of(event).is_none()));
        events += again.events.len();
    }
    relay.close();
}

#[test]
fn a_host_that_writes_nothing_but_mistakes_drives_no_event_out_of_the_spool() {
    let server = Server::reporting_every(3_600);
    let mut relay = server.relay();
    relay.await_line(WANTS);
    relay.say(r#"{"event":"migrated","fields":{"worked":true}}"#);
    for _ in 0..100_000 {
        relay.say(r#"{"event":"stolen"}"#);
    }
    relay.count(1);
    let (_, batch) = server.await_report();
    relay.close();
    assert_eq!(batch.events.len(), 2, "the report, and the event that came first");
    let mut rest = server;
    rest.set("LARDER_TELEMETRY_PERIOD", "1");
    let mut relay = rest.relay();
    relay.answer(2);
    let (_, second) = rest.await_report();
    relay.close();
    let drops: u64 = [&batch, &second].iter().map(|batch| drops(&batch.body)).sum();
    assert_eq!(drops, 100_000);
}

fn drops(body: &str) -> u64 {
    let number = body.split(r#""undeclared":"#).nth(1).unwrap_or_default();
    number.split(|digit: char| !digit.is_ascii_digit()).next().unwrap_or_default().parse().unwrap_or(0)
}
