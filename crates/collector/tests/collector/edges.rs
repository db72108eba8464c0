//! Counts: what a sender says beyond their edges goes no further, and no single number decides a total.

use crate::test_collector::{MANIFEST, TestCollector, batch_of, is_in_a_file, now};

#[test]
fn nothing_finer_than_an_edge_reaches_the_log_the_store_or_the_page() {
    let collector = TestCollector::new();
    // `views` and `roles` travel as their edges, `tables` is exact and `remote-schemas` has none. So many digits stand in no id or time by
    // chance.
    let counts = r#"{"tables":4711,"views":733173319,"roles":24,"event-triggers":0,"remote-schemas":1999}"#;
    let body = report(1, counts);
    let answer = collector.post(&body);
    assert_eq!(answer.status, 202, "{}", answer.text());
    let receipt: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(receipt["accepted"], 1, "the report counts, as its edges");
    let data = collector.directory.path();
    assert!(is_in_a_file(data, "\"tables\":4711") && is_in_a_file(data, "\"views\":1000"), "the log");
    assert!(!is_in_a_file(data, "733173319") && !is_in_a_file(data, "\"roles\":24"));
    // Whoever sends edges has the same in the log as was sent.
    let honest = report(2, r#"{"tables":3,"views":10,"roles":25,"event-triggers":5,"remote-schemas":2}"#);
    assert_eq!(collector.post(&honest).status, 202);
    assert!(is_in_a_file(data, std::str::from_utf8(&honest).unwrap()));
    collector.settled();
    let table = collector.get("/api/tables/counts.json?product=quarry&show=all");
    let table: serde_json::Value = serde_json::from_slice(&table.body).unwrap();
    let rows = table["rows"].as_array().unwrap();
    let row = |count: &str, band: &str| {
        rows.iter().find(|row| row["count"] == count && row["band"] == band).unwrap()
    };
    for (count, band) in [
        ("tables", "1,000+"),
        ("tables", "1–9"),
        ("views", "1,000+"),
        ("views", "10–99"),
        ("roles", "5–24"),
        ("roles", "25–99"),
        ("event-triggers", "0"),
        ("event-triggers", "5–24"),
    ] {
        assert_eq!(row(count, band)["installations"], 1, "{count} {band}");
    }
    assert_eq!(row("tables", "all")["total"], 6, "the larger one weighs as much as the other");
    assert_eq!(row("views", "all")["total"], serde_json::Value::Null, "edges have no sum");
    assert_eq!((&row("views", "all")["median"], &row("views", "all")["p90"]), (&10.into(), &1000.into()));
    let page = collector.get("/?product=quarry&show=all").text();
    assert!(page.contains("half have 99 or fewer, at least one in ten has 1,000 or more"), "{page}");
    assert!(!page.contains("733,173,319") && page.contains("at least 6 in all"));
    let rows = collector.get("/api/rows.jsonl?product=quarry&show=all").text();
    assert!(rows.contains("\"views\":1000") && !rows.contains("733173319"), "{rows}");
    assert!(!is_in_a_file(data, "733173319"));
}

#[test]
fn one_report_of_any_number_adds_no_more_to_a_total_than_the_next_one() {
    let collector = TestCollector::new();
    for number in 1..=20 {
        assert_eq!(collector.post(&report(number, r#"{"tables":3,"remote-schemas":2}"#)).status, 202);
    }
    let largest = (1_u64 << 53) - 1;
    let made_up = report(21, &format!(r#"{{"tables":{largest},"remote-schemas":{largest}}}"#));
    assert_eq!(collector.post(&made_up).status, 202);
    collector.settled();
    let table = collector.get("/api/tables/counts.json?product=quarry&show=all");
    let table: serde_json::Value = serde_json::from_slice(&table.body).unwrap();
    let all = |count: &str| {
        let rows = table["rows"].as_array().unwrap();
        rows.iter().find(|row| row["count"] == count && row["band"] == "all").unwrap().clone()
    };
    assert_eq!((&all("tables")["installations"], &all("tables")["total"]), (&21.into(), &63.into()));
    assert_eq!((&all("remote-schemas")["total"], &all("remote-schemas")["p90"]), (&42.into(), &2.into()));
    assert!(
        !is_in_a_file(collector.directory.path(), &largest.to_string()),
        "it is recorded as the largest number"
    );
}

/// A server's report.
fn report(number: u64, counts: &str) -> Vec<u8> {
    let batch = String::from_utf8(batch_of("quarry", MANIFEST, number, number)).unwrap();
    let (head, _) = batch.split_once("\"events\":").unwrap();
    let head = head.replace("\"cli\"", "\"server\"");
    let event = format!("{{\"name\":\"report\",\"time\":{},\"counts\":{counts}}}", now());
    format!("{head}\"events\":[{event}],\"outcomes\":{{}}}}").into_bytes()
}
