//! Bytes in an hour from an address prefix, and in a day for a product.

use std::io::Write as _;
use std::net::Ipv4Addr;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::clients::{connect_from, exchange_from, source};
use crate::routes::request;
use crate::test_collector::{
    Answer, MANIFEST, TestCollector, batch, config, exchange, now, post_request, read_answer, until,
    with_manifest,
};

const KIB: usize = 1 << 10;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn large(number: u64, length: usize) -> Vec<u8> {
    let mut body = batch(number);
    body.resize(length, b' ');
    body
}

fn limited(answer: &Answer, reason: &str) {
    assert_eq!((answer.status, answer.reason().as_str()), (429, reason), "{answer:?}");
    let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=3_601).contains(&wait), "{answer:?}");
}

#[test]
fn a_prefix_sends_so_many_bytes_in_an_hour_whatever_they_are_and_nobody_else_is_held_to_them() {
    let collector = TestCollector::with(|config| config.quota.prefix_per_hour = 64 << 10);
    let address = collector.address();
    let plain = post_request(&large(1, 16 * KIB), "");
    let not_json = post_request(&vec![b'x'; 16 * KIB], "");
    let erasure = String::from_utf8(post_request(&vec![b' '; 16 * KIB], "")).unwrap();
    let erasure = erasure.replace("/v1/batch", "/v1/erase").into_bytes();
    let bad_gzip = post_request(&vec![b'x'; 16 * KIB], "content-encoding: gzip\r\n");
    for (from, request, status) in
        [(2, &plain, 202), (3, &not_json, 400), (4, &erasure, 400), (5, &bad_gzip, 400)]
    {
        for _ in 0..4 {
            assert_eq!(exchange_from(source(from), address, request).status, status);
        }
        let neighbour = Ipv4Addr::new(127, 0, from, 200);
        for address_of_prefix in [source(from), neighbour] {
            limited(&exchange_from(address_of_prefix, address, request), "prefix-quota");
            limited(&exchange_from(address_of_prefix, address, &post_request(&batch(7), "")), "prefix-quota");
        }
        // What has no body goes on, and so does an erasure.
        let erasure = String::from_utf8(post_request(&vec![b' '; 4 * KIB], "")).unwrap();
        let erasure = erasure.replace("/v1/batch", "/v1/erase").into_bytes();
        assert_eq!(exchange_from(source(from), address, &erasure).status, 400);
        let health = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
        assert_eq!(exchange_from(source(from), address, health).status, 200);
        assert_eq!(exchange_from(source(9), address, &post_request(&batch(8), "")).status, 202);
    }
    assert_eq!(collector.metric("requests_refused_total{reason=\"prefix-quota\"}"), 16);
}

#[test]
fn what_was_promised_side_by_side_is_no_more_than_what_a_prefix_may_send() {
    let collector = TestCollector::with(|config| config.quota.prefix_per_hour = 64 << 10);
    // All are let in by their headers, before a byte of a body is here.
    let mut promised: Vec<_> = (0..16)
        .map(|number| {
            let request = post_request(&large(number, 16 * KIB), "");
            let body = request.len() - 16 * KIB;
            let mut stream = connect_from(source(2), collector.address());
            stream.write_all(&request[..body]).unwrap();
            (stream, request[body..].to_vec())
        })
        .collect();
    until(|| collector.metric("connections") > 16);
    let statuses: Vec<_> = promised
        .iter_mut()
        .map(|(stream, body)| {
            let _ = stream.write_all(body);
            read_answer(stream).map_or(0, |answer| answer.status)
        })
        .collect();
    assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 4, "{statuses:?}");
    assert!(statuses.iter().all(|status| [202, 429].contains(status)), "{statuses:?}");
}

#[test]
fn a_manifest_is_paid_for_by_its_length() {
    let collector = TestCollector::with(|config| {
        config.rate.prefix_per_second = 1;
        config.rate.prefix_burst = 40;
    });
    let long =
        MANIFEST.replace("revision = 1\n", &format!("revision = 2\n{}", "# no more\n".repeat(16 * 1_024)));
    let push = request("PUT", "/v1/manifest/quarry", "", long.as_bytes());
    assert_eq!(exchange(collector.address(), &push).status, 200);
    let read = request("GET", "/v1/manifest/quarry", "", b"");
    let statuses = [(); 8].map(|()| exchange_from(source(2), collector.address(), &read).status);
    assert!(statuses.contains(&200) && statuses.contains(&429), "{statuses:?}");
}

#[test]
fn a_batch_that_leaves_much_counts_for_more_than_its_length() {
    // Seven routes with six actions on each of fourteen days: short when it is packed, and a line of the store for each.
    let declaration = aboveboard_manifest::parse(MANIFEST, "quarry.toml").unwrap().declaration();
    let mut events = Vec::new();
    for day in 0..14 {
        for route in &declaration.routes[..7] {
            for action in &declaration.actions[..6] {
                events.push(format!(
                    "{{\"name\":\"console\",\"time\":{},\"session\":\"33333333-3333-4333-8333-333333333333\",\
                     \"action\":\"{}\",\"route\":\"{route}\"}}",
                    now() - 60 - day * 86_400,
                    action.name
                ));
            }
        }
    }
    let body = String::from_utf8(batch(1)).unwrap().replace("\"cli\"", "\"console\"");
    let (before, rest) = body.split_once("\"events\":[").unwrap();
    let (_, after) = rest.split_once(']').unwrap();
    let body = gzip(format!("{before}\"events\":[{}]{after}", events.join(",")).as_bytes());
    let sent = body.len() as u64;
    let request = post_request(&body, "content-encoding: gzip\r\n");
    for (more, status) in [(1_000, 429), (16 << 10, 202)] {
        let collector = TestCollector::with(|config| config.quota.prefix_per_hour = sent + more);
        let address = collector.address();
        assert_eq!(exchange_from(source(2), address, &request).status, 202, "it is taken as a whole");
        let next = exchange_from(source(2), address, &post_request(&batch(9), ""));
        assert_eq!(next.status, status, "{sent} bytes and {more} more: {next:?}");
        assert_eq!(exchange_from(source(3), address, &post_request(&batch(8), "")).status, 202);
    }
}

#[test]
fn behind_a_proxy_the_bytes_are_those_of_its_clients_or_of_nobody() {
    let forwarded = |from: &str| format!("x-forwarded-for: 6.6.6.6, {from}\r\n");
    let trusting = TestCollector::with(|config| {
        config.quota.prefix_per_hour = 32 << 10;
        config.proxy.trusted_hops = 1;
    });
    let post = |collector: &TestCollector, from: &str| {
        exchange(collector.address(), &post_request(&large(1, 16 * KIB), &forwarded(from)))
    };
    for from in ["192.0.2.1", "2001:db8:1::1"] {
        assert_eq!(post(&trusting, from).status, 202);
        assert_eq!(post(&trusting, from).status, 202);
        limited(&post(&trusting, from), "prefix-quota");
    }
    limited(&post(&trusting, "192.0.2.99"), "prefix-quota");
    limited(&post(&trusting, "2001:db8:1:ffff::1"), "prefix-quota");
    assert_eq!(post(&trusting, "198.51.100.1").status, 202);
    assert!(!trusting.get("/?product=quarry").text().contains("trusted-hops"));
    // Nobody is distinguished: a bound for one would be a bound for all. The page says so.
    let blind = TestCollector::with(|config| config.quota.prefix_per_hour = 32 << 10);
    for _ in 0..4 {
        assert_eq!(post(&blind, "192.0.2.1").status, 202);
    }
    assert!(blind.get("/?product=quarry").text().contains("trusted-hops"));
}

#[test]
fn a_product_receives_so_many_bytes_in_a_day_also_through_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    with_manifest(directory.path());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut limited_config = config(directory.path());
    limited_config.quota.product_per_day = 64 << 10;
    let start = || runtime.block_on(aboveboard_collector::Collector::start(limited_config.clone())).unwrap();
    let running = start();
    let post = |address, number| exchange(address, &post_request(&large(number, 16 * KIB), ""));
    for number in 0..3 {
        assert_eq!(post(running.address(), number).status, 202);
    }
    // What is refused is not counted for the product.
    assert_eq!(exchange(running.address(), &post_request(&vec![b'x'; 16 * KIB], "")).status, 400);
    runtime.block_on(running.shutdown());
    let running = start();
    assert_eq!(post(running.address(), 3).status, 202);
    limited(&post(running.address(), 4), "product-quota");
    limited(&exchange(running.address(), &post_request(&batch(5), "")), "product-quota");
    runtime.block_on(running.shutdown());
}

#[test]
fn when_a_product_has_little_left_who_has_sent_much_is_refused_before_others() {
    let collector = TestCollector::with(|config| config.quota.product_per_day = 256 << 10);
    let address = collector.address();
    let mut taken = 0;
    while exchange_from(source(2), address, &post_request(&large(taken, 4 * KIB), "")).status == 202 {
        taken += 1;
    }
    assert!(taken < 32, "{taken} of 64 were taken");
    for number in 0..20 {
        let small = post_request(&batch(100 + number), "");
        assert_eq!(exchange_from(source(10 + number as u8), address, &small).status, 202);
    }
    limited(&exchange_from(source(2), address, &post_request(&batch(1), "")), "product-quota");
}
