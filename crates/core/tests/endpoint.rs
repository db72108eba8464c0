//! Which endpoints are taken, and which addresses are dialled.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use std::net::{IpAddr, Ipv4Addr};

use aboveboard_core::endpoint::{Endpoint, Unusable};

#[test]
fn an_endpoint_is_scheme_host_port_and_plain_path() {
    for (text, url, host) in [
        ("https://telemetry.quarry.dev", "https://telemetry.quarry.dev", "telemetry.quarry.dev"),
        ("https://Telemetry.Quarry.dev/", "https://telemetry.quarry.dev", "telemetry.quarry.dev"),
        ("https://a.example:8443/in/here/", "https://a.example:8443/in/here", "a.example"),
        ("https://8.8.8.8", "https://8.8.8.8", "8.8.8.8"),
        ("https://[2606:4700:0:0::1111]/", "https://[2606:4700::1111]", "2606:4700::1111"),
        ("https://[2606:4700::1111]:443", "https://[2606:4700::1111]:443", "2606:4700::1111"),
    ] {
        let endpoint = Endpoint::parse(text, false).unwrap();
        assert_eq!((endpoint.as_str(), endpoint.host()), (url, host));
    }
    let endpoint = Endpoint::parse("https://a.example/in", false).unwrap();
    assert_eq!(endpoint.join("/v1/batch"), "https://a.example/in/v1/batch");
}

#[test]
fn what_readers_could_disagree_about_is_refused() {
    use Unusable::{Host, NotHttps, Path, Port, TooLong, UserInfo};
    let long = format!("https://{}.example", "a".repeat(256));
    for allow_private in [false, true] {
        for (text, why) in [
            ("", NotHttps),
            ("ftp://a.example", NotHttps),
            ("HTTPS://a.example", NotHttps),
            ("https:a.example", NotHttps),
            ("https://", Host),
            ("https://user@a.example", UserInfo),
            ("https://user:pass@127.0.0.1", UserInfo),
            ("https://a.example@10.0.0.1/", UserInfo),
            ("https://2130706433", Host),
            ("https://0x7f000001", Host),
            ("https://0x7f.1", Host),
            ("https://0177.0.0.1", Host),
            ("https://127.1", Host),
            ("https://127.0.0.1.", Host),
            ("https://1.2.3.4.5", Host),
            ("https://a..example", Host),
            ("https://-a.example", Host),
            ("https://a%2eexample", Host),
            ("https://[::1", Port),
            ("https://[fe80::1%25eth0]", Host),
            ("https://a.example:0", Port),
            ("https://a.example:65536", Port),
            ("https://a.example:", Port),
            ("https://a.example:+1", Port),
            ("https://[2606:4700::1]8080", Port),
            ("https://a.example\\@b.example", Path),
            ("https://a.example/../b", Path),
            ("https://a.example/a//b", Path),
            ("https://a.example/?q", Path),
            ("https://a.example#f", Path),
            ("https://a.example/%2e", Path),
            ("https://a.example/a b", Path),
            ("https://a.example\r\nhost: b", Path),
            ("https://ä.example", Host),
            (&long, TooLong),
        ] {
            assert_eq!(Endpoint::parse(text, allow_private), Err(why), "{text}");
        }
    }
}

#[test]
fn private_addresses_in_every_spelling_need_leave() {
    for host in [
        "127.0.0.1",
        "127.255.0.9",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[fec0::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[64:ff9b:1::1]",
    ] {
        let text = format!("https://{host}:9000");
        assert_eq!(Endpoint::parse(&text, false), Err(Unusable::PrivateAddress), "{host}");
        assert!(Endpoint::parse(&text, true).is_ok(), "{host}");
    }
    for host in [
        "0.0.0.0",
        "[::]",
        "224.0.0.1",
        "255.255.255.255",
        "[ff02::1]",
        "192.0.2.1",
        "[::127.0.0.1]",
        "[2001:db8::1]",
    ] {
        assert_eq!(
            Endpoint::parse(&format!("https://{host}"), true),
            Err(Unusable::PrivateAddress),
            "{host}"
        );
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

#[test]
fn in_the_clear_only_to_private_addresses() {
    assert_eq!(Endpoint::parse("http://127.0.0.1:1", false), Err(Unusable::NotHttps));
    assert_eq!(Endpoint::parse("http://8.8.8.8", true), Err(Unusable::NotHttps));
    let endpoint = Endpoint::parse("http://collector.internal:7700", true).unwrap();
    assert!(!endpoint.is_tls());
    assert!(endpoint.may_dial("10.1.2.3".parse().unwrap()));
    assert!(!endpoint.may_dial("8.8.8.8".parse().unwrap()));
}
