//! What the bridge takes from a page, and what it refuses from anybody else.

use std::net::SocketAddr;

use aboveboard_types::event::EventKind;
use http::header::HeaderName;
use http::request::Parts;
use http::{Request, StatusCode};

use super::kit::*;
use crate::{Bridge, ConsoleState, MAX_BYTES, Origin, Origins};

const OWN: u16 = 8080;

fn loopback() -> (Bridge<&'static MemorySink>, &'static MemorySink) {
    bridge(Origins::loopback(OWN))
}

/// The request with one header set to another value, or taken away.
fn with(request: http::request::Builder, name: &'static str, value: Option<&str>) -> Parts {
    let mut parts = parts(request);
    let name = HeaderName::from_static(name);
    parts.headers.remove(&name);
    if let Some(value) = value {
        parts.headers.insert(name, value.parse().unwrap());
    }
    parts
}

#[test]
fn what_a_page_reports_becomes_events_with_the_ids_of_the_agent() {
    let (bridge, sink) = loopback();
    let response = bridge.answer(&parts(post()), body().as_bytes(), None);
    assert_eq!((response.status(), response.body().len()), (StatusCode::NO_CONTENT, 0));
    let events = sink.events.lock().unwrap();
    let recorded: Vec<_> = events
        .iter()
        .map(|event| match &event.kind {
            EventKind::Console(event) => {
                (event.route, event.action, event.server, event.cli, event.session.to_string())
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let session = SESSION.to_owned();
    assert_eq!(
        recorded,
        [
            ("/data/:source/schema/:schema", None, Some(SERVER), None, session.clone()),
            ("unknown", Some("table_tracked"), Some(SERVER), None, session)
        ]
    );
}

#[test]
fn what_is_not_declared_is_counted_and_goes_no_further() {
    let (bridge, sink) = loopback();
    let body = format!(
        r#"{{"session":"{SESSION}","events":[{{"route":"/data/salaries","action":"data/trackTable"}},
           {{"route":"/data/salaries"}}]}}"#
    );
    bridge.answer(&parts(post()), body.as_bytes(), None);
    let events = format!("{:?}", sink.events.lock().unwrap());
    assert!(!events.contains("salaries") && events.contains("\"unknown\""), "{events}");
    assert_eq!(*sink.undeclared.lock().unwrap(), 1);
}

#[test]
fn the_config_holds_words_and_token_but_no_id() {
    let (bridge, sink) = bridge(Origins::literal());
    let response = bridge.answer(&parts(config_read()), b"", None);
    let text = String::from_utf8(response.body().clone()).unwrap();
    let expected = format!(
        r#"{{"mode":"on","token":"{TOKEN}","actions":{{"data/trackTable":"table_tracked"}},"routes":["/data/:source/schema/:schema"]}}"#
    );
    assert_eq!(text, expected);
    assert!(!text.contains(&SERVER.to_string()));
    assert!(response.headers().keys().all(|name| !name.as_str().starts_with("access-control")));
    assert_eq!(response.headers()["cache-control"], "no-store");

    *sink.state.lock().unwrap() = ConsoleState::Off;
    assert_eq!(bridge.answer(&parts(config_read()), b"", None).body(), br#"{"mode":"off"}"#);
    assert_eq!(bridge.meta(), r#"<meta name="aboveboard" content='{"mode":"off"}'>"#);
}

#[test]
fn where_telemetry_is_off_nobody_is_asked_who_is_there() {
    let (bridge, sink) = bridge(Origins::loopback(8080));
    let peer = Some("127.0.0.1:4000".parse().unwrap());
    assert!(bridge.to_be_checked(&parts(config_read()), peer).is_some());
    *sink.state.lock().unwrap() = ConsoleState::Off;
    assert!(bridge.to_be_checked(&parts(config_read()), peer).is_none());
    assert_eq!(bridge.answer(&parts(config_read()), b"", peer).body(), br#"{"mode":"off"}"#);
}

#[test]
fn a_page_of_an_agent_that_was_switched_off_learns_so_and_nothing_is_recorded() {
    let (bridge, sink) = loopback();
    *sink.state.lock().unwrap() = ConsoleState::Off;
    let response = bridge.answer(&parts(post()), body().as_bytes(), None);
    assert_eq!((response.status(), &response.body()[..]), (StatusCode::OK, &br#"{"mode":"off"}"#[..]));
    assert!(sink.events.lock().unwrap().is_empty());
}

#[test]
fn forged_hosts_are_misdirected_at_every_route() {
    let forged = [
        "evil.example",
        "evil.example:8080",
        "localhost",
        "localhost:80",
        "localhost:8081",
        "localhost:08080",
        "localhost:+8080",
        "localhost:8080:8080",
        "localhost:",
        "localhost.:8080",
        "LOCALHOST:8080",
        "localhost.evil.example:8080",
        "evil.localhost:8080",
        "localhost:8080.evil.example",
        "localhost:8080@evil.example",
        "evil.example@localhost:8080",
        "localhost:8080/",
        "localhost:8080#",
        "127.0.0.1",
        "127.0.0.1.:8080",
        "127.0.0.2:8080",
        "127.1:8080",
        "127.0.0.01:8080",
        "0x7f.0.0.1:8080",
        "2130706433:8080",
        "0.0.0.0:8080",
        "127.0.0.1.nip.io:8080",
        "::1:8080",
        "[::1]",
        "[::1]:8081",
        "[::01]:8080",
        "[::ffff:127.0.0.1]:8080",
        "[::1%lo]:8080",
        "169.254.169.254:8080",
        "",
    ];
    assert!(forged.len() >= 30);
    let (bridge, sink) = loopback();
    for host in forged {
        for request in [post(), config_read(), Request::get("/telemetry/client.js")] {
            let parts = with(request, "host", Some(host));
            let response = bridge.answer(&parts, body().as_bytes(), None);
            assert_eq!(response.status(), StatusCode::MISDIRECTED_REQUEST, "{host} {}", parts.uri);
        }
    }
    let mut twice = parts(post());
    twice.headers.append("host", "evil.example".parse().unwrap());
    let differing = post().uri("http://evil.example/telemetry/events");
    for parts in [with(post(), "host", None), twice, parts(differing)] {
        assert_eq!(bridge.answer(&parts, body().as_bytes(), None).status(), 421, "{parts:?}");
    }
    assert!(sink.events.lock().unwrap().is_empty());
}

#[test]
fn the_three_names_of_the_loopback_interface_are_ours() {
    let (bridge, _) = loopback();
    for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"] {
        let mut parts = with(post(), "host", Some(host));
        parts.headers.insert("origin", format!("http://{host}").parse().unwrap());
        assert_eq!(bridge.answer(&parts, body().as_bytes(), None).status(), 204, "{host}");
    }
}

#[test]
fn requests_that_pages_of_others_can_make_are_refused() {
    let (bridge, sink) = loopback();
    let cases = [
        ("origin", None, 403),
        ("origin", Some("null"), 403),
        ("origin", Some("http://evil.example"), 403),
        ("origin", Some("http://localhost:8081"), 403),
        ("origin", Some("http://127.0.0.1:8080"), 403),
        ("origin", Some("https://localhost:8080"), 403),
        ("origin", Some("http://localhost:8080/"), 403),
        ("origin", Some("http://localhost:8080, http://evil.example"), 403),
        ("sec-fetch-site", Some("cross-site"), 403),
        ("sec-fetch-site", Some("same-site"), 403),
        ("sec-fetch-site", Some("none"), 403),
        ("aboveboard-token", None, 403),
        ("aboveboard-token", Some(""), 403),
        ("aboveboard-token", Some("07070707-0707-4707-8707-070707070708"), 403),
        ("content-type", None, 415),
        ("content-type", Some("text/plain"), 415),
        ("content-type", Some("text/plain;application/json"), 415),
        ("content-type", Some("application/x-www-form-urlencoded"), 415),
        ("content-type", Some("multipart/form-data; boundary=x"), 415),
        ("content-type", Some("application/json; charset=utf-16"), 415),
        ("content-encoding", Some("gzip"), 415),
    ];
    for (name, value, status) in cases {
        let response = bridge.answer(&with(post(), name, value), body().as_bytes(), None);
        assert_eq!(response.status(), status, "{name}: {value:?}");
    }
    for site in ["cross-site", "same-site", "none"] {
        let parts = with(config_read(), "sec-fetch-site", Some(site));
        assert_eq!(bridge.answer(&parts, b"", None).status(), 403, "config, {site}");
    }
    assert!(sink.events.lock().unwrap().is_empty());
}

#[test]
fn no_route_changes_anything_on_another_method() {
    let (bridge, sink) = loopback();
    let cases = [("config", "GET"), ("events", "POST"), ("client.js", "GET")];
    for (route, allowed) in cases {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"] {
            if method == allowed {
                continue;
            }
            let request = post().method(method).uri(format!("/telemetry/{route}"));
            let response = bridge.answer(&parts(request), body().as_bytes(), None);
            assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {route}");
            assert_eq!(response.headers()["allow"], allowed);
        }
    }
    let unknown = parts(post().uri("/telemetry/"));
    assert_eq!(bridge.answer(&unknown, body().as_bytes(), None).status(), StatusCode::NOT_FOUND);
    assert!(sink.events.lock().unwrap().is_empty());
}

#[test]
fn bodies_that_no_client_sends_are_refused() {
    let (bridge, sink) = loopback();
    let session = |session: &str| format!(r#"{{"session":"{session}","events":[{{"route":"/"}}]}}"#);
    let many = |events: usize| {
        let events = vec![r#"{"route":"/"}"#; events].join(",");
        format!(r#"{{"session":"{SESSION}","events":[{events}]}}"#)
    };
    let cases = [
        ("", 400),
        ("[]", 400),
        ("{}", 400),
        (r#"{"session":"x","events":[]}"#, 400),
        (&session("00000000-0000-0000-0000-000000000000"), 400),
        (&session("01234567-89ab-1def-8123-456789abcdef"), 400),
        (&session("01234567-89ab-4def-c123-456789abcdef"), 400),
        (&session(&SESSION.to_uppercase()), 400),
        (&format!(r#"{{"session":"{SESSION}","events":[],"server":"{SERVER}"}}"#), 400),
        (&format!(r#"{{"session":"{SESSION}","session":"{SESSION}","events":[]}}"#), 400),
        (&format!(r#"{{"session":"{SESSION}","events":[{{"route":"/","payload":"x"}}]}}"#), 400),
        (&format!(r#"{{"session":"{SESSION}","events":[{{"action":"table_tracked"}}]}}"#), 400),
        (&many(crate::limits::MAX_EVENTS + 1), 400),
        (&" ".repeat(MAX_BYTES + 1), 413),
        (&many(crate::limits::MAX_EVENTS), 204),
    ];
    for (body, status) in cases {
        let response = bridge.answer(&parts(post()), body.as_bytes(), None);
        assert_eq!(response.status(), status, "{}", &body[..body.len().min(120)]);
    }
    assert_eq!(sink.events.lock().unwrap().len(), crate::limits::MAX_EVENTS);
}

#[test]
fn too_many_posts_are_asked_to_wait() {
    let (bridge, _) = loopback();
    let last = (0..200).map(|_| bridge.answer(&parts(post()), body().as_bytes(), None)).last().unwrap();
    assert_eq!(
        (last.status(), last.headers()["retry-after"].as_bytes()),
        (StatusCode::TOO_MANY_REQUESTS, &b"5"[..])
    );
}

#[test]
fn only_the_user_of_the_cli_gets_the_token() {
    let (bridge, _) = loopback();
    let stranger = SocketAddr::from(([192, 0, 2, 1], 4000));
    for peer in [None, Some(stranger)] {
        assert_eq!(bridge.answer(&parts(config_read()), b"", peer).status(), StatusCode::FORBIDDEN);
    }
}

#[test]
fn a_server_answers_for_the_origins_it_was_given() {
    let own = Origin::parse("https://quarry.example.org").unwrap();
    let (bridge, _) = bridge(Origins::listed([own]));
    for (host, origin, status) in [
        ("quarry.example.org", "https://quarry.example.org", 204),
        ("quarry.example.org", "http://quarry.example.org", 403),
        ("quarry.example.org", "https://evil.example", 403),
        ("quarry.example.org:443", "https://quarry.example.org", 421),
        ("localhost:8080", "http://localhost:8080", 421),
    ] {
        let mut parts = with(post(), "host", Some(host));
        parts.headers.insert("origin", origin.parse().unwrap());
        assert_eq!(bridge.answer(&parts, body().as_bytes(), None).status(), status, "{host} {origin}");
    }
}

#[test]
fn a_server_that_was_given_no_origin_answers_to_addresses_and_not_to_names() {
    let (bridge, _) = bridge(Origins::literal());
    for (host, origin, status) in [
        ("192.0.2.7:8080", "http://192.0.2.7:8080", 204),
        ("[2001:db8::7]", "https://[2001:db8::7]", 204),
        ("localhost", "http://localhost", 204),
        ("localhost", "http://localhost:8080", 403),
        ("quarry.example.org", "https://quarry.example.org", 421),
        ("evil.localhost", "http://evil.localhost", 421),
    ] {
        let mut parts = with(post(), "host", Some(host));
        parts.headers.insert("origin", origin.parse().unwrap());
        assert_eq!(bridge.answer(&parts, body().as_bytes(), None).status(), status, "{host} {origin}");
    }
}

#[test]
fn an_origin_has_one_spelling() {
    for text in
        ["https://quarry.example.org", "http://catalog.internal:8080", "http://[::1]:8080", "http://10.0.0.1"]
    {
        assert!(Origin::parse(text).is_some(), "{text}");
    }
    for text in [
        "quarry.example.org",
        "https://quarry.example.org/",
        "https://quarry.example.org:443",
        "https://Quarry.example.org",
        "https://u@quarry.example.org",
        "https://*.example.org",
        "https://*",
        "*",
        "null",
        "https://",
        "ftp://quarry.example.org",
        "http://2130706433",
        "http://127.1",
        "http://a..b",
    ] {
        assert_eq!(Origin::parse(text), None, "{text}");
    }
}
