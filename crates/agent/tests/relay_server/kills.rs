//! Hosts and relays that die.

use std::io::Read as _;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use aboveboard_types::event::EventKind;

use rustix::process::{Pid, Signal, kill_process};

use super::relay::{Relay, Server, WANTS};

const MIGRATED: &str = r#"{"event":"migrated","fields":{"worked":true}}"#;

#[test]
fn a_host_that_is_killed_ends_its_relay_and_what_it_recorded_arrives() {
    let mut server = Server::reporting_every(3_600);
    let script = format!("printf '%s\\n' '{{\"relay\":1}}' '{MIGRATED}'; exec sleep 1000");
    let mut host = Command::new("/bin/sh").args(["-c", &script]).stdout(Stdio::piped()).spawn().unwrap();
    let mut relay = Relay::start(server.command().stdin(host.stdout.take().unwrap()));
    relay.await_line(WANTS);
    host.kill().unwrap();
    host.wait().unwrap();
    assert!(relay.child.wait().unwrap().success(), "it ends with the pipe");
    assert!(server.collector.batches().is_empty());
    arrives_after_the_next_start(&mut server);
}

#[test]
fn a_relay_that_is_killed_loses_nothing_that_it_had_recorded() {
    let mut server = Server::reporting_every(3_600);
    let mut relay = server.relay();
    relay.say(MIGRATED);
    let told = std::time::Instant::now();
    while !is_on_disk(&server) {
        assert!(told.elapsed() < std::time::Duration::from_secs(60));
        std::thread::yield_now();
    }
    relay.kill();
    arrives_after_the_next_start(&mut server);
}

#[test]
fn only_a_termination_ends_it_before_its_host_and_what_is_in_the_pipe_is_taken() {
    let mut server = Server::reporting_every(3_600);
    let mut relay = server.relay();
    // The worker is there, and waits for counts.
    relay.await_line(WANTS);
    assert!(relay.threads() > 1);
    let pid = Pid::from_child(&relay.child);
    for signal in [Signal::INT, Signal::QUIT, Signal::HUP] {
        kill_process(pid, signal).unwrap();
    }
    relay.say(MIGRATED);
    kill_process(pid, Signal::TERM).unwrap();
    assert!(relay.child.wait().unwrap().success());
    drop(relay);
    arrives_after_the_next_start(&mut server);
}

fn is_on_disk(server: &Server) -> bool {
    let segments = std::fs::read_dir(server.path().join("telemetry/spool")).into_iter().flatten().flatten();
    segments
        .map(|segment| std::fs::read_to_string(segment.path()))
        .any(|text| text.is_ok_and(|text| text.contains("migrated")))
}

#[test]
fn a_collector_that_never_answers_holds_up_no_line() {
    let mut server = Server::reporting_every(3_600);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set("LARDER_TELEMETRY_ENDPOINT", &format!("http://{}", silent.local_addr().unwrap()));
    let mut relay = server.relay();
    relay.answer(1);
    let (mut connection, _) = silent.accept().unwrap();
    let mut request = [0; 4_096];
    assert!(connection.read(&mut request).unwrap() > 0, "a request that waits for its answer");
    // Far more than a pipe holds, and soon read: the request ends after ten seconds.
    for _ in 0..3_000 {
        relay.say(MIGRATED);
    }
    connection.set_nonblocking(true).unwrap();
    let waits = loop {
        match connection.read(&mut request) {
            Ok(0) => break false,
            Ok(_) => {}
            Err(error) => break error.kind() == std::io::ErrorKind::WouldBlock,
        }
    };
    assert!(waits, "the lines were read while it waited");
    relay.close();
}

/// Starts a relay that delivers soon, and waits for the event.
fn arrives_after_the_next_start(server: &mut Server) {
    server.set("LARDER_TELEMETRY_PERIOD", "1");
    let relay = server.relay();
    let event = server.collector.await_event(|event| matches!(event.kind, EventKind::Declared(_)));
    assert!(matches!(event.kind, EventKind::Declared(declared) if declared.name == "migrated"));
    relay.close();
}
