//! What only a process of its own can show: its log, its variables, its proxies.
//!
//! Each test runs this binary again as a small server, with an environment of its own and nothing else in it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expects by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aboveboard_server_agent::Agent;
use aboveboard_testing::Collector;
use aboveboard_testkit::server_product::{Migrated, Tables, declaration};
use aboveboard_types::declaration::Declaration;
use tokio::sync::Notify;

/// In the server: how much of its log it waits for before it ends.
const AWAITED: &str = "AWAITED";

fn product() -> &'static Declaration {
    Box::leak(Box::new(declaration()))
}

/// Runs the server with these variables until its log holds `awaited` that often.
fn serve(awaited: &str, times: usize, variables: &[(&str, &str)]) -> (Output, Vec<String>) {
    let directory = tempfile::tempdir().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_server_itself", "--nocapture"])
        .env_clear()
        .env("STATE_DIRECTORY", directory.path())
        .env(AWAITED, format!("{times} {awaited}"))
        .envs([("QUARRY_TELEMETRY_FIRST_DELAY", "0"), ("QUARRY_TELEMETRY_ALLOW_PRIVATE", "true")])
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let log = text.lines().filter(|line| line.contains(" aboveboard: ")).map(str::to_owned).collect();
    (output, log)
}

#[derive(Clone, Default)]
struct Log {
    bytes: Arc<Mutex<Vec<u8>>>,
    written: Arc<Notify>,
}

impl Log {
    fn count(&self, text: &str) -> usize {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).matches(text).count()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.bytes.lock().unwrap().extend_from_slice(bytes);
        self.written.notify_one();
        std::io::stdout().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// No test but what the tests run again; by itself it has nothing to wait for.
#[test]
fn the_server_itself() {
    let Ok(awaited) = std::env::var(AWAITED) else { return };
    let (times, awaited) = awaited.split_once(' ').unwrap();
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let telemetry = Agent::new(product(), "1.0.0").counts(|| async { Tables(4_711) }).start();
        telemetry.record(Migrated(true));
        while log.count(awaited).to_string() != times {
            let written = tokio::time::timeout(Duration::from_secs(30), log.written.notified()).await;
            assert!(written.is_ok(), "in vain: {awaited}");
        }
        telemetry.shutdown().await;
    });
}

#[test]
fn the_log_names_endpoint_contents_and_switch_and_every_transmission_once() {
    let collector = Collector::start(product());
    let endpoint = collector.endpoint();
    let (_, log) = serve("receipt received", 1, &[("QUARRY_TELEMETRY_ENDPOINT", &endpoint)]);
    let batch = collector.await_batch();
    let [notice, sent] = &log[..] else { panic!("{log:#?}") };
    for part in [&endpoint, "number of tables", "QUARRY_ENABLE_TELEMETRY=false", "INFO"] {
        assert!(notice.contains(part), "{part} is not in: {notice}");
    }
    let bytes = format!("bytes={}", batch.body.len());
    let id = format!("batch={}", batch.envelope.batch);
    for part in [&id, &bytes, "host=\"127.0.0.1\"", "accepted=", "rejected=0", "INFO"] {
        assert!(sent.contains(part), "{part} is not in: {sent}");
    }
    for secret in [&batch.envelope.installation.to_string(), "4711"] {
        assert!(!log.concat().contains(secret), "{secret} is in the log");
    }
}

#[test]
fn an_outage_is_one_warning_however_often_it_is_tried() {
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let endpoint = format!("http://{closed}");
    let variables = [("QUARRY_TELEMETRY_ENDPOINT", endpoint.as_str()), ("QUARRY_TELEMETRY_PERIOD", "1")];
    let (_, log) = serve("telemetry batch kept", 2, &variables);
    let warnings: Vec<_> = log.iter().filter(|line| line.contains("WARN")).collect();
    assert!(matches!(&warnings[..], [warning] if warning.contains("outcome=\"connect\"")), "{log:#?}");
}

#[test]
fn every_variable_that_opts_out_leaves_neither_line_nor_file_nor_request() {
    let collector = Collector::start(product());
    for no in ["ENABLE_TELEMETRY", "QUARRY_ENABLE_TELEMETRY"] {
        let directory = tempfile::tempdir().unwrap();
        let variables = [
            ("QUARRY_TELEMETRY_ENDPOINT", collector.endpoint()),
            ("STATE_DIRECTORY", directory.path().to_str().unwrap().to_owned()),
            (no, "false".to_owned()),
        ];
        let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (_, log) = serve("anything", 0, &variables);
        assert_eq!(log, Vec::<String>::new());
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }
    assert!(collector.batches().is_empty());
}

#[test]
fn a_proxy_that_cannot_be_used_is_told_once_and_nothing_is_sent() {
    let collector = Collector::start(product());
    let endpoint = collector.endpoint();
    for (variable, value) in
        [("ALL_PROXY", "socks6://user:secret@127.0.0.1:9"), ("http_proxy", "http://127.0.0.1:x")]
    {
        let variables = [
            ("QUARRY_TELEMETRY_ENDPOINT", endpoint.as_str()),
            ("QUARRY_TELEMETRY_PERIOD", "1"),
            (variable, value),
        ];
        let (_, log) = serve("telemetry batch kept", 2, &variables);
        let warnings: Vec<_> = log.iter().filter(|line| line.contains("WARN")).collect();
        let why = format!("the proxy in {variable} cannot be used");
        assert!(matches!(&warnings[..], [warning] if warning.contains(&why)), "{log:#?}");
        assert!(!log.concat().contains("secret"), "{log:#?}");
    }
    assert!(collector.batches().is_empty());
}

#[test]
fn the_standard_variables_name_a_proxy_and_tls_goes_through_it_untouched() {
    let proxy = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let seen = std::thread::spawn(move || {
        let (mut stream, _) = proxy.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert!(reader.read_line(&mut head).unwrap() > 0);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        let mut first = [0];
        reader.read_exact(&mut first).unwrap();
        (head, first[0])
    });
    let variables =
        [("QUARRY_TELEMETRY_ENDPOINT", "https://telemetry.quarry.dev"), ("HTTPS_PROXY", &address)];
    serve("cannot be delivered", 1, &variables);
    let (head, first) = seen.join().unwrap();
    assert!(head.starts_with("CONNECT telemetry.quarry.dev:443 "), "{head}");
    assert_eq!(first, 0x16, "what follows is a TLS handshake");
}
