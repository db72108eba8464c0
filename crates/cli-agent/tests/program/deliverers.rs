//! Which program is started to deliver, and which never is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::collector::{Answer, Collector};
use super::delivery::wait_for_end;
use super::tool::{CLOSED, Home, built, program};

/// A command in this home, where the product `shelf` may send to this endpoint and a delivery is always due.
fn equip(home: &Home, command: Command, endpoint: &str) -> Command {
    let mut command = home.equip(command, endpoint);
    command
        .env("SHELF_TELEMETRY_ENDPOINT", endpoint)
        .env("SHELF_TELEMETRY_ALLOW_PRIVATE", "true")
        .env("SHELF_ENABLE_TELEMETRY", "true")
        .env("SHELF_TELEMETRY_PERIOD", "0");
    command
}

/// Runs the program `shelf`.
fn shelf(home: &Home, endpoint: &str, arguments: &[&str]) -> Output {
    let output = equip(home, Command::new(built("shelf")), endpoint).args(arguments).output().unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
    output
}

/// Python, which loads the library and ends with what a function of it returns.
fn python(function: &str) -> Command {
    let library = built("libshelf_library.so");
    let script =
        format!("import ctypes, sys; sys.exit(ctypes.CDLL({:?}).{function}() or 0)", library.display());
    let mut python = Command::new("python3");
    python.args(["-c", &script]);
    python
}

/// The programs that were started under a command, the first one included.
fn started(home: &Home, command: &Command) -> Vec<String> {
    let log = home.path().join("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", "trace=execve,execveat", "-s", "4096", "-o"]).arg(&log);
    strace.arg(command.get_program()).args(command.get_args());
    strace.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    strace.current_dir(home.path()).stdin(Stdio::null());
    let output = strace.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let calls = fs::read_to_string(log).unwrap();
    calls.lines().filter(|call| call.ends_with("= 0")).map(str::to_owned).collect()
}

/// How many events wait.
fn waiting(home: &Home, endpoint: &str) -> usize {
    let preview = shelf(home, endpoint, &["telemetry", "preview"]).stdout;
    let text = String::from_utf8(preview).unwrap();
    if text.contains("00000000-0000-0000-0000-000000000000") { 0 } else { text.matches("\"used\"").count() }
}

#[test]
fn a_library_starts_nothing_of_the_program_that_has_loaded_it() {
    for (function, events) in [("shelf_used", 1), ("shelf_started", 2)] {
        let home = Home::new();
        fs::write(home.path().join("telemetry-deliver"), "open('ran', 'w')").unwrap();
        let started = started(&home, &equip(&home, python(function), CLOSED));
        assert_eq!(started.len(), 1, "{started:#?}");
        assert!(!home.path().join("ran").exists());
        assert_eq!(waiting(&home, CLOSED), events);
    }
}

#[test]
fn a_library_in_a_rust_program_does_not_start_it_again() {
    for arguments in [&["start"][..], &["library", "2"]] {
        let home = Home::new();
        let mut command = Command::new(built("shelf"));
        command.args(arguments);
        let started = started(&home, &equip(&home, command, CLOSED));
        assert_eq!(started.len(), 1, "{started:#?}");
        assert!(waiting(&home, CLOSED) > 0);
    }
}

#[test]
fn what_a_library_recorded_is_delivered_by_the_program_that_it_names() {
    let collector = Collector::start(Answer::Receipt);
    let home = Home::new();
    let mut python = equip(&home, python("shelf_used"), &collector.endpoint);
    assert!(python.env("SHELF_HELPER", built("shelf")).status().unwrap().success());
    assert!(collector.next().body.contains("\"used\""));
    wait_for_end(&home);

    // A path that depends on the working directory names none.
    let home = Home::new();
    fs::copy(built("shelf"), home.path().join("helper")).unwrap();
    let mut command = Command::new(built("shelf"));
    command.args(["library", "1", "./helper"]);
    assert_eq!(started(&home, &equip(&home, command, CLOSED)).len(), 1);
}

#[test]
fn a_host_delivers_itself_without_a_child_and_within_the_limits_of_a_helper() {
    for (answer, code) in [(Answer::Receipt, 0), (Answer::Silence, 1)] {
        let collector = Collector::start(answer);
        let home = Home::new();
        started(&home, &equip(&home, python("shelf_used"), &collector.endpoint));
        let begun = Instant::now();
        let mut python = equip(&home, python("shelf_deliver"), &collector.endpoint);
        assert_eq!(python.status().unwrap().code(), Some(code));
        assert!(begun.elapsed() < Duration::from_secs(20));
        assert!(collector.next().body.contains("\"used\""));
    }
    let collector = Collector::start(Answer::Receipt);
    let home = Home::new();
    started(&home, &equip(&home, python("shelf_used"), &collector.endpoint));
    let deliver = equip(&home, python("shelf_deliver"), &collector.endpoint);
    assert_eq!(started(&home, &deliver).len(), 1);
    assert!(collector.next().body.contains("\"used\""));
}

#[test]
fn a_host_that_stays_has_no_child_left_and_none_that_has_ended() {
    for arguments in [&["resident", "3"][..], &["library", "3", built("shelf").to_str().unwrap()]] {
        let collector = Collector::start(Answer::Silence);
        let home = Home::new();
        let output = shelf(&home, &collector.endpoint, arguments);
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "0", "{arguments:?}");
        collector.next();
    }
}

#[test]
fn an_executable_that_was_replaced_or_removed_delivers_all_the_same() {
    for replaced in [false, true] {
        let collector = Collector::start(Answer::Receipt);
        let home = Home::new();
        home.verb(&collector.endpoint, &["on"]);
        let copy = home.path().join("copy");
        fs::copy(program(), &copy).unwrap();
        let mut command = home.equip(Command::new(&copy), &collector.endpoint);
        command.env("TOOL_TELEMETRY_PERIOD", "0").arg("wait").stdin(Stdio::piped());
        let mut running = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut greeting = [0; 15];
        std::io::Read::read_exact(running.stdout.as_mut().unwrap(), &mut greeting).unwrap();
        fs::remove_file(&copy).unwrap();
        if replaced {
            fs::write(&copy, format!("#!/bin/sh\n: > {}/ran\n", home.path().display())).unwrap();
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            fs::set_permissions(&copy, mode).unwrap();
        }
        drop(running.stdin.take());
        assert!(running.wait().unwrap().success());
        assert!(collector.next().body.contains("\"wait\""));
        wait_for_end(&home);
        assert!(!home.path().join("ran").exists());
    }
}

/// The loader of this system's programs.
const LOADER: &str = "/lib64/ld-linux-x86-64.so.2";

#[test]
fn a_program_that_a_loader_has_started_starts_no_loader_and_says_so() {
    if !Path::new(LOADER).exists() {
        return;
    }
    let home = Home::new();
    home.verb(CLOSED, &["on"]);
    let loaded = |arguments: &[&str]| {
        let mut command = Command::new(LOADER);
        command.arg(program()).args(arguments);
        let mut command = home.equip(command, CLOSED);
        command.env("TOOL_TELEMETRY_PERIOD", "0");
        command
    };
    assert_eq!(started(&home, &loaded(&["good"])).len(), 1);
    let doctor = loaded(&["telemetry", "doctor"]).output().unwrap();
    let text = String::from_utf8(doctor.stdout).unwrap();
    assert!(text.contains("no-deliverer") && text.contains("ld-linux"), "{text}");
    let status = loaded(&["telemetry", "status"]).output().unwrap();
    assert!(String::from_utf8(status.stdout).unwrap().contains("sent by: nobody"));
}

#[test]
fn a_program_under_an_emulator_starts_itself_and_not_the_emulator() {
    let home = Home::new();
    home.verb(CLOSED, &["on"]);
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["-q", "--trace-children=no"]).arg(program()).arg("good");
    let mut valgrind = home.equip(valgrind, CLOSED);
    valgrind.env("TOOL_TELEMETRY_PERIOD", "0");
    let helpers: Vec<_> =
        started(&home, &valgrind).into_iter().filter(|call| call.contains("\"telemetry-deliver\"")).collect();
    assert_eq!(helpers.len(), 2, "{helpers:#?}");
    let name = format!("execve(\"{}\"", program().display());
    assert!(helpers.iter().all(|call| call.contains(&name)), "{helpers:#?}");
}

/// A shell in which the system's places for the companion are empty, with a companion of this mode by this owner.
fn with_companion(home: &Home, mode: &str, owner: &str, directory_mode: &str) -> Vec<String> {
    let agent = home.path().join("agent");
    fs::write(&agent, format!("#!/bin/sh\necho \"$0 $*\" >> {}/called\n", home.path().display())).unwrap();
    let script = format!(
        "mount -t tmpfs -o mode={directory_mode} none /usr/local/bin && cp {agent} /usr/local/bin/aboveboard-agent && \
         chmod {mode} /usr/local/bin/aboveboard-agent && chown {owner} /usr/local/bin/aboveboard-agent && \
         exec {shelf} library 1",
        agent = agent.display(),
        shelf = built("shelf").display()
    );
    let mut shell = Command::new("unshare");
    shell.args(["--mount", "sh", "-c", &script]);
    let output = equip(home, shell, CLOSED).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let called = fs::read_to_string(home.path().join("called")).unwrap_or_default();
    called.lines().map(str::to_owned).collect()
}

#[test]
fn the_companion_is_roots_alone_at_a_place_of_the_system() {
    if !rustix::process::geteuid().is_root() || PathBuf::from("/usr/bin/aboveboard-agent").exists() {
        return;
    }
    let called = |mode, owner, directory| with_companion(&Home::new(), mode, owner, directory);
    assert_eq!(called("0755", "0:0", "0755"), ["/usr/local/bin/aboveboard-agent telemetry-deliver"]);
    for (mode, owner, directory) in [
        ("0757", "0:0", "0755"),
        ("0775", "0:0", "0755"),
        ("0644", "0:0", "0755"),
        ("0755", "1000:0", "0755"),
        ("0755", "0:0", "0775"),
        ("0755", "0:0", "1777"),
    ] {
        assert!(called(mode, owner, directory).is_empty(), "{mode} {owner} {directory}");
    }
}
