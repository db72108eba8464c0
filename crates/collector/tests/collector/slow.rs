//! Clients that take their time, and clients that are too many.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::test_collector::{
    PATIENCE, TestCollector, batch, connect, exchange, post_request, read_answer, until,
};

fn impatient() -> TestCollector {
    TestCollector::with(|config| {
        config.limits.header = Duration::from_millis(300);
        config.limits.idle = Duration::from_millis(400);
        config.limits.request = Duration::from_millis(600);
        config.limits.reply = Duration::from_millis(500);
    })
}

/// Reads until the other side closes; what came before.
fn drain(stream: &mut TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    match stream.read_to_end(&mut all) {
        Ok(_) => all,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => all,
        Err(error) => panic!("not closed: {error}"),
    }
}

/// Writes a byte at a time until the other side has had enough.
fn dribble(stream: &mut TcpStream, byte: u8) {
    let start = Instant::now();
    while stream.write_all(&[byte]).is_ok() {
        assert!(start.elapsed() < PATIENCE, "never closed");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn connections_that_are_silent_idle_or_stop_within_a_header_are_closed() {
    let collector = impatient();
    let mut silent = connect(collector.address());
    let mut half = connect(collector.address());
    half.write_all(b"POST /v1/batch HTTP/1.1\r\nhost: localhost\r\nx-").unwrap();
    dribble(&mut half, b'a');
    assert!(drain(&mut silent).is_empty());
    let mut idle = connect(collector.address());
    idle.write_all(&post_request(&batch(1), "")).unwrap();
    assert_eq!(read_answer(&mut idle).unwrap().status, 202);
    assert!(drain(&mut idle).is_empty());
    assert!(collector.metric("connections_closed_total{reason=\"header\"}") >= 2);
    assert!(collector.metric("connections_closed_total{reason=\"idle\"}") >= 1);
}

#[test]
fn a_slow_body_is_answered_with_408_and_closed() {
    let collector = impatient();
    let mut slow = connect(collector.address());
    slow.write_all(b"POST /v1/batch HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n")
        .unwrap();
    slow.write_all(b"content-length: 100000\r\n\r\n{").unwrap();
    let mut answer = slow.try_clone().unwrap();
    let answer = std::thread::spawn(move || read_answer(&mut answer));
    dribble(&mut slow, b' ');
    let answer = answer.join().unwrap().expect("an answer before the end");
    assert_eq!((answer.status, answer.reason().as_str()), (408, "too-slow"));
}

#[test]
fn a_body_that_is_cut_off_is_answered_so_that_it_is_sent_again() {
    let collector = TestCollector::new();
    let request = post_request(&batch(1), "");
    for cut in [request.len() - 1, request.len() - 200, request.len() - batch(1).len()] {
        let mut short = connect(collector.address());
        short.write_all(&request[..cut]).unwrap();
        short.shutdown(std::net::Shutdown::Write).unwrap();
        let answer = read_answer(&mut short).unwrap();
        assert_eq!((answer.status, answer.reason().as_str()), (408, "cut-off"));
    }
    assert_eq!(collector.metric("batches_acknowledged_total"), 0);
}

#[test]
fn a_connection_whose_client_does_not_read_its_reply_is_closed() {
    let collector = impatient();
    let mut greedy = connect(collector.address());
    greedy.set_nonblocking(true).unwrap();
    let start = Instant::now();
    let requests = b"GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(64);
    let mut written = 0;
    // Asks for more and more without reading, until the buffers on both sides are full and nothing moves.
    let error = loop {
        match greedy.write(&requests[written % requests.len()..]) {
            Ok(more) => written += more,
            Err(error) if error.kind() != ErrorKind::WouldBlock => break error,
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
        }
        assert!(start.elapsed() < PATIENCE, "never closed");
    };
    assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{error}");
    assert!(collector.metric("connections_closed_total{reason=\"reply\"}") >= 1);
}

#[test]
fn when_silent_clients_hold_all_connections_a_good_post_still_passes() {
    let collector = TestCollector::with(|config| config.limits.connections = 50);
    let silent: Vec<_> = (0..200).map(|_| connect(collector.address())).collect();
    for number in 0..20 {
        assert_eq!(collector.post(&batch(number)).status, 202);
    }
    assert!(collector.metric("connections_closed_total{reason=\"evicted\"}") >= 150);
    assert!(collector.metric("connections") <= 50);
    drop(silent);
}

#[test]
fn a_stop_lets_a_request_under_way_end_and_takes_no_other() {
    let mut collector = TestCollector::new();
    let address = collector.address();
    let request = post_request(&batch(7), "expect: 100-continue\r\n");
    let (first, rest) = request.split_at(request.len() - 10);
    let mut under_way = connect(address);
    under_way.write_all(first).unwrap();
    // Its header was read, and its body is waited for.
    let mut goes_on = [0; 25];
    under_way.read_exact(&mut goes_on).unwrap();
    assert_eq!(&goes_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    let rest = rest.to_vec();
    let client = std::thread::spawn(move || {
        // The collector is stopping once nobody new gets in.
        until(|| TcpStream::connect(address).is_err());
        under_way.write_all(&rest).unwrap();
        read_answer(&mut under_way)
    });
    collector.stop();
    assert_eq!(client.join().unwrap().unwrap().status, 202);
}

#[test]
fn above_the_rate_the_answer_says_when_to_retry() {
    let collector = TestCollector::with(|config| {
        config.rate.prefix_per_second = 1;
        config.rate.prefix_burst = 3;
    });
    for number in 0..3 {
        assert_eq!(collector.post(&batch(number)).status, 202);
    }
    let answer = collector.post(&batch(4));
    assert_eq!((answer.status, answer.reason().as_str()), (429, "too-fast"));
    assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
    assert_eq!(collector.get("/healthz").status, 200, "health is not limited");
    let elsewhere =
        exchange(collector.address(), &post_request(&batch(5), "x-forwarded-for: 203.0.113.7\r\n"));
    assert_eq!(elsewhere.status, 429, "nobody trusts this header");
}
