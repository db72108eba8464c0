//! Requests that two parsers might read in two ways, and bytes that are no request.

use std::io::Write as _;

use aboveboard_testkit::sender;

use crate::test_collector::{
    TestCollector, batch, connect, exchange, post_request, read_answer, try_exchange,
};

/// The head of a request that would be taken, but for what is said of its body.
fn head() -> String {
    let proof = sender::proof_line(&batch(1));
    format!(
        "POST /v1/batch HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         aboveboard-key: qk_pub_quarry\r\n{proof}"
    )
}

#[test]
fn a_body_whose_length_is_in_doubt_is_never_taken() {
    let collector = TestCollector::new();
    let body = String::from_utf8(batch(1)).unwrap();
    let head = head();
    let length = body.len();
    let chunked = format!("{length:x}\r\n{body}\r\n0\r\n\r\n");
    let both = format!("{head}content-length: {length}\r\ntransfer-encoding: chunked\r\n\r\n{chunked}");
    let corpus = [
        ("length and coding", both.clone()),
        (
            "coding and length",
            format!("{head}transfer-encoding: chunked\r\ncontent-length: {length}\r\n\r\n{chunked}"),
        ),
        ("chunked alone", format!("{head}transfer-encoding: chunked\r\n\r\n{chunked}")),
        ("chunked in capitals", format!("{head}Transfer-Encoding: CHUNKED\r\n\r\n{chunked}")),
        (
            "chunked twice",
            format!("{head}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n{chunked}"),
        ),
        ("chunked after identity", format!("{head}transfer-encoding: identity, chunked\r\n\r\n{chunked}")),
        (
            "a coding nobody knows",
            format!("{head}transfer-encoding: xchunked\r\ncontent-length: {length}\r\n\r\n{body}"),
        ),
        (
            "a space before the colon",
            format!("{head}transfer-encoding : chunked\r\ncontent-length: {length}\r\n\r\n{body}"),
        ),
        (
            "a tab before the coding",
            format!("{head}transfer-encoding:\tchunked\r\ncontent-length: {length}\r\n\r\n{body}"),
        ),
        (
            "a folded line",
            format!("{head}transfer-encoding:\r\n chunked\r\ncontent-length: {length}\r\n\r\n{body}"),
        ),
        ("two lengths", format!("{head}content-length: {length}\r\ncontent-length: 1\r\n\r\n{body}")),
        ("a list of lengths", format!("{head}content-length: {length}, 1\r\n\r\n{body}")),
        ("a signed length", format!("{head}content-length: +{length}\r\n\r\n{body}")),
        ("a negative length", format!("{head}content-length: -1\r\n\r\n{body}")),
        ("a hexadecimal length", format!("{head}content-length: 0x{length:x}\r\n\r\n{body}")),
        ("a length beyond all numbers", format!("{head}content-length: 99999999999999999999\r\n\r\n{body}")),
        ("no length", format!("{head}\r\n{body}")),
        ("a bare line feed in a value", format!("{head}x: a\nb\r\ncontent-length: 1\r\n\r\n{body}")),
        ("a zero byte in a name", format!("{head}x\0y: a\r\ncontent-length: {length}\r\n\r\n{body}")),
        (
            "HTTP/1.0 and chunked",
            format!("{}transfer-encoding: chunked\r\n\r\n{chunked}", head.replace("1.1", "1.0")),
        ),
        (
            "HTTP/2.0 in words",
            format!("{}content-length: {length}\r\n\r\n{body}", head.replace("HTTP/1.1", "HTTP/2.0")),
        ),
        ("no version", "GET /\r\n\r\n".to_owned()),
        ("a preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
        ("a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\u{fc}\x03\x03".to_owned()),
        (
            "a name of 20 KiB",
            format!("{head}{}: 1\r\ncontent-length: {length}\r\n\r\n{body}", "x".repeat(20_000)),
        ),
        (
            "a hundred fields",
            format!("{head}{}content-length: {length}\r\n\r\n{body}", "x: 1\r\n".repeat(100)),
        ),
    ];
    for (what, request) in corpus {
        let answer = try_exchange(collector.address(), request.as_bytes());
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        assert!(matches!(status, 0 | 400 | 411 | 413 | 414 | 431 | 505), "{what}: {answer:?}");
    }
    collector.settled();
    assert_eq!(collector.metric("batches_acknowledged_total"), 0);
    assert_eq!(collector.get("/healthz").status, 200);
    let answer = exchange(collector.address(), both.as_bytes());
    assert_eq!((answer.status, answer.header("connection")), (411, Some("close")));
}

#[test]
fn what_follows_a_refused_body_is_not_a_request() {
    let collector = TestCollector::new();
    let hidden = String::from_utf8(post_request(&batch(2), "")).unwrap();
    let mut stream = connect(collector.address());
    let head = head();
    let request = format!("{head}transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n{hidden}");
    stream.write_all(request.as_bytes()).unwrap();
    assert_eq!(read_answer(&mut stream).unwrap().status, 411);
    assert!(read_answer(&mut stream).is_none());
    assert_eq!(collector.metric("batches_acknowledged_total"), 0);
}

#[test]
fn a_request_behind_others_is_looked_at_as_closely_as_the_first() {
    let collector = TestCollector::new();
    let good = |number: u64| String::from_utf8(post_request(&batch(number), "")).unwrap();
    let length = batch(3).len();
    let twice = good(3).replacen(
        &format!("content-length: {length}\r\n"),
        &format!("content-length: {length}\r\ncontent-length: {length}\r\n"),
        1,
    );
    let health = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    // One behind the other in one write, and in parts that end anywhere.
    for parts in [vec![0], vec![9, 100, 400], (0..700).collect()] {
        let all = format!("{health}{}{health}{twice}{}", good(1), good(2));
        let mut stream = connect(collector.address());
        let mut cuts: Vec<_> = parts.iter().copied().filter(|at| *at > 0).collect();
        cuts.insert(0, 0);
        cuts.push(all.len());
        for cut in cuts.windows(2) {
            stream.write_all(&all.as_bytes()[cut[0]..cut[1]]).unwrap();
        }
        let mut answers = Vec::new();
        let _ = std::io::Read::read_to_end(&mut stream, &mut answers);
        let answers = String::from_utf8(answers).unwrap();
        let statuses: Vec<_> =
            answers.split("HTTP/1.1 ").skip(1).map(|answer| answer[..3].to_owned()).collect();
        assert_eq!(statuses, ["200", "202", "200", "400"], "{answers}");
        assert!(answers.contains("content-length stands more than once"), "{answers}");
    }
    collector.settled();
    assert_eq!(collector.metric("batches_acknowledged_total"), 3, "the first one, three times");
}

#[test]
fn what_has_no_length_ends_its_connection_above_the_rate_too() {
    let collector = TestCollector::with(|config| {
        config.rate.prefix_per_second = 1;
        config.rate.prefix_burst = 1;
    });
    let good = String::from_utf8(post_request(&batch(1), "")).unwrap();
    let length = format!("content-length: {}\r\n", batch(1).len());
    let chunked =
        good.split_once("\r\n\r\n").unwrap().0.replace(length.trim_end(), "transfer-encoding: chunked");
    let twice = good.replace(&length, &length.repeat(2));
    let mut stream = connect(collector.address());
    // The empty body of the second could pass for a header without a length, and hide the two of the third.
    stream.write_all(format!("{good}{chunked}\r\n\r\n0\r\n\r\n{twice}").as_bytes()).unwrap();
    let mut answers = Vec::new();
    let _ = std::io::Read::read_to_end(&mut stream, &mut answers);
    let answers = String::from_utf8(answers).unwrap();
    let statuses: Vec<_> = answers.split("HTTP/1.1 ").skip(1).map(|answer| answer[..3].to_owned()).collect();
    assert_eq!(statuses, ["202", "411"], "{answers}");
}

#[test]
fn requests_one_behind_the_other_are_each_answered_once() {
    let collector = TestCollector::new();
    let mut stream = connect(collector.address());
    stream.write_all(&[post_request(&batch(1), ""), post_request(&batch(2), "")].concat()).unwrap();
    let mut answers = Vec::new();
    // Both answers may come in one read; each is as long as the other.
    while answers.len() < 2 {
        let Some(answer) = read_answer(&mut stream) else { break };
        answers.push(answer.status);
        collector.settled();
        if collector.metric("batches_applied_total") == 2 {
            break;
        }
    }
    assert_eq!(collector.metric("batches_acknowledged_total"), 2);
    assert!(answers.iter().all(|status| *status == 202), "{answers:?}");
}

#[test]
fn random_bytes_never_bring_it_down() {
    let collector = TestCollector::new();
    let good = post_request(&batch(3), "");
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    for _ in 0..300 {
        let mut request = good.clone();
        for _ in 0..=random() % 6 {
            let place = (random() % request.len() as u64) as usize;
            request[place] = random() as u8;
        }
        let mut stream = connect(collector.address());
        let _ = stream.write_all(&request);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        if let Some(answer) = read_answer(&mut stream) {
            assert!((200..500).contains(&answer.status) || matches!(answer.status, 503 | 505), "{answer:?}");
        }
    }
    assert_eq!(collector.get("/readyz").status, 200);
}
