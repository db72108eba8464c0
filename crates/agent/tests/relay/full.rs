//! A relay that does not read: the host drops and counts, and is never held up.

use std::io::{ErrorKind, Write as _};

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::process::Signal;

use super::home::{Home, VERSION};

const EVENT: &str = "{\"event\":\"start-finished\"}\n";

#[test]
fn a_host_that_does_not_wait_loses_what_does_not_fit_and_all_of_it_is_counted() {
    let home = Home::consenting();
    let relay = home.told(&[]);
    relay.signal(Signal::STOP);
    let mut pipe = relay.stdin.as_ref().unwrap();
    fcntl_setfl(pipe, OFlags::NONBLOCK).unwrap();
    let mut written = 0;
    let mut dropped = 0;
    for _ in 0..10_000 {
        // Lines of this length are written whole or not at all.
        match pipe.write(EVENT.as_bytes()) {
            Ok(bytes) => {
                assert_eq!(bytes, EVENT.len());
                written += 1;
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                dropped += 1;
            }
        }
    }
    assert!(written > 1_000 && dropped > 1_000, "{written} {dropped}");
    relay.signal(Signal::CONT);
    fcntl_setfl(pipe, OFlags::empty()).unwrap();
    pipe.write_all(format!("{{\"dropped\":{dropped}}}\n").as_bytes()).unwrap();
    assert!(relay.close().success());
    assert_eq!(home.events().len(), written);
    assert_eq!(home.drops()["write-failed"], dropped);
}

#[test]
fn a_host_whose_relay_was_killed_learns_of_it_by_an_error_alone() {
    let home = Home::consenting();
    let mut relay = home.told(&[]);
    relay.process.kill().unwrap();
    relay.process.wait().unwrap();
    // As in any host, `SIGPIPE` is ignored here.
    let written = relay.stdin.as_ref().unwrap().write_all(VERSION.as_bytes());
    assert_eq!(written.unwrap_err().kind(), ErrorKind::BrokenPipe);
}
