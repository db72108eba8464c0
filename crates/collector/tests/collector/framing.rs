//! Requests that a proxy in front may read in another way, and what a browser is told.

use std::io::Write as _;

use crate::test_collector::{TestCollector, batch, connect, exchange, read_answer};

#[test]
fn what_can_be_read_in_two_ways_is_refused_and_closes_on_every_route() {
    let collector = TestCollector::new();
    let body = String::from_utf8(batch(1)).unwrap();
    let length = body.len();
    let json = "content-type: application/json\r\naboveboard-key: qk_pub_quarry\r\n";
    let host = "host: localhost\r\n";
    for route in ["/v1/batch", "/v1/erase", "/healthz", "/nowhere", "/"] {
        let post = |headers: &str| {
            format!("POST {route} HTTP/1.1\r\n{headers}content-length: {length}\r\n\r\n{body}")
        };
        for (what, request) in [
            ("two hosts", post(&format!("{host}{json}host: evil.example\r\n"))),
            ("the same host twice", post(&format!("{host}{host}{json}"))),
            ("no host", post(json)),
            ("an empty host", post(&format!("host:\r\n{json}"))),
            ("a host with a user", post(&format!("host: user@localhost\r\n{json}"))),
            ("a host with a path", post(&format!("host: localhost/x\r\n{json}"))),
            ("two hosts in one line", post(&format!("host: localhost, evil.example\r\n{json}"))),
            ("two content types", post(&format!("{host}{json}content-type: application/json\r\n"))),
            ("two keys", post(&format!("{host}{json}aboveboard-key: qk_pub_quarry\r\n"))),
            ("two clocks", post(&format!("{host}{json}aboveboard-sent-at: 1\r\naboveboard-sent-at: 2\r\n"))),
            ("two batch ids", post(&format!("{host}{json}aboveboard-batch: 1\r\naboveboard-batch: 1\r\n"))),
            ("two proofs", post(&format!("{host}{json}aboveboard-proof: 1\r\naboveboard-proof: 1\r\n"))),
            ("two tokens", post(&format!("{host}{json}authorization: a\r\nauthorization: a\r\n"))),
            ("the same length twice", post(&format!("{host}{json}Content-Length: {length}\r\n"))),
            ("two lengths", post(&format!("{host}{json}content-length: 1\r\n"))),
            (
                "an absolute target of this host",
                post(&format!("{host}{json}")).replace(route, &format!("http://localhost{route}")),
            ),
            (
                "an absolute target of another host",
                post(&format!("{host}{json}")).replace(route, &format!("http://evil.example{route}")),
            ),
        ] {
            let mut stream = connect(collector.address());
            let _ = stream.write_all(request.as_bytes());
            let answer = read_answer(&mut stream).expect(what);
            assert_eq!(answer.status, 400, "{route}, {what}: {answer:?}");
            assert!(read_answer(&mut stream).is_none(), "{route}, {what}: still open");
        }
    }
    for request in [
        "OPTIONS * HTTP/1.1\r\nhost: localhost\r\n\r\n",
        "CONNECT localhost:80 HTTP/1.1\r\nhost: localhost:80\r\n\r\n",
        "GET http://localhost/healthz HTTP/1.1\r\nhost: localhost\r\n\r\n",
        "GET http://localhost/healthz HTTP/1.0\r\n\r\n",
    ] {
        assert_eq!(exchange(collector.address(), request.as_bytes()).status, 400, "{request}");
    }
    collector.settled();
    assert_eq!(collector.metric("batches_acknowledged_total"), 0);
    assert!(collector.metric("requests_refused_total{reason=\"ambiguous\"}") > 60);
    assert_eq!(exchange(collector.address(), b"GET /healthz HTTP/1.0\r\n\r\n").status, 200);
}

#[test]
fn every_answer_of_page_and_api_keeps_other_sites_out() {
    let collector = TestCollector::new();
    for path in [
        "/",
        "/?product=nonsense&x",
        "/assets/page.css",
        "/api/tables.json",
        "/api/tables/commands.csv",
        "/api/totals.json",
        "/api/rows.csv?product=quarry",
        "/api/rows.jsonl?product=none",
        "/api/live",
        "/v1/manifest/quarry",
        "/metrics",
        "/healthz",
        "/openapi.json",
        "/nowhere",
    ] {
        let answer = collector.get(path);
        for (name, value) in [
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}: {}", answer.head);
            let lines = answer.head.lines().filter(|line| line.to_ascii_lowercase().starts_with(name));
            assert_eq!(lines.count(), 1, "{path}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}");
    }
}

#[test]
fn a_page_of_another_site_reads_nothing_and_a_link_still_opens_the_page() {
    let collector = TestCollector::new();
    let ask = |path: &str, headers: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n");
        exchange(collector.address(), request.as_bytes())
    };
    let fetch = |site: &str, mode: &str, dest: &str| {
        format!("sec-fetch-site: {site}\r\nsec-fetch-mode: {mode}\r\nsec-fetch-dest: {dest}\r\n")
    };
    let paths = [
        "/",
        "/api/totals.json",
        "/api/tables/commands.csv",
        "/api/rows.csv?product=quarry",
        "/assets/page.css",
    ];
    for path in paths {
        for site in ["cross-site", "same-site"] {
            for (mode, dest) in
                [("no-cors", "image"), ("no-cors", "script"), ("cors", "empty"), ("navigate", "iframe")]
            {
                let answer = ask(path, &fetch(site, mode, dest));
                assert_eq!(
                    (answer.status, answer.reason().as_str()),
                    (403, "cross-site"),
                    "{path} {site} {mode}"
                );
            }
        }
        assert_eq!(ask(path, "origin: https://evil.example\r\n").status, 403, "{path}");
        assert_eq!(ask(path, &fetch("same-origin", "cors", "empty")).status, 200, "{path}");
        assert_eq!(ask(path, &fetch("none", "navigate", "document")).status, 200, "{path}");
        assert_eq!(ask(path, "").status, 200, "{path}");
    }
    let link = fetch("cross-site", "navigate", "document");
    assert_eq!(ask("/", &link).status, 200);
    assert_eq!(ask("/api/totals.json", &link).status, 403);
}
