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

/// A program of Python in this home that has the library.
pub(crate) fn python(home: &Home, script: &str) -> Command {
    let script = script.replace("LIBRARY", built("libshelf_library.so").to_str().unwrap());
    let variables = shelf(home, CLOSED, &[]);
    let mut python = Command::new("python3");
    python.args(["-c", &script]).env_clear();
    python.envs(variables.get_envs().filter_map(|(name, value)| Some((name, value?))));
    python
}

/// Runs a command that does this, and gives the endings that it is reported with.
fn forks(home: &Home, work: &str) -> Vec<&'static str> {
    // Its end is awaited by the end of every process that has the pipe.
    let output = python(home, &SCRIPT.replace("WORK", &work.replace('\n', "\n    "))).output().unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
    commands(home)
}

/// A program that closes every descriptor but its streams, as one that goes into the background does, and opens its own.
const CLOSES: &str = "
import ctypes, os
opened = []
def work():
    os.closerange(3, 64)
    for number in range(8):
        opened.append(os.open(f'own-{number}', os.O_RDWR | os.O_CREAT))
        os.mkdir(f'folder-{number}')
        opened.append(os.open(f'folder-{number}', os.O_RDONLY))
    for at in opened[::2]: os.write(at, b'early ')
    return True
work = ctypes.CFUNCTYPE(ctypes.c_bool)(work)
ctypes.CDLL('LIBRARY').shelf_open(work)
for at in opened[::2]: os.write(at, b'late')
for at in opened: os.fstat(at)
";

#[test]
fn a_host_that_closes_all_descriptors_keeps_the_files_that_get_their_numbers() {
    let home = Home::new();
    let folder = tempfile::tempdir().unwrap();
    let output = python(&home, CLOSES).current_dir(&folder).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    for number in 0..8 {
        assert_eq!(std::fs::read(folder.path().join(format!("own-{number}"))).unwrap(), b"early late");
        let inside = std::fs::read_dir(folder.path().join(format!("folder-{number}"))).unwrap();
        assert_eq!(inside.count(), 0);
    }
    assert_eq!(commands(&home), ["unfinished"]);
}

#[test]
fn a_command_that_gives_up_its_rights_is_reported_as_it_ended() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    for (ended, ending) in [("True", "success"), ("False", "error")] {
        let work = format!("os.setgid(65534)\nos.setuid(65534)\nreturn {ended}");
        assert_eq!(forks(&Home::new(), &work), [ending]);
    }
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
