//! Signals: which end a collector, which have it read again, and that no other changes anything.

use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};

use crate::program::{Program, prepare};
use crate::test_collector::{batch, counted, exchange, post_request, until};

fn send(program: &Program, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(program.pid()).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

#[test]
fn no_signal_but_those_that_stop_it_ends_a_collector() {
    let directory = tempfile::tempdir().unwrap();
    let program = Program::start(&prepare(directory.path(), &directory.path().join("data"), ""));
    let others = [
        Signal::HUP,
        Signal::USR1,
        Signal::USR2,
        Signal::PIPE,
        Signal::ALARM,
        Signal::VTALARM,
        Signal::PROF,
        Signal::XFSZ,
        Signal::CHILD,
        Signal::WINCH,
        Signal::URG,
        Signal::CONT,
        #[cfg(target_os = "linux")]
        Signal::IO,
        #[cfg(target_os = "linux")]
        Signal::POWER,
        #[cfg(target_os = "linux")]
        Signal::STKFLT,
    ];
    for (number, signal) in (1..).zip(others) {
        send(&program, signal);
        // A signal that ends a process does so before it runs on, so that an answer says that it did not.
        let answer = exchange(program.address, &post_request(&batch(number), ""));
        assert_eq!(answer.status, 202, "{signal:?}");
    }
    until(|| counted(program.address) == others.len() as u64);
    program.terminate();
}

#[test]
fn sigterm_sigint_and_sigquit_end_a_collector_well_and_in_time() {
    for signal in [Signal::TERM, Signal::INT, Signal::QUIT] {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        let config = prepare(directory.path(), &data, "[limits]\nstop = \"2s\"\n");
        let mut program = Program::start(&config);
        assert_eq!(exchange(program.address, &post_request(&batch(1), "")).status, 202);
        let start = Instant::now();
        send(&program, signal);
        assert!(program.ended().success(), "{signal:?}");
        assert!(start.elapsed().as_secs() < 10, "{signal:?} took {:?}", start.elapsed());
        let again = Program::start(&config);
        until(|| counted(again.address) == 1);
        again.terminate();
    }
}

#[test]
fn sighup_reads_the_manifests_again_even_where_none_seems_to_have_changed() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let program = Program::start(&prepare(directory.path(), &data, ""));
    let metrics = || exchange(program.address, b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n").text();
    let file = std::fs::read_dir(data.join("manifests")).unwrap().next().unwrap().unwrap().path();
    let modified = file.metadata().unwrap().modified().unwrap();
    let text = std::fs::read(&file).unwrap();
    // As long as before and of the same time, as some ways of copying leave it.
    std::fs::write(&file, vec![b'?'; text.len()]).unwrap();
    std::fs::File::options().write(true).open(&file).unwrap().set_modified(modified).unwrap();
    send(&program, Signal::HUP);
    until(|| metrics().contains("\naboveboard_manifests_rejected 1\n"));
    // What was in force stays.
    assert_eq!(exchange(program.address, &post_request(&batch(1), "")).status, 202);
    std::fs::write(&file, text).unwrap();
    send(&program, Signal::HUP);
    until(|| metrics().contains("\naboveboard_manifests_rejected 0\n"));
    program.terminate();
}
