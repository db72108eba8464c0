//! The collector as a process that can be killed, traced and starved.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::test_collector::{TOKEN_HASH, with_manifest};

/// The smallest program around a collector, which cargo builds along with the tests.
pub(crate) fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join("examples/collect");
    assert!(program.is_file(), "missing: cargo build -p aboveboard-collector --example collect");
    program
}

/// Says that a test cannot run here, which is a failure where every test must.
pub(crate) fn not_run(why: &str) {
    assert!(std::env::var_os("ABOVEBOARD_MUST_RUN").is_none(), "must run, and cannot: {why}");
    eprintln!("not run: {why}");
}

pub(crate) struct Program {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// Writes the configuration of a collector in `data`, with more lines where a test wants them.
pub(crate) fn prepare(directory: &Path, data: &Path, more: &str) -> PathBuf {
    with_manifest(data);
    let file = directory.join("collector.toml");
    let text = format!(
        "data = {data:?}\nlisten = \"127.0.0.1:0\"\n[rate]\nprefix-per-second = 1000000\n\
         prefix-burst = 1000000\n[apply]\npace = \"0ms\"\n[operator]\ntoken-hash = \"{TOKEN_HASH}\"\n{more}"
    );
    std::fs::write(&file, text).unwrap();
    file
}

impl Program {
    pub(crate) fn start(config: &Path) -> Self {
        Self::under(Command::new(program()), config)
    }

    /// Starts it under another program, which is given the path of the collector and its configuration.
    pub(crate) fn traced(mut tracer: Command, config: &Path) -> Self {
        tracer.arg(program());
        Self::under(tracer, config)
    }

    fn under(mut command: Command, config: &Path) -> Self {
        let mut child = command.arg(config).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address =
            line.trim().strip_prefix("listening http://").expect("it did not start").parse().unwrap();
        Self { child, address }
    }

    /// Starts it by a clock that is set in a file, which nobody else goes by.
    pub(crate) fn by_clock(library: &Path, file: &Path, config: &Path) -> Self {
        let mut command = Command::new(program());
        command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", file);
        command.env("FAKETIME_NO_CACHE", "1").env("DONT_FAKE_MONOTONIC", "1").env("TZ", "UTC");
        Self::under(command, config)
    }

    /// Waits until it has ended by itself.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// The number of the process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL; nothing is left to it.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM to the collector itself, which may be the child of a tracer; then waits for all.
    pub(crate) fn terminate(mut self) {
        self.terminate_in_place();
    }

    /// As `terminate`, where another takes its place.
    pub(crate) fn terminate_in_place(&mut self) {
        let pid = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.child.id())).unwrap();
        let pid = pid.split_whitespace().next().map_or(self.child.id(), |pid| pid.parse().unwrap());
        let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
