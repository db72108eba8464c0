//! Where telemetry is off or undecided, the system is asked for nothing but to read: by its own account.

use std::io::BufRead as _;
use std::process::{Command, Stdio};

use super::tool::{CLOSED, Home, program};

/// The calls of ours and of every child, after the start of the program itself.
fn calls(home: &Home, arguments: &[&str], variables: &[(&str, &str)]) -> Vec<String> {
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", "trace=%file,%network,%process,flock,memfd_create", "-o"]);
    strace.arg(log.path()).arg(program()).args(arguments);
    let output = home.equip(strace, CLOSED).envs(variables.iter().copied()).output().unwrap();
    assert_eq!(output.stdout, b"output\n", "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    let text = std::fs::read_to_string(log.path()).unwrap();
    text.lines().skip(1).map(str::to_owned).collect()
}

/// Whether a call creates, writes, connects, resolves or starts anything.
fn leaves_a_trace(call: &str) -> bool {
    let name = call.split_whitespace().nth(1).unwrap_or_default().split('(').next().unwrap_or_default();
    match name {
        "open" | "openat" | "openat2" => {
            ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_TMPFILE"].iter().any(|flag| call.contains(flag))
                || ["resolv.conf", "nsswitch.conf", "/etc/hosts"].iter().any(|file| call.contains(file))
        }
        "access" | "faccessat" | "faccessat2" | "stat" | "lstat" | "newfstatat" | "statx" | "readlink"
        | "readlinkat" | "getcwd" | "statfs" | "exit_group" | "exit" | "arch_prctl" | "chdir" => false,
        // Anything else that names a file, a socket or a process.
        _ => !call.contains("+++"),
    }
}

#[test]
fn off_and_undecided_leave_no_trace() {
    for (arguments, variables) in [
        (&["good"][..], &[][..]),
        (&["good"], &[("CI", "true")]),
        (&["good"], &[("DO_NOT_TRACK", "1")]),
        (&["good"], &[("ENABLE_TELEMETRY", "false")]),
        (&["good"], &[("TOOL_ENABLE_TELEMETRY", "no")]),
        (&["good"], &[("TOOL_CONFIG", "false")]),
        (&["good"], &[("TOOL_CONFIG", "nonsense"), ("TOOL_ENABLE_TELEMETRY", "true")]),
        (&["good", "--enable-telemetry=false"], &[("TOOL_ENABLE_TELEMETRY", "true")]),
        (&["good", "--enable-telemetry"], &[("TOOL_TELEMETRY_ENDPOINT", "ftp://example.org")]),
        (&["good"], &[("HOME", "/")]),
        (&["good"], &[("HOME", "relative")]),
    ] {
        let home = Home::new();
        let calls = calls(&home, arguments, variables);
        assert!(calls.len() > 5, "strace saw the program");
        let traces: Vec<_> = calls.iter().filter(|call| leaves_a_trace(call)).collect();
        assert!(traces.is_empty(), "{arguments:?} {variables:?}: {traces:#?}");
        assert!(home.files().is_empty(), "{arguments:?} {variables:?}");
    }
}

#[test]
fn a_stored_opt_out_leaves_no_trace_either() {
    let home = Home::new();
    home.verb(CLOSED, &["off"]);
    let traces: Vec<_> =
        calls(&home, &["good"], &[]).into_iter().filter(|call| leaves_a_trace(call)).collect();
    assert!(traces.is_empty(), "{traces:#?}");
    assert!(!home.state().exists());
}

#[test]
fn recording_starts_no_child_and_no_socket() {
    let home = Home::new();
    home.verb(CLOSED, &["on"]);
    let calls = calls(&home, &["good"], &[]);
    for name in ["socket", "connect", "clone", "clone3", "fork", "vfork", "execve", "sendto", "fsync"] {
        assert!(!calls.iter().any(|call| call.contains(&format!(" {name}("))), "{name}");
    }
}

#[test]
fn a_host_lives_on_whatever_the_disk_and_the_limits_say() {
    for script in [
        "exec \"$0\" good",
        "ulimit -f 0; exec \"$0\" good",
        "ulimit -n 4; exec \"$0\" good",
        "exec \"$0\" good 2>&- <&-",
        "chmod 500 \"$HOME\" \"$HOME/.local/state/tool/telemetry\"; exec \"$0\" good",
        "rm -r \"$HOME/.local/state/tool\"; : > \"$HOME/.local/state/tool\"; exec \"$0\" good",
    ] {
        // A home for each: the helper of one may still be at work when the next begins.
        let home = Home::new();
        home.verb(CLOSED, &["on"]);
        home.run(CLOSED, &["good"]);
        let mut shell = Command::new("bash");
        shell.args(["-c", script]).arg(program());
        let output = home.equip(shell, CLOSED).env("TOOL_TELEMETRY_PERIOD", "0").output().unwrap();
        assert_eq!(output.stdout, b"output\n", "{script}: {output:?}");
        assert!(output.status.success() && output.stderr.is_empty(), "{script}: {output:?}");
    }
}

#[test]
fn sixty_four_at_once_are_all_reported_once() {
    use super::collector::{Answer, Collector};
    let collector = Collector::start(Answer::Receipt);
    let home = Home::new();
    home.verb(&collector.endpoint, &["on"]);
    let children: Vec<_> = (0..64)
        .map(|_| home.tool(&collector.endpoint).arg("bad").stdout(Stdio::null()).spawn().unwrap())
        .collect();
    for mut child in children {
        assert_eq!(child.wait().unwrap().code(), Some(7));
    }
    home.verb(&collector.endpoint, &["send"]);
    let mut runs = std::collections::BTreeSet::new();
    while let Some(received) = collector.arrived() {
        runs.extend(received.body.split("\"run\":\"").skip(1).map(|rest| rest[..36].to_owned()));
    }
    assert_eq!(runs.len(), 64);
}

#[test]
fn an_opt_out_while_a_command_runs_leaves_nothing_where_something_else_keeps_the_directories_there() {
    for theirs in ["spool/.nfs00000001", "ticket/.nfs00000001", "notes"] {
        let home = Home::new();
        home.verb(CLOSED, &["on"]);
        let mut command = home.tool(CLOSED);
        let mut running = command.arg("wait").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut waiting = String::new();
        let mut lines = std::io::BufReader::new(running.stdout.take().unwrap());
        while waiting != "waiting\n" {
            waiting.clear();
            assert!(lines.read_line(&mut waiting).unwrap() > 0);
        }
        let theirs = home.state().join(theirs);
        std::fs::create_dir_all(&theirs).unwrap();
        home.verb(CLOSED, &["off"]);
        drop(running.stdin.take());
        assert!(running.wait().unwrap().success());
        let files: Vec<_> = home.files().into_iter().filter(|path| path.starts_with(home.state())).collect();
        assert!(files.iter().all(|path| theirs.starts_with(path)), "{files:?}");
    }
}
