//! The transport under the suite that both agents' transports pass, and before certificates that are not good enough.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use aboveboard_cli_agent::Http;
use aboveboard_core::endpoint::Endpoint;
use aboveboard_delivery::proxy::Way;
use aboveboard_delivery::{Failure, Request, Transport as _};
use aboveboard_testing::conformance;
use aboveboard_testkit::authority::Authority;
use aboveboard_types::id::Id;
use aboveboard_types::possession::{Possession, Purpose};

use super::tool::Home;

#[test]
fn the_transport_keeps_to_what_every_transport_promises() {
    conformance::run(&|endpoint| Box::new(Http::new(&endpoint, None, &Way::Direct))).unwrap();
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
        let status =
            Http::new(&endpoint, roots.as_deref(), &Way::Direct).post(&request).map(|reply| reply.status);
        assert_eq!(status, expected, "{roots:?} {host} {until}");
        assert_eq!(received.recv().unwrap().is_empty(), expected.is_err());
    }
}

/// A proxy that leads every tunnel to one address, whatever name was asked for.
fn misleading_proxy(to: SocketAddr) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(client.try_clone().unwrap());
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).unwrap() > 0);
        }
        let mut server = TcpStream::connect(to).unwrap();
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        let mut answers = server.try_clone().unwrap();
        thread::spawn(move || {
            let _ = std::io::copy(&mut answers, &mut client);
            let _ = client.shutdown(std::net::Shutdown::Both);
        });
        let _ = std::io::copy(&mut reader, &mut server);
        let _ = server.shutdown(std::net::Shutdown::Both);
    });
    address
}

#[test]
fn variables_that_name_a_proxy_and_roots_lead_what_was_recorded_to_nobody_else() {
    // The first is the manifest's; the second is named by the environment alone, so that its roots count and no proxy does.
    for (endpoint, host) in
        [("https://telemetry.invalid", "telemetry.invalid"), ("https://own.invalid", "own.invalid")]
    {
        for verb in ["send", "held", "forget", "doctor"] {
            let home = Home::new();
            home.verb(endpoint, &["on"]);
            home.run(endpoint, &["good"]);
            // So that a collector is known that can be asked.
            home.run(endpoint, &["telemetry", "send"]);
            let authority = Authority::new();
            let (address, received) = authority.serve(host, 2_100);
            let roots = home.path().join("roots.pem");
            std::fs::write(&roots, authority.pem()).unwrap();
            let mut command = home.tool(endpoint);
            command.args(["telemetry", verb]).env("HTTPS_PROXY", misleading_proxy(address));
            let output = command.env("TOOL_TELEMETRY_ROOTS", &roots).output().unwrap();
            assert!(!output.status.success(), "{endpoint} {verb}: {output:?}");
            // Where nobody came, the listener still waits: end its wait.
            drop(TcpStream::connect(address));
            assert_eq!(received.recv().unwrap(), b"", "{endpoint} {verb}: {output:?}");
        }
    }
}

#[test]
fn roots_that_do_not_count_are_shown_with_the_reason() {
    let home = Home::new();
    let roots = home.path().join("roots.pem");
    std::fs::write(&roots, Authority::new().pem()).unwrap();
    let says = |endpoint: &str, verb: &[&str]| {
        let mut command = home.tool(endpoint);
        let output = command.arg("telemetry").args(verb).env("TOOL_TELEMETRY_ROOTS", &roots).output();
        let output = output.unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    for verb in [&["status"][..], &["status", "--json"], &["doctor"]] {
        let manifests = says("https://telemetry.invalid", verb);
        assert!(manifests.contains("TOOL_TELEMETRY_ROOTS"), "{manifests}");
        assert!(manifests.contains("the product's manifest names this collector"), "{manifests}");
        let own = says("https://own.invalid", verb);
        assert!(!own.contains("TOOL_TELEMETRY_ROOTS"), "{own}");
    }
}

#[test]
fn a_relative_file_of_roots_is_the_same_file_to_the_helper() {
    let home = Home::new();
    let authority = Authority::new();
    let (address, received) = authority.serve("localhost", 2_100);
    let endpoint = format!("https://localhost:{}", address.port());
    std::fs::write(home.path().join("roots.pem"), authority.pem()).unwrap();
    home.verb(&endpoint, &["on"]);
    let mut command = home.tool(&endpoint);
    command.arg("good").env("TOOL_TELEMETRY_PERIOD", "0").current_dir(home.path());
    command.env("TOOL_TELEMETRY_ROOTS", "roots.pem").output().unwrap();
    let request = received.recv_timeout(Duration::from_secs(30)).unwrap_or_default();
    assert_ne!(request, b"", "the helper gave up before its first request");
}

#[test]
fn doctor_tells_roots_that_cannot_be_read_from_a_certificate_that_is_not_trusted() {
    let home = Home::new();
    let authority = Authority::new();
    let (address, _received) = authority.serve("localhost", 2_100);
    let endpoint = format!("https://localhost:{}", address.port());
    let file = |name: &str, text: &str| {
        std::fs::write(home.path().join(name), text).unwrap();
        name.to_owned()
    };
    let foreign = file("foreign.pem", &Authority::new().pem());
    home.verb(&endpoint, &["on"]);
    let doctor = |roots: &str| {
        let mut command = home.tool(&endpoint);
        command.args(["telemetry", "doctor"]).env("TOOL_TELEMETRY_ROOTS", roots).current_dir(home.path());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    for (roots, why) in [
        ("missing.pem".to_owned(), "cannot be read: No such file"),
        (".".to_owned(), "cannot be read"),
        (file("empty.pem", ""), "holds no certificate"),
        (file("broken.pem", "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n"), "no PEM"),
    ] {
        let said = doctor(&roots);
        let named = home.path().join(&roots);
        assert!(said.contains(why) && said.contains("TOOL_TELEMETRY_ROOTS=/"), "{roots}: {said}");
        assert!(roots == "." || said.contains(&*named.to_string_lossy()), "{roots}: {said}");
        assert!(!said.contains("is not trusted"), "{roots}: {said}");
    }
    let said = doctor(&foreign);
    assert!(said.contains("is not trusted") && !said.contains("roots:"), "{said}");
}
