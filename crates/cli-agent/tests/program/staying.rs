//! Commands that stay, go into the background or become another program.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::collector::{Answer, Collector};
use super::tool::{CLOSED, Home, built};

/// The program `shelf` in this home, which delivers once a second and never asks.
pub(crate) fn shelf(home: &Home, endpoint: &str, arguments: &[&str]) -> Command {
    let mut command = home.equip(Command::new(built("shelf")), endpoint);
    command
        .args(arguments)
        .env("SHELF_TELEMETRY_ENDPOINT", endpoint)
        .env("SHELF_TELEMETRY_ALLOW_PRIVATE", "true")
        .env("SHELF_ENABLE_TELEMETRY", "true")
        .env("SHELF_TELEMETRY_PERIOD", "1");
    command
}

#[test]
fn what_is_recorded_while_a_program_is_open_arrives_while_it_is_open() {
    for how in ["window", "records"] {
        let collector = Collector::start(Answer::Receipt);
        let home = Home::new();
        let mut program = shelf(&home, &collector.endpoint, &[how]);
        let mut program = program.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut lines = program.stdin.take().unwrap();
        let mut arrived = 0;
        for _ in 0..300 {
            writeln!(lines).unwrap();
            if collector.within(Duration::from_millis(100)).is_some_and(|came| came.body.contains("\"used\""))
            {
                arrived += 1;
            }
            if arrived == 2 {
                break;
            }
        }
        assert_eq!(arrived, 2, "{how}");
        drop(lines);
        assert!(program.wait().unwrap().success());
    }
}

/// The commands that wait, each with its ending.
fn commands(home: &Home) -> Vec<&'static str> {
    let preview = shelf(home, CLOSED, &["telemetry", "preview"]).output().unwrap().stdout;
    let preview = String::from_utf8(preview).unwrap();
    let ending = |command: &str| match () {
        () if command.contains("\"unfinished\":true") => "unfinished",
        () if command.contains("\"error\":true") => "error",
        () => "success",
    };
    preview.split("{\"name\":").skip(1).filter(|event| event.starts_with("\"command\"")).map(ending).collect()
}

#[test]
fn a_command_that_becomes_another_program_is_reported_as_it_says_and_once() {
    for (how, ending) in [("exec", "unfinished"), ("finish-exec", "success"), ("finish", "success")] {
        let home = Home::new();
        assert!(shelf(&home, CLOSED, &[how]).status().unwrap().success());
        assert_eq!(commands(&home), [ending], "{how}");
    }
}

/// A command of Python, whose work is a function. `gone` waits until the process that began the command has ended, be it
/// that nobody has waited for it yet.
const SCRIPT: &str = "
import ctypes, os
original = os.getpid()
def gone():
    try:
        while open(f'/proc/{original}/stat').read().rpartition(')')[2].split()[0] not in 'ZX': pass
    except OSError: pass
def work():
    WORK
work = ctypes.CFUNCTYPE(ctypes.c_bool)(work)
ctypes.CDLL('LIBRARY').shelf_open(work)
";

/// Runs a command that does this, and gives the endings that it is reported with.
fn forks(home: &Home, work: &str) -> Vec<&'static str> {
    let script = SCRIPT.replace("WORK", &work.replace('\n', "\n    "));
    let script = script.replace("LIBRARY", built("libshelf_library.so").to_str().unwrap());
    let variables = shelf(home, CLOSED, &[]);
    let mut python = Command::new("python3");
    python.args(["-c", &script]).env_clear();
    python.envs(variables.get_envs().filter_map(|(name, value)| Some((name, value?))));
    // Its end is awaited by the end of every process that has the pipe.
    let output = python.output().unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
    commands(home)
}

#[test]
fn a_command_that_goes_into_the_background_is_reported_once_by_whoever_ends_it() {
    for (work, endings) in [
        ("if os.fork(): os._exit(0)\nos.setsid()\ngone()\nreturn True", &["success"][..]),
        ("if os.fork(): os._exit(0)\nos.setsid()\ngone()\nreturn False", &["error"]),
        ("if os.fork(): os._exit(0)\nif os.fork(): os._exit(0)\ngone()\nreturn True", &["success"]),
        // Two that return, and neither has the other's parent.
        ("if os.fork(): os._exit(0)\nos.fork()\ngone()\nreturn True", &["success"]),
        // A child that returns while its parent works, which then fails.
        ("child = os.fork()\nif child: os.waitpid(child, 0)\nreturn not child", &["error"]),
        ("child = os.fork()\nif not child: os._exit(0)\nos.waitpid(child, 0)\nreturn True", &["success"]),
        // Nobody says how it ended.
        ("if os.fork(): os._exit(0)\nos._exit(0)", &["unfinished"]),
    ] {
        assert_eq!(forks(&Home::new(), work), endings, "{work}");
    }
}
