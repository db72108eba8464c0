//! Who is let in as an operator, by what, and what of it is written down.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Instant;

use aboveboard_collector::{Scope, TokenChange, upkeep};

use crate::test_collector::{Answer, TestCollector, batch, exchange_as_stranger};

/// A collector for which nobody has set up a token.
fn unconfigured() -> TestCollector {
    TestCollector::with(|config| config.operator.token_hash = None)
}

fn ask(collector: &TestCollector, method: &str, path: &str, headers: &str, body: &str) -> Answer {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    exchange_as_stranger(collector.address(), request.as_bytes())
}

/// A request through the socket in the data directory.
fn local(collector: &TestCollector, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut socket = upkeep::connect(collector.directory.path()).unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(request.as_bytes()).unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), body.to_owned())
}

/// Makes a token, and the header that states it.
pub(crate) fn make(collector: &TestCollector, name: &str, scope: Scope, product: Option<&str>) -> String {
    let products = product.map(|product| vec![product.to_owned()]);
    let change = TokenChange::Make { name: name.to_owned(), scope, products };
    let (status, body) = local(collector, "POST", "/local/tokens", &serde_json::to_string(&change).unwrap());
    assert_eq!(status, 200, "{body}");
    let made: serde_json::Value = serde_json::from_str(&body).unwrap();
    format!("authorization: Bearer {}\r\n", made["token"].as_str().unwrap())
}

/// Every route of the operator with a request that it would answer.
const ROUTES: [(&str, &str, &str); 13] = [
    ("GET", "/", ""),
    ("GET", "/?show=all", ""),
    ("GET", "/assets/page.css", ""),
    ("GET", "/api/totals.json", ""),
    ("GET", "/api/tables/commands.csv?product=quarry", ""),
    ("GET", "/api/rows.csv?product=quarry&show=all", ""),
    ("GET", "/api/live", ""),
    ("GET", "/metrics/products", ""),
    ("GET", "/api/digest", ""),
    ("GET", "/feed.atom?product=quarry", ""),
    ("GET", "/metrics", ""),
    ("PUT", "/v1/manifest/quarry", crate::test_collector::MANIFEST),
    (
        "POST",
        "/v1/erase",
        "{\"product\":\"quarry\",\"installation\":\"22222222-2222-8222-8222-222222222222\"}",
    ),
];

#[test]
fn who_states_no_token_is_nobody_however_a_proxy_passes_the_request_on() {
    let collectors = [TestCollector::new(), unconfigured()];
    for collector in &collectors {
        let own = collector.address();
        let stranger = |head: &str, body: &str| {
            let length = body.len();
            let head =
                format!("{head}content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}");
            exchange_as_stranger(own, head.as_bytes())
        };
        for (method, path, body) in ROUTES {
            for head in [
                format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n"),
                format!("{method} {path} HTTP/1.1\r\nhost: {own}\r\n"),
                format!("{method} {path} HTTP/1.0\r\nhost: {own}\r\nconnection: close\r\n"),
                format!("{method} {path} HTTP/1.0\r\n"),
                format!("{method} {path} HTTP/1.1\r\nhost: figures.example.org\r\n"),
                format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nx-real-ip: 192.0.2.1\r\n"),
                format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nsec-fetch-site: none\r\n"),
                format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\n"),
                format!("{method} http://{own}{path} HTTP/1.1\r\nhost: {own}\r\n"),
            ] {
                let answer = stranger(&head, body);
                assert!((400..500).contains(&answer.status), "{head}: {answer:?}");
                assert_ne!(answer.status, 429, "{head}");
            }
        }
        for path in ["/local/tokens", "/local/links", "/local/imports"] {
            for method in ["GET", "POST"] {
                let answer = crate::test_collector::exchange(
                    own,
                    format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n")
                        .as_bytes(),
                );
                assert_eq!(answer.status, 404, "only the socket has {path}");
            }
        }
        assert_eq!(stranger("GET /healthz HTTP/1.1\r\nhost: localhost\r\n", "").status, 200);
    }
}

#[test]
fn the_link_of_a_first_start_is_good_once_and_its_cookie_only_looks() {
    assert_eq!(TestCollector::new().first_link(), None, "a token is configured");
    let mut collector = unconfigured();
    let link = collector.first_link().unwrap();
    let path = link.strip_prefix(&format!("http://{}", collector.address())).unwrap();
    let mut look = crate::test_collector::connect(collector.address());
    look.write_all(format!("HEAD {path} HTTP/1.0\r\nhost: localhost\r\n\r\n").as_bytes()).unwrap();
    let mut head = String::new();
    look.read_to_string(&mut head).unwrap();
    assert!(head.starts_with("HTTP/1.0 401 "), "a look at the header is no visit: {head}");
    assert_eq!(ask(&collector, "GET", path, "sec-purpose: prefetch\r\n", "").status, 401);
    let visit = ask(&collector, "GET", path, "sec-fetch-site: cross-site\r\n", "");
    assert_eq!(visit.status, 200, "{visit:?}");
    assert_eq!(visit.header("cache-control"), Some("no-store"));
    let cookie = visit.header("set-cookie").unwrap();
    assert!(cookie.contains("; HttpOnly; SameSite=Strict") && !cookie.contains("Secure"), "{cookie}");
    let cookie = format!("cookie: {}\r\n", cookie.split(';').next().unwrap());
    let again = ask(&collector, "GET", path, "", "");
    assert_eq!((again.status, again.reason().as_str()), (403, "link-spent"));
    assert_eq!(ask(&collector, "GET", "/login?code=", "", "").status, 403);
    for (method, path, body) in ROUTES {
        if path == "/api/live" {
            continue;
        }
        let answer =
            ask(&collector, method, path, &format!("{cookie}content-type: application/json\r\n"), body);
        assert_eq!(answer.status, if method == "GET" { 200 } else { 401 }, "{method} {path}: {answer:?}");
    }
    assert_eq!(collector.first_link(), None, "somebody is in");
    let through_tls = local(&collector, "POST", "/local/links", "{}");
    let made: serde_json::Value = serde_json::from_str(&through_tls.1).unwrap();
    let path = made["path"].as_str().unwrap();
    let visit = ask(&collector, "GET", path, "x-forwarded-proto: https\r\n", "");
    assert!(visit.header("set-cookie").unwrap().ends_with("; Secure"));
    // The cookie outlives the collector: its hash is kept, nothing else.
    let data = collector.directory.path().join("tokens.json");
    let kept = std::fs::read_to_string(data).unwrap();
    assert!(!kept.contains(cookie.trim().rsplit('=').next().unwrap()));
    collector.restart();
    let again = collector.first_link();
    assert_eq!(again, None);
}

#[test]
fn a_token_reads_or_operates_for_its_products_alone() {
    let collector = unconfigured();
    let reader = make(&collector, "grafana", Scope::Read, None);
    let operator = make(&collector, "ci", Scope::Operate, None);
    let quarry = make(&collector, "quarry", Scope::Operate, Some("quarry"));
    let mason = make(&collector, "mason", Scope::Operate, Some("mason"));
    for (method, path, body) in ROUTES {
        if path == "/api/live" {
            continue;
        }
        let ask = |token: &str| {
            let json = format!("{token}content-type: application/json\r\n");
            ask(&collector, method, path, &json, body)
        };
        let expected = match method {
            "GET" => 200,
            "PUT" => 200,
            _ => 202,
        };
        assert_eq!(ask(&operator).status, expected, "{method} {path}");
        let read = ask(&reader);
        if method == "GET" {
            assert_eq!(read.status, 200, "{path}");
        } else {
            assert_eq!((read.status, read.reason().as_str()), (403, "read-only"), "{path}");
        }
        let own = ask(&quarry).status;
        let other = ask(&mason).status;
        assert_eq!(own, if path == "/metrics" { 403 } else { expected }, "{method} {path}");
        if path.contains("quarry") || method == "POST" || path == "/metrics" {
            assert!((400..500).contains(&other), "{method} {path}: {other}");
        }
    }
    let revoke = serde_json::to_string(&TokenChange::Revoke { name: "ci".to_owned() }).unwrap();
    assert_eq!(local(&collector, "POST", "/local/tokens", &revoke).0, 200);
    assert_eq!(ask(&collector, "GET", "/api/totals.json", &operator, "").status, 401);
    assert_eq!(local(&collector, "POST", "/local/tokens", &revoke).0, 400);
    assert_eq!(ask(&collector, "GET", "/api/totals.json", &reader, "").status, 200);
}

#[test]
fn metrics_are_the_operators_unless_they_are_configured_open() {
    let closed = unconfigured();
    assert_eq!(ask(&closed, "GET", "/metrics", "", "").status, 401);
    let open = TestCollector::with(|config| config.operator.metrics_open = true);
    assert_eq!(ask(&open, "GET", "/metrics", "", "").status, 200);
    assert_eq!(ask(&open, "GET", "/api/totals.json", "", "").status, 401);
}

#[test]
fn wrong_tokens_are_slowed_and_counted_and_lock_no_operator_out() {
    let collector = TestCollector::new();
    let guess = |number: u32| {
        let wrong = format!("authorization: Bearer guess-{number}\r\n");
        ask(&collector, "GET", "/api/totals.json", &wrong, "")
    };
    let first: Vec<u16> = (0..10).map(|number| guess(number).status).collect();
    assert_eq!(first, [401; 10]);
    let start = Instant::now();
    let slowed = guess(10);
    assert_eq!((slowed.status, slowed.reason().as_str()), (429, "too-fast"));
    assert!(slowed.header("retry-after").is_some());
    assert!(start.elapsed().as_millis() >= 900, "the answer waits");
    assert_eq!(collector.get("/api/totals.json").status, 200, "the right one passes, from the same address");
    assert_eq!(collector.metric("wrong_tokens_total"), 11);
    // Nobody guesses who states nothing.
    assert_eq!(ask(&collector, "GET", "/api/totals.json", "", "").status, 401);
    assert_eq!(collector.metric("wrong_tokens_total"), 11);
}

#[test]
fn what_an_operator_does_is_a_line_each_without_address_or_id() {
    let collector = unconfigured();
    let token = make(&collector, "ci", Scope::Operate, None);
    assert_eq!(collector.post(&batch(1)).status, 202);
    let forwarded = format!("{token}x-forwarded-for: 203.0.113.77\r\ncontent-type: application/json\r\n");
    for (method, path, body) in ROUTES {
        if path != "/api/live" {
            ask(&collector, method, path, &forwarded, body);
        }
    }
    let link: serde_json::Value =
        serde_json::from_str(&local(&collector, "POST", "/local/links", "{}").1).unwrap();
    assert_eq!(ask(&collector, "GET", link["path"].as_str().unwrap(), "", "").status, 200);
    // Who states no token leaves no line, and so pushes none out.
    for (method, path, body) in ROUTES {
        ask(&collector, method, path, "content-type: application/json\r\n", body);
    }
    let lines = upkeep::audit(collector.directory.path()).unwrap();
    let said: Vec<String> = lines.iter().map(|line| format!("{} {}", line.who, line.act)).collect();
    let user = format!("user {}", rustix::process::geteuid().as_raw());
    let expected = [
        &format!("{user} token"),
        "token ci export",
        "token ci push",
        "token ci erase",
        &format!("{user} token"),
        "token browser-1 login",
    ];
    assert_eq!(said, expected, "{lines:?}");
    let text = std::fs::read_to_string(collector.directory.path().join("audit.log")).unwrap();
    for secret in ["203.0.113", "127.0.0.1", "22222222", link["path"].as_str().unwrap(), token.trim()] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[test]
fn many_connections_of_strangers_do_not_keep_the_operator_of_this_machine_out() {
    let collector = TestCollector::with(|config| {
        config.rate.prefix_per_second = 1;
        config.rate.prefix_burst = 1;
    });
    let address: SocketAddr = collector.address();
    while exchange_as_stranger(address, b"GET /v1/manifest/quarry HTTP/1.1\r\nhost: a\r\n\r\n").status != 429
    {
    }
    for _ in 0..20 {
        assert_eq!(local(&collector, "GET", "/v1/manifest/quarry", "").0, 200, "no rate holds here");
    }
}
