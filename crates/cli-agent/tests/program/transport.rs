//! The transport under the suite that both agents' transports pass, and before certificates that are not good enough.

use aboveboard_cli_agent::Http;
use aboveboard_core::endpoint::Endpoint;
use aboveboard_delivery::{Failure, Request, Transport as _};
use aboveboard_testing::conformance;
use aboveboard_testkit::authority::Authority;
use aboveboard_types::id::Id;
use aboveboard_types::possession::{Possession, Purpose};

#[test]
fn the_transport_keeps_to_what_every_transport_promises() {
    conformance::run(&|endpoint| Box::new(Http::new(&endpoint, None))).unwrap();
}

#[test]
fn a_certificate_that_is_untrusted_expired_or_foreign_gets_nothing_and_a_file_of_roots_says_whom_to_trust() {
    let authority = Authority::new();
    let other = Authority::new();
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        Some(path)
    };
    let both = || file("both.pem", &(other.pem() + &authority.pem()));
    for (roots, host, until, expected) in [
        (both(), "localhost", 2_100, Ok(204)),
        (both(), "localhost", 2_021, Err(Failure::Tls)),
        (both(), "telemetry.example", 2_100, Err(Failure::Tls)),
        (None, "localhost", 2_100, Err(Failure::Tls)),
        (file("foreign.pem", &other.pem()), "localhost", 2_100, Err(Failure::Tls)),
        (file("empty.pem", ""), "localhost", 2_100, Err(Failure::Tls)),
        (Some(directory.path().join("missing.pem")), "localhost", 2_100, Err(Failure::Tls)),
    ] {
        let (address, received) = authority.serve(host, until);
        let endpoint = Endpoint::parse(&format!("https://localhost:{}", address.port()), true).unwrap();
        let proof = Possession::of(&[1; 32], "sample", "localhost").proof(Purpose::Send);
        let request = Request::batch(&endpoint, "key", 0, (Id::NIL, b"{}".to_vec()), &proof);
        let status = Http::new(&endpoint, roots.as_deref()).post(&request).map(|reply| reply.status);
        assert_eq!(status, expected, "{roots:?} {host} {until}");
        assert_eq!(received.recv().unwrap().is_empty(), expected.is_err());
    }
}
