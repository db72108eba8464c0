//! Senders that take all that they get: what is left for others.

use std::io::Write as _;
use std::net::TcpStream;

use crate::clients::{connect_from, exchange_from, source};
use crate::test_collector::{TestCollector, as_operator, batch, post_request, read_answer, until};

/// The head of a request with a body of the stated length.
fn promise(method: &str, path: &str, length: usize) -> Vec<u8> {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         aboveboard-key: qk_pub_quarry\r\ncontent-length: {length}\r\n\r\n"
    )
    .into_bytes()
}

#[test]
fn promises_of_bodies_take_no_memory_on_any_route() {
    // Two promises of a batch would fill it.
    let collector = TestCollector::with(|config| config.limits.waiting = 2 << 20);
    for (method, path, length) in [
        ("POST", "/v1/batch", 1 << 20),
        ("POST", "/v1/erase", 256 << 10),
        ("PUT", "/v1/manifest/quarry", 256 << 10),
    ] {
        let promised: Vec<_> = (0..40)
            .map(|_| {
                let mut stream = connect_from(source(2), collector.address());
                let head = as_operator(&promise(method, path, length));
                stream.write_all(&[&head[..], &b" ".repeat(1_100)].concat()).unwrap();
                stream
            })
            .collect();
        until(|| collector.metric("connections") > 40);
        for number in 0..10 {
            let honest = post_request(&batch(number), "");
            assert_eq!(exchange_from(source(9), collector.address(), &honest).status, 202, "{path}");
        }
        drop(promised);
        until(|| collector.metric("connections") <= 1);
    }
    assert_eq!(collector.metric("requests_refused_total{reason=\"busy\"}"), 0);
}

#[test]
fn bodies_that_are_here_take_memory_and_leave_room_for_others() {
    let collector = TestCollector::with(|config| config.limits.waiting = 64 << 10);
    // Each holds what it may, in bodies that never end.
    let mut greedy = Vec::new();
    for number in 2..6 {
        for _ in 0..12 {
            let mut stream = connect_from(source(number), collector.address());
            let head = promise("POST", "/v1/batch", 1 << 20);
            stream.write_all(&[&head[..], &b" ".repeat(2_000)].concat()).unwrap();
            greedy.push(stream);
        }
    }
    until(|| collector.metric("requests_refused_total{reason=\"busy\"}") >= 12);
    for number in 0..10 {
        let honest = post_request(&batch(number), "");
        assert_eq!(exchange_from(source(9), collector.address(), &honest).status, 202);
    }
    drop(greedy);
}

#[test]
fn a_route_without_a_body_answers_before_it_reads_one_and_closes() {
    let collector = TestCollector::new();
    for (method, path, status) in [
        ("GET", "/healthz", 400),
        ("HEAD", "/healthz", 400),
        ("GET", "/", 400),
        ("GET", "/api/totals.json", 400),
        ("GET", "/v1/manifest/quarry", 400),
        ("DELETE", "/v1/manifest/quarry", 405),
        ("OPTIONS", "/v1/batch", 405),
        ("GET", "/v1/batch", 400),
        ("POST", "/healthz", 405),
        ("POST", "/readyz", 405),
        ("POST", "/metrics", 405),
        ("POST", "/openapi.json", 405),
        ("PUT", "/v1/batch", 405),
        ("PUT", "/v1/erase", 405),
        ("POST", "/v1/manifest/quarry", 405),
        ("POST", "/", 405),
        ("POST", "/api/rows.csv", 405),
        ("POST", "/nowhere", 404),
        ("PUT", "/v1/nowhere", 404),
    ] {
        for version in ["1.1", "1.0"] {
            let mut stream = connect_from(source(2), collector.address());
            let head = String::from_utf8(promise(method, path, 1)).unwrap();
            stream.write_all(head.replace("HTTP/1.1", &format!("HTTP/{version}")).as_bytes()).unwrap();
            // Nothing of the body is sent, and the answer comes all the same.
            let mut answer = read_head(&mut stream);
            assert!(answer.starts_with(&format!("HTTP/{version} {status}")), "{method} {path}: {answer}");
            answer.make_ascii_lowercase();
            assert!(answer.contains("connection: close") || version == "1.0", "{method} {path}: {answer}");
        }
    }
}

/// The head of an answer, after which the other side closes.
fn read_head(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    std::io::Read::read_to_end(stream, &mut all).unwrap();
    let text = String::from_utf8(all).unwrap();
    text.split("\r\n\r\n").next().unwrap().to_owned()
}

#[test]
fn the_rate_stands_before_every_route_and_a_flood_starves_no_health_check() {
    let collector = TestCollector::with(|config| {
        config.rate.prefix_per_second = 1;
        config.rate.prefix_burst = 20;
        config.rate.total_per_second = 1;
        config.rate.total_burst = 40;
    });
    let ask = |from: u8, method: &str, path: &str| {
        let request = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        exchange_from(source(from), collector.address(), request.as_bytes())
    };
    let routes = [
        ("GET", "/"),
        ("GET", "/api/totals.json"),
        ("GET", "/api/rows.csv"),
        ("GET", "/assets/page.css"),
        ("GET", "/v1/manifest/quarry"),
        ("PUT", "/v1/manifest/quarry"),
        ("POST", "/v1/erase"),
        ("POST", "/v1/batch"),
        ("GET", "/openapi.json"),
        ("GET", "/nowhere"),
        ("POST", "/"),
    ];
    for from in [2, 3] {
        // Whatever the route is, each request counts.
        for number in 0..20 {
            let (method, path) = routes[number % routes.len()];
            assert_ne!(ask(from, method, path).status, 429, "{method} {path}");
        }
        for (method, path) in routes {
            let answer = ask(from, method, path);
            assert_eq!((answer.status, answer.reason().as_str()), (429, "too-fast"), "{method} {path}");
            assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
        }
    }
    assert_eq!(ask(4, "GET", "/").status, 429, "all together send too much");
    // Who floods, and who does not, may still ask whether the collector is well, and who asks too often may not.
    for from in [2, 4] {
        for number in 0..20 {
            let path = ["/healthz", "/readyz"][number % 2];
            assert_eq!(ask(from, "GET", path).status, 200);
        }
        for path in ["/healthz", "/readyz", "/metrics"] {
            assert_eq!(ask(from, "GET", path).status, 429, "{path}");
        }
    }
    assert_eq!(collector.get("/healthz").status, 200);
}

#[test]
fn one_address_never_takes_all_places_whatever_it_does_with_them() {
    const PLACES: usize = 40;
    let one_byte = [promise("POST", "/v1/batch", 1 << 20), b"{".to_vec()].concat();
    let slow = [promise("POST", "/v1/batch", 1 << 20), b" ".repeat(4_000)].concat();
    let ways: [(&str, Vec<u8>); 6] = [
        ("nothing", Vec::new()),
        ("a part of a header", b"POST /v1/batch HTTP/1.1\r\nhost: lo".to_vec()),
        ("a promise", promise("POST", "/v1/batch", 1 << 20)),
        ("a byte of a body", one_byte),
        ("a part of a body", slow),
        ("a request that is answered", b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n".to_vec()),
    ];
    for (what, sent) in ways {
        let collector = TestCollector::with(|config| config.limits.connections = PLACES);
        // Two prefixes take what they can get, and come again when they are closed.
        let greedy: Vec<_> = (0..4 * PLACES)
            .map(|number| {
                let mut stream = connect_from(source(2 + (number % 2) as u8), collector.address());
                let _ = stream.write_all(&sent);
                stream
            })
            .collect();
        let mut held: Vec<_> = (0..4).map(|_| connect_from(source(9), collector.address())).collect();
        for number in 0..20 {
            let honest = post_request(&batch(number), "");
            assert_eq!(exchange_from(source(10), collector.address(), &honest).status, 202, "{what}");
        }
        for (number, stream) in held.iter_mut().enumerate() {
            stream.write_all(&post_request(&batch(100 + number as u64), "")).unwrap();
            assert_eq!(read_answer(stream).expect("it keeps its place").status, 202, "{what}");
        }
        assert!(collector.metric("connections") <= PLACES as u64);
        drop(greedy);
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Something that packs, but not beyond reason.
fn filler(length: usize) -> Vec<u8> {
    (0..length).map(|place| b" \t\n\r"[(place * place / 7 + place / 3) % 4]).collect()
}

#[test]
fn what_is_costly_to_check_uses_up_the_rate_of_its_sender_whatever_comes_of_it() {
    let collector = TestCollector::with(|config| {
        config.rate.prefix_per_second = 1;
        config.rate.prefix_burst = 100;
    });
    let padded = [&batch(1)[..], &filler(600 << 10)].concat();
    let text =
        |body: Vec<u8>, from: &str, to: &str| String::from_utf8(body).unwrap().replace(from, to).into_bytes();
    let coded = "content-encoding: gzip\r\n";
    let costly = [
        ("taken", padded.clone(), "", 202),
        ("taken, packed", gzip(&padded), coded, 202),
        ("of nobody", text(padded.clone(), "\"quarry\"", "\"quarrel\""), "", 422),
        ("no batch", filler(600 << 10), "", 400),
        ("no batch, packed", gzip(&filler(600 << 10)), coded, 400),
        ("no whole member", [gzip(&padded), b"x".to_vec()].concat(), coded, 400),
        ("too large", gzip(&[&padded[..], &filler(600 << 10)].concat()), coded, 413),
        ("too dense", gzip(&vec![b' '; 600 << 10]), coded, 413),
    ];
    for (number, (what, body, headers, status)) in costly.into_iter().enumerate() {
        let from = source(10 + number as u8);
        let request = post_request(&body, headers);
        let answers: Vec<_> =
            (0..4).map(|_| exchange_from(from, collector.address(), &request).status).collect();
        assert_eq!(answers[0], status, "{what}");
        assert_eq!(answers[3], 429, "{what}: {answers:?}");
        let small = post_request(&batch(9), "");
        assert_eq!(exchange_from(from, collector.address(), &small).status, 429, "{what}");
        assert_eq!(exchange_from(source(9), collector.address(), &small).status, 202, "{what}");
    }
}

#[test]
fn batches_that_wait_for_a_worker_hold_up_neither_others_nor_the_route_of_health() {
    let collector = TestCollector::with(|config| config.limits.waiting = 256 << 20);
    let padded = [&batch(1)[..], &filler(900 << 10)].concat();
    let request = post_request(&gzip(&padded), "content-encoding: gzip\r\n");
    let address = collector.address();
    let answers = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for number in 0..64 {
            let request = &request;
            let answers = &answers;
            scope.spawn(move || {
                let answer = exchange_from(source(2 + number % 2), address, request);
                answers.lock().unwrap().push(answer);
            });
        }
        for number in 10..40 {
            let small = post_request(&batch(number), "");
            assert_eq!(exchange_from(source(9), address, &small).status, 202);
            // A large one of somebody else waits for its turn, which comes.
            if number % 10 == 0 {
                assert_eq!(exchange_from(source(8), address, &request).status, 202);
            }
        }
        assert_eq!(collector.get("/healthz").status, 200);
    });
    for answer in answers.into_inner().unwrap() {
        match answer.status {
            202 => {}
            503 => assert_eq!((answer.reason().as_str(), answer.header("retry-after")), ("busy", Some("30"))),
            _ => panic!("{answer:?}"),
        }
    }
}
