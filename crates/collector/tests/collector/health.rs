//! The line of health, as an operator reads it on the page and a program in its tables.

use std::path::Path;

use aboveboard_collector::Collector;
use aboveboard_collector::config::Digest;
use aboveboard_store::entry::Arrival;
use aboveboard_testkit::sender;

use crate::test_collector::{
    Answer, TestCollector, batch, batch_at, config, exchange, now, settled, with_manifest,
};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// SHA-256 of `quarry-token`.
const QUARRY_HASH: &str = "54d03ad00c7606257240e544148cf7663a9b6dd01f60b8656d236e5e509e3c50";

/// A batch of a command-line program, or of a server, received so many seconds ago.
fn arrival(number: u64, component: &str, ago: u64) -> Arrival {
    let at = now() - ago;
    let body = String::from_utf8(batch_at(number, at)).unwrap();
    let body = body.replace("\"component\":\"cli\"", &format!("\"component\":\"{component}\""));
    let events = body.find("\"events\":[").unwrap();
    let after = body.find("],\"outcomes\"").unwrap();
    let report = format!("{{\"name\":\"report\",\"time\":{at},\"counts\":{{\"tables\":7}}}}");
    let body = match component {
        "server" => format!("{}\"events\":[{report}{}", &body[..events], &body[after..]),
        _ => body,
    };
    Arrival { received: at.cast_signed(), skew: 0, refused: 0, counted_value: None, body: body.into_bytes() }
}

/// The same of the installation that sends batches of another number.
fn arrival_of(installation: u64, number: u64, component: &str, ago: u64) -> Arrival {
    let id = |number: u64| {
        let body = String::from_utf8(batch_at(number, 0)).unwrap();
        let (_, rest) = body.split_once("\"installation\":\"").unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    let arrival = arrival(number, component, ago);
    let body = String::from_utf8(arrival.body).unwrap().replace(&id(number), &id(installation));
    Arrival { body: body.into_bytes(), ..arrival }
}

/// A collector that has received these.
fn having(arrivals: Vec<Arrival>, prepare: impl FnOnce(&Path)) -> TestCollector {
    TestCollector::with_data(|data| {
        with_manifest(data);
        prepare(data);
        aboveboard_collector::import(data, arrivals).unwrap();
    })
}

fn messages(collector: &TestCollector) -> Vec<(String, String)> {
    let answer = collector.get("/api/health.json?product=quarry");
    assert_eq!(answer.status, 200, "{answer:?}");
    let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let messages = json["messages"].as_array().unwrap();
    let text = |message: &serde_json::Value, key: &str| message[key].as_str().unwrap().to_owned();
    let messages = messages.iter().map(|message| (text(message, "severity"), text(message, "text")));
    // Every collector here listens on loopback.
    messages.filter(|(_, text)| !text.contains("trusted-hops")).collect()
}

/// Everything that is said with this severity.
fn said(collector: &TestCollector, severity: &str) -> String {
    let said: Vec<String> =
        messages(collector).into_iter().filter(|(of, _)| of == severity).map(|(_, text)| text).collect();
    said.join("\n")
}

/// The names of a weekday and a month, and the day between them, of a time.
fn long_day(at: u64) -> String {
    let zoned = jiff::Timestamp::from_second(at.cast_signed()).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
    zoned.strftime("%A, %-d %B").to_string()
}

#[test]
fn a_silence_that_is_far_longer_than_usual_is_said_and_while_batches_flow_none_is() {
    // Each day one of a server and one of a command-line program; three days ago both stopped.
    let both = |last: u64| {
        let days = 0..25;
        let server = days.clone().map(move |day| arrival(day, "server", last + day * DAY));
        let cli = days.map(move |day| arrival(100 + day, "cli", last + day * DAY));
        server.chain(cli).collect::<Vec<_>>()
    };
    let silent = having(both(3 * DAY + 60), |_| {});
    silent.settled();
    let day = long_day(now() - 3 * DAY - 60);
    let bad = said(&silent, "bad");
    let words = format!(
        "No batch has arrived since {day} (3 days ago); the longest gap between batches in the four weeks before was 24 hours."
    );
    assert!(bad.contains(&words), "{bad}");
    assert!(said(&silent, "calm").starts_with(&format!("Last batch: {day}")));
    let page = silent.get("/?product=quarry").text();
    assert!(page.contains(&format!("role=\"alert\"><strong>Look:</strong> {words}")), "{page}");
    // One program comes again: the server is still silent.
    assert_eq!(silent.post(&batch(500)).status, 202);
    silent.settled();
    let bad = said(&silent, "bad");
    assert!(bad.contains(&format!("No server has reported since {day} (3 days ago);")), "{bad}");
    assert!(!bad.contains("No batch"), "{bad}");

    let flowing = having(both(300), |_| {});
    flowing.settled();
    assert_eq!(said(&flowing, "bad"), "");
    assert!(said(&flowing, "calm").contains("(5 minutes ago)"), "{}", said(&flowing, "calm"));
    assert!(!flowing.get("/?product=quarry").text().contains("role=\"alert\""));
}

#[test]
fn a_silence_of_one_or_two_senders_is_never_bad() {
    let daily = |senders: u64| {
        let sent = (0..25).flat_map(|day| (0..senders).map(move |sender| (day, sender)));
        let sent = sent.map(|(day, sender)| {
            arrival_of(sender, 1_000 + 25 * sender + day, "server", 3 * DAY + sender + day * DAY)
        });
        having(sent.collect(), |_| {})
    };
    let two = daily(2);
    let three = daily(3);
    two.settled();
    three.settled();
    let words = "No batch has arrived since";
    assert!(said(&two, "notice").contains(words) && said(&two, "bad").is_empty(), "{:?}", messages(&two));
    assert!(said(&three, "bad").contains(words), "{:?}", messages(&three));
}

#[test]
fn who_sent_something_in_the_same_hours_a_week_before_is_missed_within_the_usual_gap() {
    // Once a day for weeks, and a week before the last five hours so many more.
    let of = |more: u64| {
        let daily = (0..25).map(|day| arrival(day, "cli", 5 * HOUR + day * DAY));
        let before = (0..more).map(|number| arrival(100 + number, "cli", 7 * DAY + 2 * HOUR));
        having(daily.chain(before).collect(), |_| {})
    };
    let few = of(9);
    let many = of(12);
    few.settled();
    many.settled();
    let bad = said(&many, "bad");
    assert!(
        bad.contains("UTC (5 hours ago); 12 installations sent something in the same hours a week before."),
        "{bad}"
    );
    assert!(!said(&few, "bad").contains("No batch"), "{:?}", messages(&few));
}

#[test]
fn a_product_that_begins_and_a_component_that_is_rare_are_said_calmly() {
    let nothing = TestCollector::new();
    assert_eq!(messages(&nothing), [("calm".to_owned(), "No batch has arrived yet.".to_owned())]);
    // One batch of a server ten days ago and two programs since.
    let few = vec![arrival(1, "server", 10 * DAY), arrival(2, "cli", 9 * DAY), arrival(3, "cli", 2 * DAY)];
    let few = having(few, |_| {});
    few.settled();
    let all = messages(&few);
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(all[0].1.contains("(2 days ago). Today "), "{all:?}");
}

#[test]
fn a_silence_of_the_collector_itself_is_not_the_agents() {
    let hourly = (0..300).map(|hour| arrival(hour, "cli", 2 * DAY + hour * HOUR)).collect();
    // It was seen running last just after the last batch.
    let seen =
        |data: &Path| std::fs::write(data.join("running"), format!("{}\n", now() - 2 * DAY + 60)).unwrap();
    let collector = having(hourly, seen);
    collector.settled();
    assert_eq!(said(&collector, "bad"), "");
    let notice = said(&collector, "notice");
    assert!(notice.contains("This collector did not run for 1 day, 23 hours and started"), "{notice}");
    assert!(said(&collector, "calm").contains("(2 days ago)"));

    // The same silence of agents, while it ran.
    let hourly = (0..300).map(|hour| arrival(hour, "cli", 2 * DAY + hour * HOUR)).collect();
    let collector = having(hourly, |_| {});
    collector.settled();
    assert!(said(&collector, "bad").contains("(2 days ago); the longest gap"));
}

#[test]
fn what_agents_drop_is_on_the_page_without_opening_anything_and_in_the_table() {
    let collector = TestCollector::new();
    let body = String::from_utf8(batch(1)).unwrap();
    let body = body.replace("\"outcomes\":{}", "\"outcomes\":{\"spool-full\":40000,\"write-failed\":7}");
    assert_eq!(collector.post(body.as_bytes()).status, 202);
    collector.settled();
    let words = "Agents dropped 40,007 events in the last 7 days: 40,000 because the spool was full, 7 because they could not \
                 be written. A spool is full when an agent could not deliver for long.";
    // Any one sender can say so: it is visible, and not bad.
    assert_eq!((said(&collector, "notice").as_str(), said(&collector, "bad").as_str()), (words, ""));
    assert!(collector.get("/?product=quarry").text().contains(words));
    let csv = collector.get("/api/tables/health.csv?product=quarry").text();
    assert!(csv.contains(&format!("\"notice\",\"{words}\"")), "{csv}");
}

/// Posts a batch through a proxy that names this client.
fn post_from(collector: &TestCollector, client: &str, key: &str, body: &str) -> Answer {
    let request = format!(
        "POST /v1/batch HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naboveboard-key: {key}\r\n\
         x-forwarded-for: {client}\r\ncontent-length: {}\r\n{}\r\n{body}",
        body.len(),
        sender::proof_line(body.as_bytes()),
    );
    exchange(collector.address(), request.as_bytes())
}

#[test]
fn what_is_refused_is_said_with_its_reason_and_how_many_networks_and_no_strangers_text() {
    let collector = TestCollector::with(|config| {
        config.proxy.trusted_hops = 1;
        config.operator.products.insert("quarry".to_owned(), Digest::parse(QUARRY_HASH).unwrap());
    });
    let body = String::from_utf8(batch(1)).unwrap();
    for _ in 0..50 {
        // One stranger, from many addresses of one network.
        assert_eq!(post_from(&collector, "192.0.2.1", "wrong", &body).status, 422);
        assert_eq!(post_from(&collector, "192.0.2.9", "qk_pub_quarry", "<b>nonsense</b>").status, 400);
        let other = body.replace("\"product\":\"quarry\"", "\"product\":\"evil-words\"");
        assert_eq!(post_from(&collector, "192.0.2.1", "wrong", &other).status, 422);
    }
    for network in 1..4 {
        let slip = body.replace("\"product\":\"quarry\"", "\"product\":\"quary\"");
        let client = format!("198.51.{network}.7");
        assert_eq!(post_from(&collector, &client, "qk_pub_quarry", &slip).status, 422);
    }
    let notice = said(&collector, "notice");
    for words in [
        "Refused in the last 24 hours: 50 batches with a wrong ingest key (from 1 network).",
        "3 batches were refused that name a product like quarry with one letter wrong (from 3 networks).",
        "Refused in the last 24 hours: 50 batches of a product that is not known here (from 1 network).",
    ] {
        assert!(notice.contains(words), "{words} in {notice}");
    }
    let calm = said(&collector, "calm");
    assert!(calm.contains("50 batches malformed (from 1 network)"), "{calm}");
    assert_eq!(said(&collector, "bad"), "");
    let page = collector.get("/?product=quarry").text();
    assert!(page.contains("50 batches with a wrong ingest key") && !page.contains("evil-words"));
    assert!(!page.contains("nonsense") && !page.contains("192.0.2") && !page.contains("quary "));
    // Who sees one product sees what is of that product.
    let request =
        "GET /api/health.json HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer quarry-token\r\n\r\n";
    let own = exchange(collector.address(), request.as_bytes()).text();
    assert!(own.contains("wrong ingest key") && own.contains("one letter wrong"), "{own}");
    assert!(!own.contains("not known here") && !own.contains("malformed"), "{own}");
}

#[test]
fn many_networks_with_a_wrong_key_are_bad_however_loud_one_stranger_is() {
    let collector = TestCollector::with(|config| config.proxy.trusted_hops = 1);
    let body = String::from_utf8(batch(1)).unwrap();
    for network in 0..12 {
        assert_eq!(post_from(&collector, &format!("198.51.{network}.7"), "wrong", &body).status, 422);
    }
    let words = "12 batches with a wrong ingest key (from 12 networks)";
    assert!(said(&collector, "bad").contains(words));
    // Beside much more that is taken in, they are a few who try.
    for number in 0..121 {
        assert_eq!(collector.post(&batch(number)).status, 202);
    }
    assert_eq!(said(&collector, "bad"), "");
    assert!(said(&collector, "notice").contains(words));
}

#[test]
fn a_clock_that_is_not_believed_is_said_and_makes_no_silence() {
    // The newest receipt is of next year: the clock seems to have gone back.
    let ahead = Arrival { received: (now() + 300 * DAY).cast_signed(), ..arrival(1, "cli", 0) };
    let collector = TestCollector::with_data(|data| {
        with_manifest(data);
        aboveboard_collector::import(data, [ahead]).unwrap();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let running = runtime.block_on(Collector::start(config(data))).unwrap();
        settled(running.address());
        runtime.block_on(running.shutdown());
    });
    let bad = said(&collector, "bad");
    assert!(bad.contains("Agents are told to come again") && !bad.contains("No batch"), "{bad}");
    assert!(!said(&collector, "calm").contains("ago"), "{}", said(&collector, "calm"));
}

#[test]
fn a_closed_product_is_not_silent() {
    let daily = (0..25).map(|day| arrival(day, "cli", 3 * DAY + day * DAY)).collect::<Vec<_>>();
    let collector = TestCollector::over(
        |data| {
            with_manifest(data);
            aboveboard_collector::import(data, daily).unwrap();
        },
        |config| config.products.closed.push("quarry".to_owned()),
    );
    collector.settled();
    assert_eq!(said(&collector, "bad"), "");
    assert!(said(&collector, "calm").contains("This product is closed"), "{}", said(&collector, "calm"));
}

#[test]
fn what_is_set_aside_is_in_the_line_only_where_it_is_much() {
    let collector = TestCollector::new();
    let refused =
        String::from_utf8(batch(1)).unwrap().replace("\"command\":\"init\"", "\"command\":\"gone\"");
    assert_eq!(collector.post(refused.as_bytes()).status, 202);
    collector.settled();
    let notice = said(&collector, "notice");
    assert!(
        notice.contains("1 event was not what the manifest declares, or is paused, beside 1 batch"),
        "{notice}"
    );
    assert_eq!(said(&collector, "bad"), "");
    for number in 2..40 {
        assert_eq!(collector.post(&batch(number)).status, 202);
    }
    collector.settled();
    assert_eq!(said(&collector, "bad"), "", "one of many is in the table of data quality");
    assert_eq!(said(&collector, "notice"), "");
}
