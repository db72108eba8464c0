//! A refusal repeats what the headers of the request named, whoever refused and whether or not the body was read.

use crate::test_collector::{Answer, TestCollector, batch, exchange};
use aboveboard_testkit::sender;

const BATCH: &str = "4e200001-1111-8111-8111-000000000001";
const INSTALLATION: &str = "22222222-2222-8222-8222-222222222222";

fn named(answer: &Answer, member: &str) -> Option<String> {
    let problem: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert!(!answer.reason().is_empty());
    problem.get(member).map(|id| id.as_str().unwrap().to_owned())
}

/// A request with this head after the usual lines, and this body.
fn ask(collector: &TestCollector, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
    let head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n");
    exchange(collector.address(), &[head.as_bytes(), body].concat())
}

#[test]
fn every_refusal_of_a_batch_repeats_its_id_even_of_a_body_that_was_not_read() {
    let full = TestCollector::with(|config| config.log.free = u64::MAX);
    let slow = TestCollector::with(|config| {
        config.rate.prefix_per_second = 1;
        config.rate.prefix_burst = 1;
    });
    let closed = TestCollector::with(|config| config.products.closed = vec!["quarry".to_owned()]);
    let open = TestCollector::new();
    let body = String::from_utf8(batch(1)).unwrap();
    let newer = body.replace("\"revision\":1", "\"revision\":9");
    let other = body.replace("\"quarry\"", "\"mason\"");
    let json = "content-type: application/json\r\n";
    let key = "content-type: application/json\r\naboveboard-key: qk_pub_quarry\r\n";
    let gzip = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
    let brotli = "content-type: application/json\r\ncontent-encoding: br\r\n";
    let cases: Vec<(&TestCollector, &str, &str, Option<usize>, u16)> = vec![
        (&open, json, "nonsense", None, 400),
        (&open, gzip, "nonsense", None, 400),
        (&open, json, &body, None, 422),
        (&open, key, &other, None, 422),
        (&open, key, &newer, None, 503),
        (&open, "content-type: text/plain\r\n", &body, None, 415),
        (&open, brotli, &body, None, 415),
        (&open, json, "", Some(10_000_000), 413),
        (&open, "content-type: application/json\r\ntransfer-encoding: chunked\r\n", "", Some(0), 411),
        (&closed, key, &body, None, 410),
        (&full, key, &body, None, 507),
        (&slow, "content-type: text/plain\r\n", &body, None, 415),
        (&slow, key, "", Some(1_000), 429),
    ];
    for (collector, headers, body, length, status) in cases {
        let length = length.unwrap_or(body.len());
        let length =
            if headers.contains("chunked") { String::new() } else { format!("content-length: {length}\r\n") };
        let proof = sender::proof_line(body.as_bytes());
        let headers = format!("{length}{headers}aboveboard-batch: {BATCH}\r\n{proof}");
        let answer = ask(collector, "POST", "/v1/batch", &headers, body.as_bytes());
        assert_eq!(answer.status, status, "{headers} {}", answer.text());
        assert_eq!(named(&answer, "batch").as_deref(), Some(BATCH), "{headers}");
        assert_eq!(named(&answer, "installation"), None);
    }
    let wrong_method = ask(&open, "PUT", "/v1/batch", &format!("aboveboard-batch: {BATCH}\r\n"), b"");
    assert_eq!((wrong_method.status, named(&wrong_method, "batch").as_deref()), (405, Some(BATCH)));
}

#[test]
fn refusals_of_other_routes_repeat_the_installation() {
    let collector = TestCollector::new();
    let header = format!("aboveboard-installation: {INSTALLATION}\r\n");
    for (path, headers, status) in [
        ("/v1/erase", "content-type: application/json\r\ncontent-length: 2\r\n", 400),
        ("/v1/erase", "content-type: text/plain\r\ncontent-length: 2\r\n", 415),
        ("/v1/erase", "content-type: application/json\r\ncontent-length: 99999999\r\n", 413),
        ("/v1/nowhere", "content-length: 2\r\n", 404),
    ] {
        let answer = ask(&collector, "POST", path, &format!("{headers}{header}"), b"{}");
        assert_eq!(answer.status, status, "{path} {headers}");
        assert_eq!(named(&answer, "installation").as_deref(), Some(INSTALLATION), "{path}");
        assert_eq!(named(&answer, "batch"), None);
    }
}

#[test]
fn what_is_no_id_or_stands_twice_is_not_repeated() {
    let collector = TestCollector::new();
    let values = [
        "",
        "x",
        "<script>",
        "4E200001-1111-8111-8111-000000000001",
        "{4e200001-1111-8111-8111-000000000001}",
    ];
    let mut headers: Vec<String> =
        values.iter().map(|value| format!("aboveboard-batch: {value}\r\n")).collect();
    headers.push(format!("aboveboard-batch: {BATCH}\r\naboveboard-batch: {BATCH}\r\n"));
    for header in headers {
        let header = format!("{header}content-length: 2\r\ncontent-type: application/json\r\n");
        let answer = ask(&collector, "POST", "/v1/batch", &header, b"{}");
        assert_eq!((answer.status, named(&answer, "batch")), (400, None), "{header}");
    }
}
