//! Which way a request takes: `tests/vectors/proxy.json`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use aboveboard_core::endpoint::Endpoint;
use aboveboard_core::environment::Environment;
use aboveboard_delivery::proxy::{Way, Why};
use aboveboard_testkit::proxies::{rows, way};

#[test]
fn every_environment_leads_the_way_that_the_vectors_say() {
    for row in rows() {
        let (_, way) = way(&row);
        match way {
            Way::Direct => assert_eq!(row["way"], "direct", "{row}"),
            Way::Through(proxy) => {
                assert_eq!(row["way"], "through", "{row}: {proxy}");
                assert_eq!(row["by"], proxy.variable, "{row}");
                assert_eq!(row["proxy"], proxy.to_string(), "{row}");
                let credentials = proxy.credentials.as_ref();
                assert_eq!(row["user"].as_str(), credentials.map(|given| &*given.user), "{row}");
                assert_eq!(row["password"].as_str(), credentials.map(|given| &*given.password), "{row}");
            }
            Way::Unusable(unusable) => {
                assert_eq!(row["way"], "unusable", "{row}: {unusable}");
                assert_eq!(row["by"], unusable.variable, "{row}");
                assert_eq!(row["why"], unusable.why.name(), "{row}");
            }
        }
    }
}

#[test]
fn a_password_is_shown_nowhere() {
    let endpoint = Endpoint::parse("https://telemetry.example", false).unwrap();
    for value in
        ["http://user:secret@proxy.test:3128", "socks4://user:secret@proxy.test", "http://user:secret@"]
    {
        let way = Way::to(&endpoint, &Environment::of([("HTTPS_PROXY", value)]));
        let shown = match &way {
            Way::Through(proxy) => format!("{proxy} {way:?}"),
            Way::Unusable(unusable) => format!("{unusable} {way:?}"),
            Way::Direct => panic!("{value}"),
        };
        assert!(!shown.contains("secret") && !shown.contains("user:"), "{shown}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_text_is_no_way_past_the_proxy() {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::OsStrExt as _;
    let endpoint = Endpoint::parse("https://telemetry.example", false).unwrap();
    let value: OsString = OsStr::from_bytes(b"http://proxy.test:3128/\xff").to_owned();
    let Way::Unusable(unusable) = Way::to(&endpoint, &Environment::of([("HTTPS_PROXY", value)])) else {
        panic!("it leads somewhere")
    };
    assert_eq!(unusable.why, Why::Value);
}
