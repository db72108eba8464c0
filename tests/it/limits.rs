//! quarry's CLI without a home, disk space, descriptors, processes or streams, and in homes that an attacker prepared. Its
//! output and its exit code are those of a run without telemetry.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::process::{Command, Output};

use harness::home::Home;
use harness::rounds;

const CLOSED: &str = "http://127.0.0.1:9";

/// A user that owns nothing.
const NOBODY: u32 = 65_534;

/// A home in which telemetry is on and every command starts the helper.
fn consenting() -> Home {
    let home = Home::new().endpoint(CLOSED).with("QUARRY_TELEMETRY_PERIOD", "0");
    let on = home.quarry(&["telemetry", "on"]).output().expect("quarry runs");
    assert!(on.status.success(), "{on:?}");
    home
}

/// What the host's caller sees.
fn essence(output: &Output) -> (std::process::ExitStatus, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status, text(&output.stdout), text(&output.stderr))
}

/// A shell line in this home that ends by becoming quarry.
fn shell(home: &Home, line: &str) -> Command {
    let mut bash = home.program("bash");
    bash.args(["-c", line]).arg(harness::binary("quarry"));
    bash
}

/// Runs a line with telemetry on and off, and compares status and output.
fn same_as_bare(home: &Home, line: &str) {
    let on = shell(home, line).output().expect("bash runs");
    let bare = shell(home, line).env("ENABLE_TELEMETRY", "false").output().expect("bash runs");
    assert_eq!(essence(&on), essence(&bare), "{line}");
}

#[test]
fn limits_and_closed_streams_change_nothing_of_the_host() {
    for line in [
        "exec \"$0\" version",
        "exec \"$0\" migrate status",
        "ulimit -f 0; exec \"$0\" version",
        "ulimit -f 1; exec \"$0\" version",
        "ulimit -n 4; exec \"$0\" version",
        "ulimit -n 6; exec \"$0\" version",
        "ulimit -v 300000; exec \"$0\" version",
        "ulimit -s 256; exec \"$0\" version",
        "exec \"$0\" version <&-",
        "exec \"$0\" version 2>&-",
        "exec \"$0\" version >&- 2>&- <&-",
        "exec \"$0\" migrate status >&- 2>&- <&-",
        "exec \"$0\" version > /dev/full 2> /dev/null",
        "trap '' PIPE; exec \"$0\" version",
        "umask 0; exec \"$0\" version",
        "umask 777; exec \"$0\" version",
        "cd /proc/self; exec \"$0\" version",
    ] {
        same_as_bare(&consenting(), line);
    }
}

#[test]
fn what_a_host_prints_with_its_streams_closed_is_in_no_file_of_telemetry() {
    let home = consenting();
    let line = "exec \"$0\" migrate status --project canary-of-the-stream >&- 2>&- <&-";
    let _ = shell(&home, line).env("QUARRY_TELEMETRY_PERIOD", "3600").status().expect("bash runs");
    assert!(home.state().join("spool").exists(), "it was recorded");
    assert_eq!(
        harness::oracle::leaks_below(&home.state(), &["canary-of-the-stream", "quarry:"]),
        Vec::<String>::new()
    );
}

#[test]
fn a_missing_invalid_or_foreign_home_is_left_alone() {
    let yes = |home: &Home| {
        let mut command = home.quarry(&["version"]);
        command.env("QUARRY_ENABLE_TELEMETRY", "true");
        command
    };
    for value in ["", "/", "relative", "/nowhere/at/all", "/dev/null", "/proc/self"] {
        let home = consenting();
        let before = home.files();
        let run = |command: &mut Command| essence(&command.env("HOME", value).output().expect("quarry runs"));
        assert_eq!(run(&mut yes(&home)), run(yes(&home).env("DO_NOT_TRACK", "1")), "HOME={value:?}");
        assert_eq!(home.files(), before, "HOME={value:?}");
    }
    let bare = essence(&Home::new().quarry(&["version"]).output().expect("quarry runs"));
    let home = consenting();
    assert_eq!(essence(&yes(&home).env_remove("HOME").output().expect("quarry runs")), bare);
    if !rustix::process::geteuid().is_root() {
        return;
    }
    // As under `sudo`, which may keep the caller's home.
    let theirs = Home::new().endpoint(CLOSED).with("QUARRY_TELEMETRY_PERIOD", "0");
    chown(theirs.path(), Some(NOBODY), Some(NOBODY)).expect("root may");
    assert_eq!(essence(&yes(&theirs).output().expect("quarry runs")), bare);
    assert_eq!(theirs.files(), Vec::<std::path::PathBuf>::new(), "root wrote into a user's home");
}

#[test]
fn a_home_on_a_disk_that_is_read_only_or_full_changes_nothing_of_the_host() {
    let mount = |options: &str| format!("mount -t tmpfs -o {options} tmpfs \"$HOME\"");
    let said =
        "mkdir -p \"$HOME/.config/quarry\" && printf %s \"$ANSWER\" > \"$HOME/.config/quarry/consent\"";
    let full = "head -c 1000000 /dev/zero > \"$HOME/ballast\" 2>/dev/null";
    let inodes = "while mkdir \"$HOME/$((++n))\" 2>/dev/null; do :; done";
    let given = consenting();
    let answer = std::fs::read_to_string(given.path().join(".config/quarry/consent")).expect("an answer");
    for preparation in [
        format!("{} && {said} && mount -o remount,ro \"$HOME\"", mount("size=64k,mode=700")),
        format!("{} && {said} && {full}", mount("size=64k,mode=700")),
        format!("{} && {said} && {inodes}", mount("nr_inodes=12,mode=700")),
    ] {
        let home = consenting();
        let line = format!("{preparation}; exec \"$0\" version");
        let root = rustix::process::geteuid().is_root();
        let options: &[&str] = if root { &["--mount"] } else { &["--user", "--map-root-user", "--mount"] };
        let run = |no: &str| {
            let mut unshare = home.program("unshare");
            unshare.args(options).args(["--", "bash", "-c", &line]).arg(harness::binary("quarry"));
            unshare.env("ANSWER", &answer).env("DO_NOT_TRACK", no).output().expect("unshare runs")
        };
        let on = run("");
        let bare = run("1");
        assert!(bare.status.success() || bare.stderr.starts_with(b"unshare"), "{bare:?}");
        assert_eq!(essence(&on), essence(&bare), "{preparation}");
    }
}

/// The system calls of a command that touch telemetry's files or start the helper: name, and number in that name.
fn own_calls(home: &Home) -> Vec<(String, usize)> {
    let log = home.path().join("trace");
    let mut strace = home.program("strace");
    strace
        .args(["-qq", "-y", "-e", "signal=none", "-o"])
        .arg(&log)
        .arg(harness::binary("quarry"))
        .arg("version");
    assert!(strace.output().expect("strace runs").status.success());
    let mut seen = BTreeMap::<String, usize>::new();
    let mut own = Vec::new();
    let trace = std::fs::read_to_string(&log).expect("a trace");
    for line in trace.lines().skip(1) {
        let Some((name, rest)) = line.split_once('(') else { continue };
        let count = seen.entry(name.to_owned()).or_default();
        *count += 1;
        let ours = ["/telemetry", "/consent", "off.d"].iter().any(|place| rest.contains(place));
        let starts = ["clone", "clone3", "vfork", "fork", "getrandom"].contains(&name);
        if ours || starts {
            own.push((name.to_owned(), *count));
        }
    }
    own
}

#[test]
fn torture_any_system_call_of_the_agent_may_fail_and_the_host_does_not_notice() {
    let bare = essence(&Home::new().quarry(&["version"]).output().expect("quarry runs"));
    let calls = own_calls(&consenting());
    assert!(calls.len() > 15, "strace saw what is recorded: {calls:?}");
    assert!(calls.iter().any(|(name, _)| name.contains("clone") || name.contains("fork")), "{calls:?}");
    let errors =
        ["ENOSPC", "EIO", "EMFILE", "ENFILE", "ENOMEM", "EAGAIN", "EACCES", "EPERM", "EROFS", "EDQUOT"];
    for (at, (name, number)) in calls.iter().enumerate() {
        for turn in 0..rounds(1, errors.len()) {
            let error = errors[(at + turn) % errors.len()];
            let home = consenting();
            let mut strace = home.program("strace");
            let inject = format!("inject={name}:error={error}:when={number}");
            strace.args(["-qq", "-e", "signal=none", "-e", &inject, "-o", "/dev/null"]);
            strace.arg(harness::binary("quarry")).arg("version");
            assert_eq!(essence(&strace.output().expect("strace runs")), bare, "{inject}");
        }
    }
}

#[test]
fn an_unusable_endpoint_is_never_dialled_and_nothing_is_written() {
    for endpoint in [
        "http://telemetry.quarry.example",
        "https://user:password@telemetry.quarry.example",
        "https://127.0.0.1",
        "https://2130706433",
        "https://0x7f.1",
        "https://[::1]",
        "https://[::ffff:127.0.0.1]",
        "https://10.0.0.1",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "ftp://telemetry.quarry.example",
        "https://",
        "nonsense",
    ] {
        let home =
            Home::new().with("QUARRY_TELEMETRY_ENDPOINT", endpoint).with("QUARRY_ENABLE_TELEMETRY", "true");
        let output =
            home.quarry(&["version"]).env("QUARRY_TELEMETRY_PERIOD", "0").output().expect("quarry runs");
        assert!(output.status.success() && output.stderr.is_empty(), "{endpoint}: {output:?}");
        assert_eq!(home.files(), Vec::<std::path::PathBuf>::new(), "{endpoint}");
        let status = home.quarry(&["telemetry", "status", "--json"]).output().expect("quarry runs");
        let status: serde_json::Value = serde_json::from_slice(&status.stdout).expect("JSON");
        assert_eq!(status["because"], "endpoint", "{endpoint}: {status}");
    }
}

#[test]
fn a_spool_prepared_by_an_attacker_is_not_followed_waited_for_or_written_through() {
    // A name, and what prepares the state directory, given a file that must not be touched.
    type Trap = (&'static str, fn(&Path, &Path));
    let traps: [Trap; 7] = [
        ("the state is a link", |state, victim| link(state, victim.parent().expect("a folder"))),
        ("the spool is a link", |state, victim| {
            link(&state.join("spool"), victim.parent().expect("a folder"))
        }),
        ("the secret is a link", |state, victim| link(&state.join("secret"), victim)),
        ("the secret is a second name", |state, victim| {
            std::fs::create_dir_all(state).expect("a folder");
            std::fs::hard_link(victim, state.join("secret")).expect("a hard link");
        }),
        ("the secret is a pipe", |state, _| pipe(&state.join("secret"))),
        ("a segment is a pipe", |state, _| pipe(&state.join("spool/open-00000000.0"))),
        ("the state is open to all", |state, _| {
            std::fs::create_dir_all(state).expect("a folder");
            std::fs::set_permissions(state, std::fs::Permissions::from_mode(0o777)).expect("a mode");
        }),
    ];
    for (what, prepare) in traps {
        let home = consenting();
        let elsewhere = Home::new();
        let victim = elsewhere.path().join("victim");
        std::fs::write(&victim, "untouched").expect("a file");
        prepare(&home.state(), &victim);
        // `timeout` ends a program that waits for a pipe.
        for verb in ["exec timeout 60 \"$0\" version", "exec timeout 60 \"$0\" version"] {
            same_as_bare(&home, verb);
        }
        assert_eq!(std::fs::read(&victim).expect("a file"), b"untouched", "{what}");
        assert_eq!(elsewhere.files().len(), 1, "{what}: {:?}", elsewhere.files());
    }
}

fn link(at: &Path, to: &Path) {
    std::fs::create_dir_all(at.parent().expect("a folder")).expect("a folder");
    symlink(to, at).expect("a link");
}

fn pipe(at: &Path) {
    std::fs::create_dir_all(at.parent().expect("a folder")).expect("a folder");
    assert!(Command::new("mkfifo").arg(at).status().expect("mkfifo runs").success());
}
