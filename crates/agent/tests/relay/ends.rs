//! How it ends: by the pipe, by a signal, by a host that dies, and by a kill of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

use aboveboard_types::limits::MAX_NUMBER;
use rustix::process::{Signal, getsid};
use serde_json::json;

use super::home::{AGENT, Home, Relay, VERSION, manifest, text, until};

const BEGIN: &str = r#"{"begin":"init","run":1}"#;
const END: &str = r#"{"end":1,"outcome":"success"}"#;

fn unfinished() -> serde_json::Value {
    json!({"name": "command", "command": "init", "unfinished": true})
}

#[test]
fn when_the_pipe_closes_it_reports_what_is_open_and_ends_well() {
    let home = Home::consenting();
    let relay = home.told(&[BEGIN]);
    assert!(relay.close().success());
    assert_eq!(home.events(), [unfinished()]);
}

#[test]
fn a_host_that_is_killed_leaves_an_unfinished_command_and_no_process() {
    let home = Home::consenting();
    // The host's stderr goes to the relay, so its end is that of both.
    let script =
        "exec 3> >(exec \"$0\" relay --explain --manifest \"$1\"); printf '%s' \"$2\" >&3; read -r word";
    let mut host = home.equip(Command::new("bash"));
    let lines = text(&[VERSION, BEGIN, "{}"]);
    host.args(["-c", script, AGENT]).arg(manifest()).arg(lines);
    let mut host = host.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut explained = BufReader::new(host.stderr.take().unwrap());
    let mut line = String::new();
    explained.read_line(&mut line).unwrap();
    assert_eq!(line, "line 3: not a line of this protocol\n");
    assert_eq!(home.events(), [json!(null); 0], "it is open");
    host.kill().unwrap();
    host.wait().unwrap();
    explained.read_to_string(&mut line).unwrap();
    assert_eq!(home.events(), [unfinished()]);
}

#[test]
fn a_host_that_crashes_does_too() {
    let home = Home::consenting();
    let script =
        "exec 3> >(exec \"$0\" relay --explain --manifest \"$1\"); printf '%s' \"$2\" >&3; kill -SEGV $$";
    let mut host = home.equip(Command::new("bash"));
    host.args(["-c", script, AGENT]).arg(manifest()).arg(text(&[VERSION, BEGIN]));
    let output = host.output().unwrap();
    assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
    assert_eq!(home.events(), [unfinished()]);
}

#[test]
fn a_relay_that_is_killed_leaves_the_command_to_whoever_seals_next() {
    let home = Home::consenting();
    let mut relay = home.told(&[BEGIN]);
    relay.process.kill().unwrap();
    relay.process.wait().unwrap();
    let next = home.verb(&["preview"]);
    assert!(next.contains(r#""command":"init""#) && next.contains(r#""unfinished":true"#), "{next}");
}

#[test]
fn what_was_dropped_is_written_down_soon_though_nothing_more_comes() {
    let home = Home::consenting();
    let mut relay = home.told(&[BEGIN]);
    // It has looked whether a delivery is due, which writes down what was dropped until then.
    until("the line it was waited for with", || home.drops().contains_key("undeclared"));
    relay.tell(&[r#"{"dropped":3}"#]);
    until("what was dropped", || home.drops().contains_key("write-failed"));
    relay.process.kill().unwrap();
    relay.process.wait().unwrap();
    assert_eq!(home.drops()["write-failed"], 3);
}

#[test]
fn what_was_dropped_stays_within_what_a_batch_may_say() {
    let home = Home::consenting();
    let most = format!(r#"{{"dropped":{MAX_NUMBER}}}"#);
    for _ in 0..2 {
        assert!(home.told(&[&most, &most, r#"{"event":"start-finished"}"#]).close().success());
    }
    let preview: serde_json::Value = serde_json::from_str(&home.verb(&["preview"])).unwrap();
    assert_eq!(preview["outcomes"]["write-failed"], MAX_NUMBER, "{preview}");
}

#[test]
fn a_relay_that_is_detached_is_no_child_of_a_host_that_waits_for_all_of_its_children() {
    let home = Home::consenting();
    // The one child ends at once, and the relay goes on with the pipe.
    let mut child = home.relay(&["--detach", "--explain"]).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let mut explained = BufReader::new(child.stderr.take().unwrap());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let relay: u32 = String::from_utf8(output.stdout).unwrap().trim_end().parse().unwrap();
    pipe.write_all(text(&[VERSION, BEGIN, "{}"]).as_bytes()).unwrap();
    let mut line = String::new();
    explained.read_line(&mut line).unwrap();
    assert_eq!(line, "line 3: not a line of this protocol\n");
    let arguments = std::fs::read(format!("/proc/{relay}/cmdline")).unwrap();
    let host = format!("--host-process={}", std::process::id());
    assert!(arguments.split(|byte| *byte == 0).any(|argument| argument == host.as_bytes()));
    pipe.write_all(text(&[END]).as_bytes()).unwrap();
    drop(pipe);
    explained.read_to_string(&mut line).unwrap();
    let ended = json!({"name": "command", "command": "init", "error": false});
    assert_eq!(home.events(), [ended], "its end is that of its stderr");
}

#[test]
fn asked_to_end_it_takes_what_is_in_the_pipe_and_ends() {
    let home = Home::consenting();
    let mut relay = home.told(&[]);
    relay.signal(Signal::STOP);
    relay.tell(&[BEGIN, r#"{"event":"start-finished"}"#, END, r#"{"begin":"metadata apply","run":2}"#]);
    relay.signal(Signal::TERM);
    relay.signal(Signal::CONT);
    assert!(relay.process.wait().unwrap().success());
    let open = json!({"name": "command", "command": "metadata apply", "unfinished": true});
    let ended = json!({"name": "command", "command": "init", "error": false});
    let mut expected = [ended, open, json!({"name": "start-finished", "fields": {}})];
    expected.sort_by_key(ToString::to_string);
    assert_eq!(home.events(), expected);
}

#[test]
fn signals_that_are_meant_for_the_host_do_not_end_it() {
    let home = Home::consenting();
    let mut relay = home.told(&[BEGIN]);
    for signal in [Signal::INT, Signal::QUIT, Signal::HUP, Signal::CHILD] {
        relay.signal(signal);
        relay.sync();
    }
    relay.tell(&[END]);
    assert!(relay.close().success());
    assert_eq!(home.events(), [json!({"name": "command", "command": "init", "error": false})]);
}

#[test]
fn it_is_in_a_session_of_its_own_and_holds_no_stream_of_the_hosts() {
    let home = Home::consenting();
    let mut command = home.relay(&[]);
    let mut relay = command.spawn().unwrap();
    // Whoever reads them comes to their end, though it lives.
    for stream in
        [&mut relay.stdout.take().unwrap() as &mut dyn std::io::Read, &mut relay.stderr.take().unwrap()]
    {
        let mut words = String::new();
        stream.read_to_string(&mut words).unwrap();
        assert_eq!(words, "");
    }
    let pid = rustix::process::Pid::from_child(&relay);
    assert_eq!(getsid(Some(pid)).unwrap(), pid);
    assert_eq!(relay.try_wait().unwrap(), None);
    drop(relay.stdin.take());
    assert!(relay.wait().unwrap().success());
}

#[test]
fn an_end_of_its_own_pipe_that_it_inherited_keeps_it_from_nothing() {
    let home = Home::consenting();
    let script =
        "mkfifo pipe; exec 3<>pipe; \"$0\" relay --explain --manifest \"$1\" <pipe & printf '%s' \"$2\" >&3";
    let mut host = home.equip(Command::new("sh"));
    host.args(["-c", script, AGENT]).arg(manifest()).arg(text(&[VERSION, BEGIN])).current_dir(home.path());
    // The relay holds stderr until it has ended.
    let output = host.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    assert_eq!(home.events(), [unfinished()]);
}

#[test]
fn its_memory_is_bounded_and_a_hundred_thousand_events_are_all_accounted_for() {
    let home = Home::consenting();
    let mut relay = Relay::start(home.relay(&["--explain"]));
    relay.tell(&[VERSION]);
    let lines: String = (0..1_000)
        .map(|at| format!("{{\"event\":\"start-finished\",\"fields\":{{\"retries\":{}}}}}\n", at % 20))
        .collect();
    for _ in 0..100 {
        relay.tell(&[lines.trim_end()]);
    }
    relay.sync();
    let status = relay.proc("status");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < 24 << 10, "{peak} KiB");
    assert!(relay.close().success());
    let kept = home.events().len() as u64;
    let mut drops = home.drops();
    assert_eq!(drops.remove("undeclared"), Some(1), "the line that it was waited for with");
    assert_eq!(kept + drops.values().sum::<u64>(), 100_000, "{drops:?}");
    assert!(drops.keys().all(|reason| reason == "spool-full"), "{drops:?}");
}
