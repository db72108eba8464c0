//! What is held of an installation, for whoever has it.

use aboveboard_testkit::sender;
use aboveboard_types::id::Id;
use aboveboard_types::possession::Purpose;
use serde_json::Value;

use crate::test_collector::{Answer, MANIFEST, TestCollector, batch_of, exchange, now, post_request};

fn ask(collector: &TestCollector, installation: Id, proof: Option<&str>, body: &str) -> Answer {
    let proof = proof.map_or_else(String::new, |proof| format!("aboveboard-proof: {proof}\r\n"));
    let request = format!(
        "POST /v1/held HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         aboveboard-installation: {installation}\r\n{proof}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    exchange(collector.address(), request.as_bytes())
}

fn proof(installation: Id, purpose: Purpose) -> String {
    sender::proof(installation, purpose).unwrap().to_string()
}

pub(crate) fn held(collector: &TestCollector, installation: Id, body: &str) -> Value {
    let answer = ask(collector, installation, Some(&proof(installation, Purpose::Read)), body);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.body.len() < 64 * 1024, "agents read no more");
    serde_json::from_slice(&answer.body).unwrap()
}

const QUARRY: &str = "{\"product\":\"quarry\"}";

#[test]
fn an_installation_is_told_what_is_held_of_it_and_of_nobody_else() {
    let collector = TestCollector::new();
    for (installation, number) in [(1, 1), (1, 2), (2, 3)] {
        assert_eq!(collector.post(&batch_of("quarry", MANIFEST, installation, number)).status, 202);
    }
    collector.settled();
    let own = sender::installation("quarry", 1);
    let answer = held(&collector, own, QUARRY);
    assert_eq!((&answer["product"], &answer["installation"]), (&"quarry".into(), &own.to_string().into()));
    assert!(answer["first"].is_string() && answer["first"] == answer["last"], "{answer}");
    assert_eq!((&answer["retention"], &answer["next"]), (&"13 months".into(), &Value::Null), "{answer}");
    let days = answer["days"].as_array().unwrap();
    assert_eq!((days.len(), &days[0]["day"], &days[0]["left_out"]), (1, &answer["first"], &0.into()));
    let events = days[0]["events"].as_array().unwrap();
    let times: u64 = events.iter().map(|event| event["held"].as_u64().unwrap()).sum();
    assert_eq!(times, 2, "{answer}");
    for event in events {
        let of = |key: &str| event[key].as_str().unwrap_or_default();
        assert_eq!((of("kind"), of("name"), of("ending")), ("command", "init", "success"));
        assert_eq!((of("version"), of("os"), of("arch")), ("1.2.3", "linux", "x86_64"));
        assert!(event["hour"].is_u64());
    }
    // Nothing is held of who sent nothing, in an answer of the same form.
    let nothing = held(&collector, sender::installation("quarry", 3), QUARRY);
    let keys = |of: &Value| of.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&nothing), keys(&answer));
    assert_eq!((&nothing["first"], &nothing["days"]), (&Value::Null, &serde_json::json!([])));
}

#[test]
fn nobody_reads_what_is_held_by_an_id_or_by_what_a_batch_shows_and_reading_erases_nothing() {
    let collector = TestCollector::new();
    assert_eq!(collector.post(&batch_of("quarry", MANIFEST, 1, 1)).status, 202);
    collector.settled();
    let own = sender::installation("quarry", 1);
    let unknown = sender::installation("quarry", 9);
    let stranger = proof(sender::installation("quarry", 2), Purpose::Read);
    let refused = |id: Id, proof: Option<&str>| {
        let answer = ask(&collector, id, proof, QUARRY);
        assert_eq!(answer.header("retry-after").is_some(), proof.is_none());
        let text = answer.text().replace(&id.to_string(), "ID");
        (answer.status, answer.reason(), text)
    };
    for (known, of_unknown) in [
        (None, None),
        (Some(stranger.clone()), Some(stranger)),
        (Some(proof(own, Purpose::Send)), Some(proof(unknown, Purpose::Send))),
        (Some(proof(own, Purpose::Forget)), Some(proof(unknown, Purpose::Forget))),
    ] {
        let answer = refused(own, known.as_deref());
        assert_eq!(answer.0, 403);
        assert_eq!(answer.1, if known.is_none() { "proof-missing" } else { "proof-wrong" });
        assert_eq!(answer, refused(unknown, of_unknown.as_deref()), "as of an id that nobody has");
    }
    let good = proof(own, Purpose::Read);
    for (body, status) in [
        ("{}", 400),
        ("[]", 400),
        ("{\"product\":\"quarry\",\"from\":\"yesterday\"}", 400),
        ("{\"product\":\"quarry\",\"x\":1}", 400),
        ("{\"product\":\"quarrel\"}", 422),
    ] {
        assert_eq!(ask(&collector, own, Some(&good), body).status, status, "{body}");
    }
    assert_eq!(held(&collector, own, QUARRY)["days"].as_array().unwrap().len(), 1);
}

#[test]
fn much_is_told_in_pages_that_an_agent_can_read() {
    let collector = TestCollector::new();
    let installation = 5;
    let since = now() - now() % 3_600;
    // Each hour of twelve days, with two commands that end in both ways.
    let mut sent = 0;
    for hour in 1..12 * 24_u64 {
        let mut batch: Value =
            serde_json::from_slice(&batch_of("quarry", MANIFEST, installation, hour)).unwrap();
        let mut event = batch["events"][0].clone();
        event["time"] = (since - hour * 3_600).into();
        let mut events = Vec::new();
        for command in ["init", "version"] {
            for error in [true, false] {
                event["command"] = command.into();
                event["error"] = error.into();
                events.push(event.clone());
            }
        }
        sent += events.len() as u64;
        batch["events"] = events.into();
        assert_eq!(collector.post(batch.to_string().as_bytes()).status, 202);
    }
    collector.settled();
    let own = sender::installation("quarry", installation);
    let mut told = 0;
    let mut pages = 0;
    let mut body = QUARRY.to_owned();
    let mut days = Vec::new();
    loop {
        let page = held(&collector, own, &body);
        pages += 1;
        for day in page["days"].as_array().unwrap() {
            days.push(day["day"].as_str().unwrap().to_owned());
            told += day["left_out"].as_u64().unwrap();
            let events = day["events"].as_array().unwrap();
            told += events.iter().map(|event| event["held"].as_u64().unwrap()).sum::<u64>();
        }
        let Some(next) = page["next"].as_str() else { break };
        body = format!("{{\"product\":\"quarry\",\"from\":\"{next}\"}}");
    }
    assert!(pages > 1);
    assert_eq!(told, sent);
    assert!(days.is_sorted() && days.len() >= 12);
    days.dedup();
    assert!(days.len() <= 13, "no day comes twice");
}

/// A collector under the rate that it has by default, with an installation whose days are full of events.
fn with_full_days(days: u64, installation: u64) -> TestCollector {
    let collector = TestCollector::with(|config| {
        let defaults = aboveboard_collector::Config::defaults().unwrap();
        config.rate = defaults.rate;
        config.proxy.trusted_hops = 1;
    });
    let since = now() - now() % 86_400;
    for number in 0..days * 10 {
        let body = batch_of("quarry", MANIFEST, installation, number);
        let time = since - (1 + number / 10) * 86_400;
        let body = String::from_utf8(body).unwrap();
        let (before, rest) = body.split_once("\"time\":").unwrap();
        let (_, after) = rest.split_once(',').unwrap();
        let body = format!("{before}\"time\":{time},{after}");
        let (head, rest) = body.split_once('[').unwrap();
        let (marks, rest) = rest.split_once('[').unwrap();
        let (event, tail) = rest.split_once(']').unwrap();
        let body = format!("{head}[{marks}[{}]{tail}", vec![event; 1_000].join(","));
        // From a network of its own, so that no other has paid.
        let request = post_request(body.as_bytes(), &format!("x-forwarded-for: 198.51.{number}.1\r\n"));
        assert_eq!(exchange(collector.address(), &request).status, 202);
    }
    collector.settled();
    collector
}

/// Asks from a network.
fn ask_from(collector: &TestCollector, network: &str, installation: Id, from: Option<&str>) -> Answer {
    let from = from.map_or_else(String::new, |from| format!(",\"from\":\"{from}\""));
    let body = format!("{{\"product\":\"quarry\"{from}}}");
    let proof = proof(installation, Purpose::Read);
    let request = format!(
        "POST /v1/held HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         x-forwarded-for: {network}\r\naboveboard-installation: {installation}\r\n\
         aboveboard-proof: {proof}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    exchange(collector.address(), request.as_bytes())
}

#[test]
fn a_page_reads_so_much_and_its_network_pays_for_it_and_nobody_else_does() {
    let days = 12;
    let collector = with_full_days(days, 5);
    let own = sender::installation("quarry", 5);
    let mut told = 0;
    let mut pages = 0;
    let mut from: Option<String> = None;
    loop {
        // Each page from another network, so that all are read.
        let answer = ask_from(&collector, &format!("203.0.{pages}.1"), own, from.as_deref());
        assert_eq!(answer.status, 200, "{answer:?}");
        let page: Value = serde_json::from_slice(&answer.body).unwrap();
        let told_days = page["days"].as_array().unwrap();
        pages += 1;
        // Ten thousand events are told in a line, and reading them is bounded all the same.
        told += told_days.iter().map(|day| day["events"][0]["held"].as_u64().unwrap()).sum::<u64>();
        let Some(next) = page["next"].as_str() else { break };
        from = Some(next.to_owned());
    }
    assert_eq!(told, days * 10_000);
    assert!((2..=days).contains(&pages), "{pages} pages");
    // One network asks for its full days until its rate is spent; the small question of another is answered.
    let other = sender::installation("quarry", 6);
    let spent = (0..40).find(|_| ask_from(&collector, "192.0.2.1", own, None).status == 429);
    assert!(spent.is_some_and(|asked| asked > 1), "{spent:?}");
    assert_eq!(ask_from(&collector, "192.0.2.77", other, None).status, 429, "the same network");
    assert_eq!(ask_from(&collector, "192.0.3.1", other, None).status, 200);
}

#[test]
fn however_many_ask_at_once_everybody_has_a_turn() {
    let collector = with_full_days(3, 5);
    let own = sender::installation("quarry", 5);
    let greedy = std::sync::atomic::AtomicBool::new(true);
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                while greedy.load(std::sync::atomic::Ordering::SeqCst) {
                    assert!([200, 429, 503].contains(&ask_from(&collector, "192.0.2.1", own, None).status));
                }
            });
        }
        let others: Vec<u16> = (0..30)
            .map(|number| {
                let other = sender::installation("quarry", 100 + number);
                ask_from(&collector, &format!("203.0.{number}.1"), other, None).status
            })
            .collect();
        greedy.store(false, std::sync::atomic::Ordering::SeqCst);
        assert_eq!(others, [200; 30]);
    });
}
