//! The server's transport conforms, and gives nothing to a collector without a valid certificate.

use std::sync::Arc;

use aboveboard_core::endpoint::Endpoint;
use aboveboard_delivery::proxy::Way;
use aboveboard_delivery::{Failure, Reply, Request, Transport};
use aboveboard_testing::conformance;
use aboveboard_testkit::authority::Authority;
use aboveboard_testkit::proxies;
use aboveboard_types::id::Id;
use aboveboard_types::possession::{Possession, Purpose};
use proptest::prelude::*;

use crate::resolver::{Resolver, System};
use crate::transport::Http;

/// The async transport as the suite wants it.
struct Blocking {
    runtime: tokio::runtime::Runtime,
    http: Arc<Http>,
}

impl Blocking {
    fn new(http: Arc<Http>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { runtime, http }
    }
}

impl Transport for Blocking {
    fn post(&mut self, request: &Request) -> Result<Reply, Failure> {
        self.runtime.block_on(self.http.post(request.clone()))
    }
}

#[test]
fn conforms() {
    conformance::run(&|endpoint| {
        Box::new(Blocking::new(Http::new(&endpoint, Resolver::new(System), None, &Way::Direct).unwrap()))
    })
    .unwrap();
}

#[test]
fn every_vector_goes_through_the_proxy_past_it_or_nowhere_as_it_says() {
    let make = |endpoint: &Endpoint, way: &Way| -> Box<dyn Transport> {
        Box::new(Blocking::new(Http::new(endpoint, Resolver::new(System), None, way).unwrap()))
    };
    proxies::try_all(&make, false);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Two readers who disagree about a host are how a check is passed and another host is dialled.
    #[test]
    fn the_client_reads_an_endpoint_as_the_check_did(
        text in "https?://([a-zA-Z0-9@:%._\\[\\]/\\\\?#-]|127\\.1|0x7f|::1|xn--|[\\u{30}-\\u{ffff}]){1,24}",
        allow_private in any::<bool>(),
    ) {
        if let Ok(endpoint) = Endpoint::parse(&text, allow_private)
            && let Ok(url) = reqwest::Url::parse(&endpoint.join("/v1/batch"))
        {
            prop_assert_eq!(url.host_str().map(|host| host.trim_matches(['[', ']'])), Some(endpoint.host()));
            prop_assert_eq!(url.scheme() == "https", endpoint.is_tls());
            prop_assert_eq!((url.username(), url.password(), url.query(), url.fragment()), ("", None, None, None));
            prop_assert!(url.path().ends_with("/v1/batch"));
            prop_assert_eq!(Endpoint::parse(endpoint.as_str(), allow_private), Ok(endpoint));
        }
    }
}

#[test]
fn a_file_of_roots_stands_in_place_of_the_roots_of_the_web() {
    let authority = Authority::new();
    let other = Authority::new();
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let both = file("both.pem", &(other.pem() + &authority.pem()));
    let foreign = file("foreign.pem", &other.pem());
    for (roots, expected) in [(both, Ok(204)), (foreign, Err(Failure::Tls))] {
        let (address, received) = authority.serve("localhost", 2_100);
        let endpoint = Endpoint::parse(&format!("https://localhost:{}", address.port()), true).unwrap();
        let http = Http::new(&endpoint, Resolver::new(System), Some(&roots), &Way::Direct).unwrap();
        let proof = Possession::of(&[1; 32], "sample", "localhost").proof(Purpose::Send);
        let request = Request::batch(&endpoint, "key", 0, (Id::NIL, b"{}".to_vec()), &proof);
        assert_eq!(Blocking::new(http).post(&request).map(|reply| reply.status), expected);
        assert_eq!(received.recv().unwrap().is_empty(), expected.is_err());
    }
    let endpoint = Endpoint::parse("https://localhost:1", true).unwrap();
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for unusable in [file("empty.pem", ""), file("broken.pem", broken), directory.path().join("missing.pem")]
    {
        assert!(
            Http::new(&endpoint, Resolver::new(System), Some(&unusable), &Way::Direct).is_err(),
            "{unusable:?}"
        );
    }
}

#[test]
fn a_certificate_that_is_untrusted_expired_or_foreign_gets_nothing() {
    let authority = Authority::new();
    let directory = tempfile::tempdir().unwrap();
    let roots = directory.path().join("roots.pem");
    std::fs::write(&roots, authority.pem()).unwrap();
    for (trusts, host, until, expected) in [
        (true, "localhost", 2_100, Ok(204)),
        (false, "localhost", 2_100, Err(Failure::Tls)),
        (true, "localhost", 2_021, Err(Failure::Tls)),
        (true, "telemetry.example", 2_100, Err(Failure::Tls)),
    ] {
        let (address, received) = authority.serve(host, until);
        let text = format!("https://localhost:{}", address.port());
        let endpoint = Endpoint::parse(&text, true).unwrap();
        let http =
            Http::new(&endpoint, Resolver::new(System), trusts.then_some(&*roots), &Way::Direct).unwrap();
        let proof = Possession::of(&[1; 32], "sample", "localhost").proof(Purpose::Send);
        let request = Request::batch(&endpoint, "key", 0, (Id::NIL, b"{}".to_vec()), &proof);
        let status = Blocking::new(http).post(&request).map(|reply| reply.status);
        assert_eq!(status, expected, "{trusts} {host} {until}");
        let request = received.recv().unwrap();
        assert_eq!(request.starts_with(b"POST /v1/batch HTTP/1.1"), expected.is_ok());
        assert_eq!(request.is_empty(), expected.is_err());
    }
}
