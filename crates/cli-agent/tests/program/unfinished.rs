//! Deliveries that are started and never end, and where a program delivers itself instead.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::collector::{Answer, Collector};
use super::delivery::{helpers, wait_for_end};
use super::staying::{python, shelf};
use super::tool::{CLOSED, Home, built, program};

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What `status` and `doctor` say of deliveries.
fn told(home: &Home, endpoint: &str) -> [String; 2] {
    [&["telemetry", "status"], &["telemetry", "doctor"]].map(|verb| said(&home.run(endpoint, verb)))
}

/// The same command as the first process of a container.
fn as_first_process(command: &Command) -> Command {
    let mut unshare = Command::new("unshare");
    unshare.args(["--pid", "--fork", "--mount-proc", "--"]);
    unshare.arg(command.get_program()).args(command.get_args());
    unshare.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    unshare
}

#[test]
fn the_first_process_of_a_container_starts_no_helper_and_says_so() {
    if !is_root() {
        return;
    }
    let collector = Collector::start(Answer::Receipt);
    let home = Home::new();
    home.verb(&collector.endpoint, &["on"]);
    let mut command = home.tool(&collector.endpoint);
    command.arg("good").env("TOOL_TELEMETRY_PERIOD", "0");
    for _ in 0..2 {
        let output = as_first_process(&command).output().unwrap();
        assert_eq!((said(&output).as_str(), output.status.code()), ("output\n", Some(0)), "{output:?}");
    }
    assert!(collector.arrived().is_none());
    for said in told(&home, &collector.endpoint) {
        assert!(said.contains("1 delivery due since") && said.contains("PID 1"), "{said}");
    }
    // As a usual process it is delivered, and nothing more is told.
    assert!(command.output().unwrap().status.success());
    let batch =
        std::iter::repeat_with(|| collector.next()).find(|request| request.path == "/v1/batch").unwrap();
    assert_eq!(batch.body.matches("\"command\":\"good\"").count(), 3);
    wait_for_end(&home);
    assert!(told(&home, &collector.endpoint).iter().all(|said| !said.contains("PID 1")));
}

#[test]
fn a_service_that_is_the_first_process_gets_no_child_by_what_its_library_records() {
    if !is_root() {
        return;
    }
    let home = Home::new();
    let mut command = shelf(&home, CLOSED, &["library", "2"]);
    let service = as_first_process(command.arg(built("shelf")).env("SHELF_TELEMETRY_PERIOD", "0")).output();
    assert_eq!(said(&service.unwrap()), "0");
    assert!(said(&shelf(&home, CLOSED, &["telemetry", "status"]).output().unwrap()).contains("PID 1"));
}

/// A library and a command of a process that takes over orphans, and then waits for all of its children.
const ADOPTS: &str = "
import ctypes, os
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
library = ctypes.CDLL('LIBRARY')
library.shelf_used()
library.shelf_open(ctypes.CFUNCTYPE(ctypes.c_bool)(lambda: True))
try: print(os.waitpid(-1, 0))
except ChildProcessError: print('none')
";

#[test]
fn a_host_that_takes_over_orphans_and_waits_for_all_children_waits_for_none_of_ours() {
    let home = Home::new();
    let helper = home.path().join("helper");
    fs::write(&helper, "#!/bin/sh\nsleep 1 &\n").unwrap();
    fs::set_permissions(&helper, fs::Permissions::from_mode(0o700)).unwrap();
    let mut host = python(&home, ADOPTS);
    let output = host.env("SHELF_HELPER", helper).env("SHELF_TELEMETRY_PERIOD", "0").output().unwrap();
    assert_eq!(said(&output), "none\n", "{output:?}");
}

/// A command whose child returns from its work, while it is at it itself.
const FORKS: &str = "
import ctypes, os
def work():
    child = os.fork()
    if child: os.waitpid(child, 0)
    return not child
work = ctypes.CFUNCTYPE(ctypes.c_bool)(work)
ctypes.CDLL('LIBRARY').shelf_open(work)
";

#[test]
fn a_child_that_returns_while_its_parent_lives_leaves_the_delivery_at_the_end_to_that() {
    let collector = Collector::start(Answer::Receipt);
    let home = Home::new();
    let mut host = python(&home, FORKS);
    host.env("SHELF_TELEMETRY_ENDPOINT", &collector.endpoint).env("SHELF_AT_EXIT", "true");
    // No period: it is the first delivery of a container.
    let output = host.env_remove("SHELF_TELEMETRY_PERIOD").env("container", "podman").output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    assert!(collector.arrived().unwrap().body.contains("\"error\":true"));
}

#[test]
fn a_program_that_delivers_at_its_end_does_so_in_a_container_and_within_its_limit() {
    let equipped = |home: &Home, endpoint: &str| {
        let mut command = shelf(home, endpoint, &["at-exit"]);
        // No period: it is the first delivery of a container.
        command.env_remove("SHELF_TELEMETRY_PERIOD").env("container", "podman");
        if is_root() { as_first_process(&command) } else { command }
    };
    let collector = Collector::start(Answer::Receipt);
    let home = Home::new();
    assert!(equipped(&home, &collector.endpoint).status().unwrap().success());
    assert!(collector.arrived().unwrap().body.contains("\"command\":\"open\""), "before it ended");
    assert!(equipped(&home, &collector.endpoint).status().unwrap().success());
    assert!(collector.arrived().is_none(), "once an interval");

    let silent = Collector::start(Answer::Silence);
    let home = Home::new();
    let begun = Instant::now();
    assert!(equipped(&home, &silent.endpoint).status().unwrap().success());
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    silent.next();
    assert!(helpers(&home).is_empty());
}

#[test]
fn helpers_that_are_killed_leave_a_trace_that_a_delivery_or_an_opt_out_removes() {
    let collector = Collector::start(Answer::Silence);
    let home = Home::new();
    home.verb(&collector.endpoint, &["on"]);
    let trace = home.state().join("unfinished");
    for _ in 0..2 {
        home.tool(&collector.endpoint).arg("good").env("TOOL_TELEMETRY_PERIOD", "0").output().unwrap();
        collector.next();
        for helper in helpers(&home) {
            kill_process(Pid::from_raw(helper).unwrap(), Signal::KILL).unwrap();
        }
        wait_for_end(&home);
    }
    for said in told(&home, &collector.endpoint) {
        assert!(said.contains("2 deliveries started since"), "{said}");
    }
    home.verb(CLOSED, &["off"]);
    assert!(!trace.exists());

    let failing = Collector::start(Answer::Refusal(503, "busy"));
    let home = Home::new();
    home.verb(&failing.endpoint, &["on"]);
    home.tool(&failing.endpoint).arg("good").env("TOOL_TELEMETRY_PERIOD", "0").output().unwrap();
    failing.next();
    wait_for_end(&home);
    assert!(!home.state().join("unfinished").exists(), "it ended, if without success");
}

#[test]
fn a_helper_that_cannot_be_started_or_does_not_know_us_is_told() {
    for (helper, words) in [
        ("/nonexistent/helper", "the system starts no helper: No such file or directory"),
        ("/bin/false", "the helper ended at once with code 1"),
    ] {
        let home = Home::new();
        let mut command = shelf(&home, CLOSED, &["library", "1", helper]);
        command.env("SHELF_TELEMETRY_PERIOD", "0");
        assert!(command.output().unwrap().status.success());
        for verb in ["status", "doctor"] {
            let said = said(&shelf(&home, CLOSED, &["telemetry", verb]).output().unwrap());
            assert!(said.contains(words), "{said}");
        }
    }
}

/// The program under strace, which has these calls fail.
fn without(home: &Home, calls: &str, arguments: &[&str]) -> Output {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("inject={calls}")]);
    strace.arg(program()).args(arguments);
    home.equip(strace, CLOSED).env("TOOL_TELEMETRY_PERIOD", "0").output().unwrap()
}

#[test]
fn a_sandbox_that_lets_nothing_be_started_is_told() {
    let home = Home::new();
    home.verb(CLOSED, &["on"]);
    let output = without(&home, "clone,clone3,fork,vfork:error=EPERM", &["good"]);
    assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (&b"output\n"[..], &[][..]));
    for said in told(&home, CLOSED) {
        assert!(said.contains("the system starts no helper: Operation not permitted"), "{said}");
    }
}

#[test]
fn where_the_system_does_not_say_what_runs_nothing_is_started_and_it_is_told() {
    if !is_root() {
        return;
    }
    let home = Home::new();
    home.verb(CLOSED, &["on"]);
    let without_proc = |arguments: &str| {
        let mut unshare = Command::new("unshare");
        let script = format!("mount -t tmpfs none /proc && exec {} {arguments}", program().display());
        unshare.args(["--mount", "sh", "-c", &script]);
        home.equip(unshare, CLOSED).env("TOOL_TELEMETRY_PERIOD", "0").output().unwrap()
    };
    let output = without_proc("good");
    assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (&b"output\n"[..], &[][..]));
    let doctor = said(&without_proc("telemetry doctor"));
    assert!(doctor.contains("no-deliverer") && doctor.contains("is /proc mounted?"), "{doctor}");
}

/// The program is started from a file system from which nothing more may be executed when it ends.
#[test]
fn a_program_from_where_nothing_may_be_executed_any_more_tells_it() {
    if !is_root() {
        return;
    }
    let home = Home::new();
    home.verb(CLOSED, &["on"]);
    let script = format!(
        "set -e; cd \"$HOME\"; mkdir m; mount -t tmpfs none m; cp {} m/tool; mkfifo in out\n\
         m/tool wait < in > out & exec 3> in 4< out; read -r line <&4; read -r line <&4\n\
         mount -o remount,noexec m; exec 3>&-; wait",
        program().display()
    );
    let mut unshare = Command::new("unshare");
    unshare.args(["--mount", "bash", "-c", &script]);
    let output = home.equip(unshare, CLOSED).env("TOOL_TELEMETRY_PERIOD", "0").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    for said in told(&home, CLOSED) {
        assert!(said.contains("the system starts no helper: Permission denied"), "{said}");
    }
}

#[test]
fn a_link_in_the_way_and_a_file_system_without_locks_are_found() {
    let home = Home::new();
    home.verb(CLOSED, &["on"]);
    home.run(CLOSED, &["good"]);
    fs::remove_file(home.state().join("due")).unwrap();
    symlink("/nonexistent", home.state().join("due")).unwrap();
    let doctor = said(&home.run(CLOSED, &["telemetry", "doctor"]));
    assert!(doctor.contains("in-the-way: what is there is a symbolic link"), "{doctor}");

    let home = Home::new();
    home.verb(CLOSED, &["on"]);
    home.run(CLOSED, &["good"]);
    let doctor = said(&without(&home, "flock:error=ENOLCK", &["telemetry", "doctor"]));
    assert!(doctor.contains("no-locks"), "{doctor}");
}

#[test]
fn a_delivery_takes_the_program_a_moment_and_never_waits_for_the_network() {
    let collector = Collector::start(Answer::Silence);
    let home = Home::new();
    let begun = Instant::now();
    let mut command = Command::new(built("shelf"));
    command.args(["library", "1"]).arg(built("shelf"));
    let mut command = home.equip(command, &collector.endpoint);
    command.envs(
        shelf(&home, &collector.endpoint, &[]).get_envs().filter_map(|(name, value)| Some((name, value?))),
    );
    assert!(command.env("SHELF_TELEMETRY_PERIOD", "0").output().unwrap().status.success());
    assert!(begun.elapsed() < Duration::from_secs(5));
    collector.next();
}
