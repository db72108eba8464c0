//! Running a program under strace, in a network namespace of its own where that is possible.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::trace::{self, Effect};

/// How long a program may take. A traced one on a busy machine is slow; one that never ends is a mistake.
const MAX_RUN: Duration = Duration::from_secs(120);

/// How long a program that does not end by itself is watched after it said that it is ready.
const LINGER: Duration = Duration::from_secs(1);

/// What a program and everything it started did.
#[derive(Debug)]
#[non_exhaustive]
pub struct Watched {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to its standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to its standard error.
    pub stderr: Vec<u8>,
    /// Its effects on the machine.
    pub effects: Vec<Effect>,
    /// Whether it was in a network namespace of its own.
    pub isolated: bool,
}

/// Runs `command` to its end under strace, without input. With `until`, it is asked to end (`SIGTERM`) a second
/// after a line with that text appeared on its output.
///
/// # Errors
/// In words: strace is missing or may not trace here, the program cannot be started, or it does not end within two
/// minutes. A check that could not watch must not pass.
pub fn watch(command: &Command, until: Option<&str>) -> Result<Watched, String> {
    let program = resolve(command.get_program())?;
    let log = Scratch::new("trace")?;
    let file = log.0.join("log");
    let isolated = can_unshare();
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-y", "-s", "200", "-e", trace::CALLS, "-e", "signal=none", "-o"]);
    let namespace = namespace(isolated);
    // What brings up the namespace executes itself, then a shell, then the program.
    let before = if namespace.is_empty() { 0 } else { 2 };
    strace.arg(&file).arg("--").args(namespace).arg(&program).args(command.get_args());
    strace.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        strace.current_dir(folder);
    }
    let strace = strace.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let strace =
        strace.map_err(|error| format!("strace does not run, and nothing else sees every call: {error}"))?;
    let (status, [stdout, stderr]) = follow(strace, until)?;
    let text = fs::read(&file).map_err(|error| format!("strace left no account: {error}"))?;
    let effects = trace::effects(&String::from_utf8_lossy(&text), &program, before).ok_or_else(|| {
        let said = String::from_utf8_lossy(&stderr);
        format!("{} was not started, or strace may not trace here: {}", program.display(), said.trim())
    })?;
    Ok(Watched { status, stdout, stderr, effects, isolated })
}

/// The program's file, as the shell would find it.
fn resolve(program: &OsStr) -> Result<PathBuf, String> {
    let named = Path::new(program);
    let found = if named.components().count() > 1 {
        // Not its canonical name: a program may look at the name by which it was called.
        std::path::absolute(named).ok().filter(|file| file.is_file())
    } else {
        let path = std::env::var_os("PATH").unwrap_or_else(default_path);
        std::env::split_paths(&path).map(|folder| folder.join(named)).find(|file| file.is_file())
    };
    found.ok_or_else(|| format!("there is no program {}", named.display()))
}

pub(super) fn default_path() -> OsString {
    OsString::from("/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
}

/// What stands before the program so that it meets no network but a loopback of its own.
fn namespace(isolated: bool) -> Vec<OsString> {
    let Some(unshare) = resolve(OsStr::new("unshare")).ok().filter(|_| isolated) else { return Vec::new() };
    // The program's own search path may be short, or none.
    let up = "PATH=\"$PATH:/usr/sbin:/sbin:/usr/bin:/bin\" ip link set lo up 2>/dev/null; exec \"$@\"";
    let mut words = vec![unshare.into_os_string()];
    words.extend(options().iter().chain(&["--", "/bin/sh", "-c", up, "sh"]).map(OsString::from));
    words
}

/// Without root, a user namespace is made first, in which this process is root.
fn options() -> &'static [&'static str] {
    if rustix::process::geteuid().is_root() { &["--net"] } else { &["--user", "--map-root-user", "--net"] }
}

fn can_unshare() -> bool {
    let mut unshare = Command::new("unshare");
    let quiet = unshare.args(options()).args(["--", "true"]);
    let quiet = quiet.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// A line of one of the two streams: 0 is standard output.
type Line = (usize, Vec<u8>);

fn follow(mut strace: Child, until: Option<&str>) -> Result<(ExitStatus, [Vec<u8>; 2]), String> {
    let (sender, lines) = channel();
    if let (Some(stdout), Some(stderr)) = (strace.stdout.take(), strace.stderr.take()) {
        read(0, stdout, sender.clone());
        read(1, stderr, sender);
    }
    let mut streams = [Vec::new(), Vec::new()];
    let watched = collect(&lines, &mut streams, until, || end(&strace, Signal::TERM));
    if watched.is_err() {
        end(&strace, Signal::KILL);
        let _ = strace.kill();
    }
    let status = strace.wait().map_err(|error| error.to_string())?;
    match watched {
        Ok(()) => Ok((status, streams)),
        Err(why) => {
            let said = streams.map(|stream| String::from_utf8_lossy(&stream).into_owned()).concat();
            Err(format!("{why}; it said {said:?}"))
        }
    }
}

fn read(stream: usize, from: impl Read + Send + 'static, sender: Sender<Line>) {
    std::thread::spawn(move || {
        let mut reader = BufReader::new(from);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            if sender.send((stream, std::mem::take(&mut line))).is_err() {
                break;
            }
        }
    });
}

/// Collects the output until both streams are closed; an error if that takes too long or comes too early.
fn collect(
    lines: &Receiver<Line>,
    streams: &mut [Vec<u8>; 2],
    until: Option<&str>,
    ask_to_end: impl Fn(),
) -> Result<(), String> {
    let mut deadline = Instant::now() + MAX_RUN;
    let mut is_awaited = until.is_some();
    let mut linger = None;
    loop {
        match lines.recv_timeout(linger.unwrap_or(deadline).saturating_duration_since(Instant::now())) {
            Ok((stream, line)) => {
                let ready = until.is_some_and(|until| String::from_utf8_lossy(&line).contains(until));
                streams[stream].extend(line);
                if is_awaited && ready {
                    is_awaited = false;
                    linger = Some(Instant::now() + LINGER);
                }
            }
            Err(RecvTimeoutError::Timeout) if linger.is_some() => {
                linger = None;
                deadline = Instant::now() + MAX_RUN;
                ask_to_end();
            }
            Err(RecvTimeoutError::Timeout) => {
                return Err(format!("it did not end within {} s", MAX_RUN.as_secs()));
            }
            // The program ended before it could be watched.
            Err(RecvTimeoutError::Disconnected) if is_awaited => {
                return Err(format!("it ended before it said {:?}", until.unwrap_or_default()));
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

/// Signals the program: the one child of strace.
fn end(strace: &Child, signal: Signal) {
    let parent = strace.id().to_string();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let is_child = stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)) == Some(&*parent);
        let pid = entry.file_name().to_str().and_then(|name| name.parse().ok()).and_then(Pid::from_raw);
        if let (true, Some(pid)) = (is_child, pid) {
            let _ = kill_process(pid, signal);
        }
    }
}

/// An empty folder that no other user can look into. Dropped, it is removed.
pub(super) struct Scratch(pub(super) PathBuf);

impl Scratch {
    pub(super) fn new(what: &str) -> Result<Self, String> {
        use std::os::unix::fs::DirBuilderExt as _;
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("aboveboard-{what}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        let made = fs::DirBuilder::new().mode(0o700).create(&folder);
        made.map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
