//! Which endpoints are taken, and which addresses are dialled: `tests/vectors/endpoints.json`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use std::net::{IpAddr, Ipv4Addr};

use aboveboard_core::endpoint::{Endpoint, Unusable};
use serde_json::Value;

fn rows(of: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("../../../tests/vectors/endpoints.json")).unwrap();
    let rows = all[of].as_array().unwrap().clone();
    assert!(rows.len() > 20, "{of}");
    rows
}

fn parse(row: &Value) -> Result<Endpoint, Unusable> {
    Endpoint::parse(row["endpoint"].as_str().unwrap(), row["allow-private"].as_bool().unwrap())
}

#[test]
fn an_endpoint_that_is_taken_has_the_spelling_that_the_vectors_say() {
    for row in rows("accepted") {
        let endpoint = parse(&row).unwrap_or_else(|error| panic!("{row}: {error}"));
        assert_eq!(endpoint.as_str(), row["url"], "{row}");
        assert_eq!(endpoint.identity_host(), row["identity-host"].as_str().unwrap(), "{row}");
        assert_eq!(endpoint.tag(), row["tag"].as_str().unwrap(), "{row}");
        assert_eq!(endpoint.is_tls(), endpoint.as_str().starts_with("https://"), "{row}");
        // Its spelling is its own.
        assert_eq!(Endpoint::parse(endpoint.as_str(), row["allow-private"] == true), Ok(endpoint));
    }
    let endpoint = Endpoint::parse("https://a.example/in", false).unwrap();
    assert_eq!(endpoint.join("/v1/batch"), "https://a.example/in/v1/batch");
}

#[test]
fn what_readers_could_disagree_about_or_may_not_be_dialled_is_refused_as_the_vectors_say() {
    let name = |error: Unusable| match error {
        Unusable::NotHttps => "not-https",
        Unusable::UserInfo => "user-info",
        Unusable::Host => "host",
        Unusable::Port => "port",
        Unusable::Path => "path",
        Unusable::TooLong => "too-long",
        Unusable::PrivateAddress => "private-address",
        other => panic!("{other:?} has no vector"),
    };
    for row in rows("refused") {
        assert_eq!(parse(&row).map_err(name), Err(row["why"].as_str().unwrap()), "{row}");
    }
}

#[test]
fn an_address_is_dialled_as_far_as_the_vectors_say_that_it_reaches() {
    for row in rows("reach") {
        let text = row["address"].as_str().unwrap();
        let address: IpAddr = text.parse().unwrap();
        let host = if address.is_ipv6() { format!("[{text}]") } else { text.to_owned() };
        for allowed in [false, true] {
            let may_be_dialled = match row["reach"].as_str().unwrap() {
                "public" => true,
                "private" => allowed,
                "nowhere" => false,
                other => panic!("{other}"),
            };
            let by_name = Endpoint::parse("https://a.example", allowed).unwrap();
            assert_eq!(by_name.may_dial(address), may_be_dialled, "{row} {allowed}");
            assert_eq!(Endpoint::parse(&format!("https://{host}"), allowed).is_ok(), may_be_dialled, "{row}");
        }
        // In the clear, only where it is private.
        let is_private = row["reach"] == "private";
        let by_name = Endpoint::parse("http://a.example", true).unwrap();
        assert_eq!(by_name.may_dial(address), is_private, "{row}");
        assert_eq!(Endpoint::parse(&format!("http://{host}"), true).is_ok(), is_private, "{row}");
    }
}

#[test]
fn a_name_is_judged_by_the_address_that_is_dialled() {
    let private: IpAddr = "192.168.1.1".parse().unwrap();
    let public: IpAddr = "8.8.8.8".parse().unwrap();
    let may = |text, leave, address| Endpoint::parse(text, leave).unwrap().may_dial(address);
    assert!(may("https://a.example", false, public));
    assert!(!may("https://a.example", false, private));
    assert!(!may("https://localhost", false, Ipv4Addr::LOCALHOST.into()));
    assert!(may("https://a.example", true, private));
}
