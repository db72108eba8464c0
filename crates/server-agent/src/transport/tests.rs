//! The server's transport conforms, and gives nothing to a collector without a valid certificate.

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};

use aboveboard_core::delivery::{Transport, conformance};
use proptest::prelude::*;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use super::*;
use crate::resolver::System;

/// The async transport as the suite wants it.
struct Blocking {
    runtime: tokio::runtime::Runtime,
    http: Http,
}

impl Blocking {
    fn new(http: Http) -> Self {
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
        Box::new(Blocking::new(Http::new(&endpoint, Resolver::new(System), None).unwrap()))
    })
    .unwrap();
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

/// An authority of our own, and servers with its certificates.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A client that trusts this authority and nobody else.
    fn client(&self) -> rustls::ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        builder.with_root_certificates(roots).with_no_client_auth()
    }

    /// A server for one connection, whose certificate is for `host` and ends in `until`. It answers `204` and
    /// hands on what it was sent.
    fn serve(&self, host: &str, until: i32) -> (SocketAddr, Receiver<Vec<u8>>) {
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let chain = vec![certificate.der().clone()];
        let config = builder.unwrap().with_no_client_auth().with_single_cert(chain, key).unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, heard) = channel();
        std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let connection = ServerConnection::new(Arc::new(config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            let mut bytes = vec![0; 4096];
            // The client breaks the handshake off where the test wants it to.
            let length = stream.read(&mut bytes).unwrap_or(0);
            bytes.truncate(length);
            let _ =
                io::Write::write_all(&mut stream, b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
            let _ = sender.send(bytes);
        });
        (address, heard)
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let four = |three: &[u8]| {
        let bits = three.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        let digit = |at: usize| char::from(DIGITS[(bits >> (18 - 6 * at)) as usize & 63]);
        (0..4).map(|at| if at <= three.len() { digit(at) } else { '=' }).collect::<String>()
    };
    bytes.chunks(3).map(four).collect()
}

#[test]
fn a_file_of_roots_stands_in_place_of_the_roots_of_the_web() {
    let (authority, other) = (Authority::new(), Authority::new());
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let pem = |authority: &Authority| {
        let base64 = base64(authority.0.der());
        format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
    };
    let both = file("both.pem", &(pem(&other) + &pem(&authority)));
    let foreign = file("foreign.pem", &pem(&other));
    for (roots, expected) in [(both, Ok(204)), (foreign, Err(Failure::Tls))] {
        let (address, heard) = authority.serve("localhost", 2_100);
        let endpoint = Endpoint::parse(&format!("https://localhost:{}", address.port()), true).unwrap();
        let http = Http::new(&endpoint, Resolver::new(System), Some(&roots)).unwrap();
        let request = Request::batch(&endpoint, "key", 0, b"{}".to_vec());
        assert_eq!(Blocking::new(http).post(&request).map(|reply| reply.status), expected);
        assert_eq!(heard.recv().unwrap().is_empty(), expected.is_err());
    }
    let endpoint = Endpoint::parse("https://localhost:1", true).unwrap();
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for unusable in [file("empty.pem", ""), file("broken.pem", broken), directory.path().join("missing.pem")]
    {
        assert!(Http::new(&endpoint, Resolver::new(System), Some(&unusable)).is_none(), "{unusable:?}");
    }
}

#[test]
fn a_certificate_that_is_untrusted_expired_or_foreign_gets_nothing() {
    let authority = Authority::new();
    for (trusts, host, until, expected) in [
        (true, "localhost", 2_100, Ok(204)),
        (false, "localhost", 2_100, Err(Failure::Tls)),
        (true, "localhost", 2_021, Err(Failure::Tls)),
        (true, "telemetry.example", 2_100, Err(Failure::Tls)),
    ] {
        let (address, heard) = authority.serve(host, until);
        let text = format!("https://localhost:{}", address.port());
        let endpoint = Endpoint::parse(&text, true).unwrap();
        let config = if trusts { authority.client() } else { tls().unwrap() };
        let http = Http::with_tls(&endpoint, Resolver::new(System), config).unwrap();
        let request = Request::batch(&endpoint, "key", 0, b"{}".to_vec());
        let status = Blocking::new(http).post(&request).map(|reply| reply.status);
        assert_eq!(status, expected, "{trusts} {host} {until}");
        let heard = heard.recv().unwrap();
        assert_eq!(heard.starts_with(b"POST /v1/batch HTTP/1.1"), expected.is_ok());
        assert_eq!(heard.is_empty(), expected.is_err());
    }
}
