//! What recording one command costs its program, held against a budget: instructions and system calls, which a busy
//! machine does not change. Times are measured by `cargo xtask bench` and asserted nowhere.
//!
//! The program is the example `record`, built in the profile of the tests, so that nothing is built for this alone.
//! Without optimisation it takes about six times the instructions of a release build; a step that is added shows in
//! both. The floor is the same program doing nothing.
//!
//! Where a budget is passed: find out why with
//! `valgrind --tool=callgrind target/debug/examples/record record`, and raise it only with a reason.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]

use std::path::Path;
use std::process::{Command, Stdio};

/// Most instructions beyond the floor: when recording, and when a variable says no. Little above what was counted, 187,000 and
/// 24,000, of which the name of the machine and the time of its start take 3,000, and calls of what differs from system to system
/// 5,000, which an optimised build makes in place.
const INSTRUCTIONS: (u64, u64) = (190_000, 26_000);

/// Most system calls beyond the floor: one of them asks for the name of the machine, by which clones are told apart, and
/// three whether the host has closed what is kept open while it works.
const CALLS: (usize, usize) = (65, 8);

fn program() -> std::path::PathBuf {
    let mut folder = std::env::current_exe().unwrap();
    folder.pop();
    folder.pop();
    let program = folder.join("examples/record");
    assert!(
        program.exists(),
        "{} is not built: cargo build --package aboveboard-core --examples",
        program.display()
    );
    program
}

/// A command in a home of its own, behind a tool, with a fixed small environment.
fn command(home: &Path, tool: &[&str], act: &str, no: bool) -> Command {
    let mut command = Command::new(tool[0]);
    command.args(&tool[1..]).arg(program()).arg(act).env_clear().current_dir(home);
    command.env("HOME", home).env("PATH", "/usr/bin:/bin").env("LANG", "C.UTF-8").env("TERM", "xterm");
    if no {
        command.env("SAMPLE_ENABLE_TELEMETRY", "false");
    }
    command.stdin(Stdio::null());
    command
}

/// A home whose user said yes and that has been recorded in before.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for act in ["yes", "record"] {
        let output = command(home.path(), &["env"], act, false).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    assert!(home.path().join(".local/state/sample/telemetry/spool").exists());
    home
}

fn instructions(home: &Path, act: &str, no: bool) -> u64 {
    let tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];
    let output =
        command(home, &tool, act, no).output().expect("valgrind is missing: apt-get install valgrind");
    assert!(output.status.success(), "what ends early counts too little: {output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    let count = text.lines().find_map(|line| line.split("Collected :").nth(1));
    count.and_then(|count| count.trim().parse().ok()).unwrap_or_else(|| panic!("callgrind says: {text}"))
}

fn calls(home: &Path, act: &str, no: bool) -> Vec<String> {
    let trace = home.join("trace");
    let tool = ["strace", "-qq", "-f", "-o", trace.to_str().unwrap()];
    let status = command(home, &tool, act, no).status().expect("strace is missing: apt-get install strace");
    assert!(status.success());
    let text = std::fs::read_to_string(&trace).unwrap();
    std::fs::remove_file(trace).unwrap();
    text.lines().filter(|line| line.contains('(')).map(str::to_owned).collect()
}

#[test]
fn recording_a_command_keeps_to_its_budget_of_instructions() {
    let home = home();
    let floor = instructions(home.path(), "nothing", false);
    let recording = instructions(home.path(), "record", false) - floor;
    let silent = instructions(home.path(), "record", true) - floor;
    println!("recording {recording}, said no {silent}");
    assert!(recording <= INSTRUCTIONS.0, "recording takes {recording} instructions of {}", INSTRUCTIONS.0);
    assert!(silent <= INSTRUCTIONS.1, "a no takes {silent} instructions of {}", INSTRUCTIONS.1);
}

#[test]
fn recording_a_command_keeps_to_its_budget_of_system_calls_and_a_no_touches_nothing() {
    let home = home();
    let floor = calls(home.path(), "nothing", false).len();
    let recording = calls(home.path(), "record", false);
    let silent = calls(home.path(), "record", true);
    println!("recording {}, said no {}", recording.len() - floor, silent.len() - floor);
    assert!(
        recording.len() - floor <= CALLS.0,
        "recording takes {} calls: {recording:#?}",
        recording.len() - floor
    );
    assert!(silent.len() - floor <= CALLS.1, "a no takes {} calls: {silent:#?}", silent.len() - floor);
    for call in &recording {
        let forbidden =
            ["socket(", "connect(", "clone", "fork", "fsync(", "fdatasync(", "nanosleep", "poll("];
        // The runtime itself looks whether the standard streams are open.
        let is_runtime = call.contains("poll([{fd=0");
        assert!(is_runtime || !forbidden.iter().any(|name| call.contains(name)), "{call}");
    }
    let home = home.path().to_str().unwrap();
    let touched: Vec<_> =
        silent.iter().filter(|call| call.contains("openat") && call.contains(home)).collect();
    assert!(touched.is_empty(), "{touched:?}");
}
