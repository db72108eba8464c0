//! `exec` beside the program run bare: who looks from outside must not see a difference.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test says what it expects by panicking, and why it did not run"
)]
#![cfg(target_os = "linux")]

mod alone;
mod start;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use aboveboard_testkit::terminal::Session;
use rustix::process::{Pid, Signal, kill_process};

const AGENT: &str = env!("CARGO_BIN_EXE_aboveboard-agent");

struct Home(tempfile::TempDir);

impl Home {
    /// A home whose user said yes to quarry's manifest; nothing listens at the endpoint.
    fn consenting() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        let on =
            home.equip(Command::new(AGENT)).arg("--manifest").arg(manifest()).arg("on").output().unwrap();
        assert!(on.status.success(), "{on:?}");
        home
    }

    fn equip(&self, mut command: Command) -> Command {
        command
            .env_clear()
            .env("HOME", self.0.path())
            .env("PATH", "/usr/bin:/bin")
            .env("TERM", "xterm")
            .env("QUARRY_TELEMETRY_ENDPOINT", "http://127.0.0.1:9")
            .env("QUARRY_TELEMETRY_ALLOW_PRIVATE", "true");
        command
    }

    fn bare(&self, program: &[&str]) -> Command {
        let mut command = self.equip(Command::new(program[0]));
        command.args(&program[1..]);
        command
    }

    fn exec(&self, program: &[&str]) -> Command {
        let mut command = self.equip(Command::new(AGENT));
        command
            .arg("exec")
            .arg("--manifest")
            .arg(manifest())
            .args(["--command", "metadata apply", "--"])
            .args(program);
        command
    }

    /// What would be sent next.
    fn preview(&self) -> String {
        let mut command = self.equip(Command::new(AGENT));
        let output = command.arg("--manifest").arg(manifest()).arg("preview").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    fn spool(&self) -> Vec<u8> {
        let mut all = Vec::new();
        let mut directories = vec![self.0.path().to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    directories.push(entry.path());
                } else {
                    all.extend(entry.path().as_os_str().as_encoded_bytes());
                    all.extend(std::fs::read(entry.path()).unwrap());
                }
            }
        }
        all
    }
}

fn manifest() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/quarry/telemetry.toml")
}

/// Says that a test cannot run here, which is a failure where every test must.
fn not_run(why: &str) {
    assert!(std::env::var_os("ABOVEBOARD_MUST_RUN").is_none(), "must run, and cannot: {why}");
    eprintln!("not run: {why}");
}

fn run(mut command: Command, input: &[u8]) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A program that does not read its input has closed it.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

#[test]
fn exit_codes_signals_and_streams_are_those_of_the_program() {
    let home = Home::consenting();
    for script in [
        "exit 0",
        "exit 1",
        "exit 255",
        "cat; echo words >&2; exit 3",
        "kill -TERM $$",
        "kill -KILL $$",
        "kill -INT $$",
        "kill -HUP $$",
        "kill -PIPE $$",
        "ulimit -c 0; kill -SEGV $$",
        "printf '\\377\\000binary'",
        "echo $0 $#; env | grep -v ^_ | sort",
        // The two lowest real-time signals belong to the C library, which hides them from programs.
        "grep -E '^Sig(Blk|Ign)' /proc/self/status | sed 's/[0-9a-f]\\{8\\}$/-&/; s/[0-9a-f]-/-/'",
        "umask; pwd; ulimit -n",
    ] {
        let program = ["sh", "-c", script, "name", "an argument", ""];
        let bare = run(home.bare(&program), b"input");
        let exec = run(home.exec(&program), b"input");
        assert_eq!(exec, bare, "{script}");
    }
    let missing = home.exec(&["/nowhere/program"]).output().unwrap();
    assert_eq!(missing.status.code(), Some(127));
    let forbidden = home.exec(&["/etc/passwd"]).output().unwrap();
    assert_eq!(forbidden.status.code(), Some(126));
}

#[test]
fn a_caller_that_ignores_the_end_of_its_children_is_told_it_all_the_same() {
    let home = Home::consenting();
    for (program, code) in [("exit 0", 0), ("exit 5", 5)] {
        let mut command = home.equip(Command::new("env"));
        command.args(["--ignore-signal=CHLD", AGENT, "exec", "--manifest"]).arg(manifest());
        command.args(["--command", "metadata apply", "--", "sh", "-c", program]);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
    }
}

#[test]
fn one_command_is_recorded_and_no_argument() {
    let home = Home::consenting();
    assert_eq!(
        home.exec(&["sh", "-c", "exit 4", "hunter2", "--token=hunter2"]).status().unwrap().code(),
        Some(4)
    );
    let preview = home.preview();
    assert_eq!(preview.matches(r#""name":"command""#).count(), 1, "{preview}");
    assert!(
        preview.contains(r#""command":"metadata apply""#) && preview.contains(r#""error":true"#),
        "{preview}"
    );
    let spool = home.spool();
    assert!(!spool.windows(7).any(|bytes| bytes == b"hunter2"));
}

#[test]
fn a_broken_manifest_or_a_no_changes_nothing_of_the_program() {
    let home = Home::consenting();
    let mut command = home.equip(Command::new(AGENT));
    command.args([
        "exec",
        "--manifest",
        "/nowhere/telemetry.toml",
        "--command",
        "x",
        "--",
        "sh",
        "-c",
        "echo out; exit 5",
    ]);
    let output = command.output().unwrap();
    assert_eq!((output.status.code(), output.stdout), (Some(5), b"out\n".to_vec()));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--manifest"));

    let mut silenced = home.exec(&["sh", "-c", "exit 6"]);
    assert_eq!(silenced.env("DO_NOT_TRACK", "1").status().unwrap().code(), Some(6));
    assert!(home.preview().contains(r#""batch":"00000000-"#), "nothing is recorded");
}

#[test]
fn signals_to_the_wrapper_reach_the_program_once() {
    let home = Home::consenting();
    for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::USR1, Signal::QUIT, Signal::ALARM] {
        let script = "for s in TERM INT HUP USR1 QUIT ALRM; do trap \"echo $s; heard=1\" $s; done
            echo ready; while [ -z \"$heard\" ]; do sleep 0.05; done; exit 9";
        let mut child = home.exec(&["bash", "-c", script]).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut heard = String::new();
        stdout.read_line(&mut heard).unwrap();
        kill_process(Pid::from_child(&child), signal).unwrap();
        stdout.read_to_string(&mut heard).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(9), "{signal:?}");
        assert_eq!(heard.lines().count(), 2, "{heard:?}");
    }
}

#[test]
fn a_reader_that_goes_ends_the_program_by_sigpipe() {
    let home = Home::consenting();
    let mut child = home.exec(&["yes"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut byte = [0];
    child.stdout.as_mut().unwrap().read_exact(&mut byte).unwrap();
    drop(child.stdout.take());
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(13), "{status:?}");
}

/// An interactive shell on a terminal of its own, as a person uses it.
fn shell(home: &Home) -> Session {
    let mut bash = home.equip(Command::new("bash"));
    bash.args(["--norc", "--noprofile", "-i"]).env("PS1", "> ");
    let mut session = Session::piped(&bash, 80);
    session.expect("> ");
    session
}

/// The words that run a program by `exec`, for a shell.
fn words(program: &str) -> String {
    format!("{AGENT} exec --manifest {} --command 'metadata apply' -- {program}\n", manifest().display())
}

/// Asks the shell for the exit code of what has just ended, at its prompt: what is typed before is lost to it.
fn expect_code(session: &mut Session, code: i32) {
    session.expect("\u{1b}[?2004h> ");
    session.type_in("echo code=$? >&2\n");
    session.expect(&format!("\rcode={code}\r\n"));
}

#[test]
fn ctrl_c_is_the_programs_and_a_program_that_handles_it_goes_on() {
    let home = Home::consenting();
    let mut session = shell(&home);
    session.type_in(&words("sh -c 'echo st\"\"arted >&2; exec cat'"));
    session.expect("started");
    session.type_in("\u{3}");
    expect_code(&mut session, 130);

    session.expect("> ");
    session
        .type_in(&words("bash -c 'trap \"echo he\\\"\\\"ard >&2\" INT; echo re\"\"ady >&2; read a; exit 8'"));
    session.expect("ready");
    session.type_in("\u{3}");
    session.expect("heard");
    session.type_in("\n");
    expect_code(&mut session, 8);
    session.type_in("exit\n");
    session.end();
}

#[test]
fn ctrl_z_stops_the_job_and_fg_continues_it() {
    let home = Home::consenting();
    let mut session = shell(&home);
    session.type_in(&words("sh -c 'echo st\"\"arted >&2; read line; echo got $line >&2; exit 5'"));
    session.expect("started");
    session.type_in("\u{1a}");
    session.expect("Stopped");
    session.expect("> ");
    session.type_in("fg >&2\n");
    session.expect("exec --manifest");
    session.type_in("words\n");
    session.expect("got words");
    expect_code(&mut session, 5);
    session.type_in("exit\n");
    session.end();
}

#[test]
fn ctrl_backslash_quits_the_program_and_a_background_job_that_reads_is_stopped_until_fg() {
    let home = Home::consenting();
    let mut session = shell(&home);
    session.type_in(&words("sh -c 'ulimit -c 0; echo st\"\"arted >&2; exec cat'"));
    session.expect("started");
    session.type_in("\u{1c}");
    expect_code(&mut session, 131);

    session.expect("> ");
    let reads = words("sh -c 'read line; echo got $line >&2; exit 6'");
    session.type_in(&format!("{} &\n", reads.trim_end()));
    // The terminal stops a process that reads from it in the background, and the shell says so at its next prompt.
    session.type_in("while ! jobs -s | grep -q Stopped; do sleep 0.05; done; echo read\"\"ing >&2\n");
    session.expect("reading");
    session.type_in("fg >&2\n");
    session.expect("exec --manifest");
    session.type_in("words\n");
    session.expect("got words");
    expect_code(&mut session, 6);
    session.type_in("exit\n");
    session.end();
}

#[test]
fn the_program_sees_the_terminal_its_size_and_its_changes() {
    let home = Home::consenting();
    let mut session = shell(&home);
    session.type_in(&words("sh -c 'test -t 0 && test -t 2 && stty size >&2'"));
    session.expect("24 80");
    session.expect("> ");
    let program =
        "bash -c 'trap \"stty size >&2; exit\" WINCH; echo wai\"\"ting >&2; while :; do sleep 0.05; done'";
    session.type_in(&words(program));
    session.expect("waiting");
    session.resize(40, 132);
    session.expect("40 132");
    session.type_in("exit\n");
    session.end();
}

#[test]
fn a_pipeline_and_a_background_job_behave() {
    let home = Home::consenting();
    let mut session = shell(&home);
    let exec = words("sh -c 'cat; exit 3'");
    session.type_in(&format!(
        "echo through | {} | tr a-z A-Z >&2; echo codes=${{PIPESTATUS[*]}} >&2\n",
        exec.trim_end()
    ));
    session.expect("THROUGH");
    session.expect("codes=0 3 0");
    session.expect("> ");
    session.type_in(&format!("{} & wait $!; echo background=$? >&2\n", words("sh -c 'exit 4'").trim_end()));
    session.expect("background=4");
    session.type_in("exit\n");
    session.end();
}

#[test]
fn a_configuration_that_refuses_the_table_of_the_key_records_nothing_and_deletes_nothing() {
    let home = Home::consenting();
    let recorded = |name: &str, text: &str| {
        let file = home.0.path().join(name);
        std::fs::write(&file, text).unwrap();
        let mut command = home.equip(Command::new(AGENT));
        command.args(["exec", "--command", "init", "--config-key", "telemetry.enable", "--manifest"]);
        command.arg(manifest()).arg("--config").arg(&file).args(["--", "sh", "-c", "exit 7"]);
        assert_eq!(run(command, b"").status.code(), Some(7), "{name}: {text}");
        home.preview().matches("\"command\":\"init\"").count()
    };
    assert_eq!(recorded("c.json", r#"{"telemetry": {"enable": true}}"#), 1);
    for (name, text) in [
        ("c.json", r#"{"telemetry": false}"#),
        ("c.json", r#"{"telemetry": null}"#),
        ("c.json", r#"{"telemetry": [{"enable": true}]}"#),
        ("c.json", r#"{"Telemetry": "off"}"#),
        ("c.json", r#"{"telemetry": {"Enable": false}}"#),
        ("c.toml", "telemetry = \"off\""),
        ("c.toml", "telemetry_enable = false"),
        ("c.json", r#"{"telemetryEnable": false}"#),
        ("c.toml", "[[telemetry]]\nenable = true"),
        ("c.yaml", "telemetry: off"),
    ] {
        assert_eq!(recorded(name, text), 1, "{name}: {text}");
    }
    assert_eq!(
        recorded("c.toml", "[telemetry]\nenable = true"),
        2,
        "what was recorded before is still there"
    );
}
