//! A user's home, a relay that runs in it, and what it recorded.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdin, Command, ExitStatus, Output, Stdio};

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

pub(crate) const AGENT: &str = env!("CARGO_BIN_EXE_aboveboard-agent");

/// The home directory of a user of one product.
pub(crate) struct Home {
    directory: tempfile::TempDir,
    product: &'static str,
}

impl Home {
    /// A home with nothing in it, for the product of the vectors.
    pub(crate) fn new() -> Self {
        Self::of("vectors")
    }

    /// The same for another product, whose manifest is to lie in it as `telemetry.toml`.
    pub(crate) fn of(product: &'static str) -> Self {
        Self { directory: tempfile::tempdir().unwrap(), product }
    }

    fn manifest(&self) -> PathBuf {
        if self.product == "vectors" { manifest() } else { self.path().join("telemetry.toml") }
    }

    /// A home whose user said yes to the manifest of the vectors; nothing listens at the endpoint.
    pub(crate) fn consenting() -> Self {
        let home = Self::new();
        home.verb(&["on"]);
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn equip(&self, mut command: Command) -> Command {
        command
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", "/usr/bin:/bin")
            .env(self.variable("ENDPOINT"), "http://127.0.0.1:9")
            .env(self.variable("ALLOW_PRIVATE"), "true");
        command
    }

    fn variable(&self, name: &str) -> String {
        format!("{}_TELEMETRY_{name}", self.product.to_uppercase())
    }

    /// Runs a user's verb, which must succeed.
    pub(crate) fn verb(&self, verb: &[&str]) -> String {
        let mut command = self.equip(Command::new(AGENT));
        let output = command.arg("--manifest").arg(self.manifest()).args(verb).output().unwrap();
        assert!(output.status.success(), "{verb:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn relay(&self, arguments: &[&str]) -> Command {
        let mut command = self.equip(Command::new(AGENT));
        command.arg("relay").arg("--manifest").arg(self.manifest()).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs a relay to the end of this input.
    pub(crate) fn relayed(&self, arguments: &[&str], input: &[u8]) -> Output {
        let mut relay = self.relay(arguments).spawn().unwrap();
        relay.stdin.take().unwrap().write_all(input).unwrap();
        relay.wait_with_output().unwrap()
    }

    /// A relay that explains, and has taken these lines after the first.
    pub(crate) fn told(&self, lines: &[&str]) -> Relay {
        let mut relay = Relay::start(self.relay(&["--explain"]));
        relay.tell(&[&[VERSION], lines].concat());
        relay.sync();
        relay
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.path().join(".local/state").join(self.product).join("telemetry")
    }

    /// The events in the spool, without times and ids of runs; what is folded is one.
    pub(crate) fn events(&self) -> Vec<Value> {
        let mut events: Vec<Value> = Vec::new();
        for mut event in self.lines("open-").into_iter().filter(|line| line["name"].is_string()) {
            let object = event.as_object_mut().unwrap();
            if object.remove("time").is_none() {
                // The line of the segment's own name.
                continue;
            }
            object.remove("run");
            let times = object.remove("times").map_or(1, |times| times.as_u64().unwrap());
            let is_folded = event["name"] == "page-shown";
            match events.iter_mut().find(|known| is_folded && known["fields"] == event["fields"]) {
                Some(known) => known["times"] = (known["times"].as_u64().unwrap() + times).into(),
                None if is_folded => {
                    event["times"] = times.into();
                    events.push(event);
                }
                None => events.push(event),
            }
        }
        events.sort_by_key(Value::to_string);
        events
    }

    /// The drops that the next batch reports.
    pub(crate) fn drops(&self) -> BTreeMap<String, u64> {
        let mut drops = BTreeMap::new();
        for line in self.lines("outcomes.") {
            for (reason, number) in line.as_object().unwrap() {
                *drops.entry(reason.clone()).or_default() += number.as_u64().unwrap();
            }
        }
        drops
    }

    /// The files of commands that have begun and not ended.
    pub(crate) fn open_commands(&self) -> Vec<PathBuf> {
        let is_run = |file: &PathBuf| file.file_name().unwrap().to_str().unwrap().starts_with("run-");
        let is_taken = |file: &PathBuf| !std::fs::read_to_string(file).unwrap().trim().is_empty();
        self.files().into_iter().filter(is_run).filter(is_taken).collect()
    }

    /// The JSON of each line in the files of the spool whose names begin so.
    fn lines(&self, name: &str) -> Vec<Value> {
        let Ok(spool) = std::fs::read_dir(self.state().join("spool")) else { return Vec::new() };
        let files = spool.map(|entry| entry.unwrap().path());
        let ours = files.filter(|file| file.file_name().unwrap().to_str().unwrap().starts_with(name));
        let texts = ours.map(|file| std::fs::read_to_string(file).unwrap());
        texts.flat_map(|text| text.lines().map(|line| parsed(&line[9..])).collect::<Vec<_>>()).collect()
    }

    /// Every file below this home.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut directories = vec![self.path().to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
                match entry.file_type().unwrap().is_dir() {
                    true => directories.push(entry.path()),
                    false => files.push(entry.path()),
                }
            }
        }
        files
    }
}

/// A relay that lives, with `--explain`.
pub(crate) struct Relay {
    pub(crate) process: Child,
    pub(crate) stdin: Option<ChildStdin>,
    explained: BufReader<ChildStderr>,
}

impl Relay {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut process = command.spawn().unwrap();
        let explained = BufReader::new(process.stderr.take().unwrap());
        Self { stdin: process.stdin.take(), process, explained }
    }

    pub(crate) fn tell(&mut self, lines: &[&str]) {
        self.stdin.as_mut().unwrap().write_all(text(lines).as_bytes()).unwrap();
    }

    /// Waits until everything it was told is taken, and gives what it explained meanwhile.
    pub(crate) fn sync(&mut self) -> Vec<String> {
        self.tell(&["{}"]);
        let mut explained = Vec::new();
        loop {
            let mut line = String::new();
            assert!(self.explained.read_line(&mut line).unwrap() > 0, "it has ended");
            if line.ends_with("not a line of this protocol\n") {
                return explained;
            }
            explained.push(line);
        }
    }

    /// Closes the pipe and waits for its end.
    pub(crate) fn close(mut self) -> ExitStatus {
        drop(self.stdin.take());
        self.process.wait().unwrap()
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.process)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// A file of the system about it.
    pub(crate) fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.process.id())).unwrap()
    }
}

/// Asks again and again what another process does and offers no event for, for a minute at most.
pub(crate) fn until(what: &str, mut is: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is() {
        assert!(start.elapsed() < Duration::from_secs(60), "still not: {what}");
        std::thread::yield_now();
    }
}

/// The first line.
pub(crate) const VERSION: &str = r#"{"relay":1}"#;

/// Lines as they are written.
pub(crate) fn text(lines: &[&str]) -> String {
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}

pub(crate) fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

pub(crate) fn manifest() -> PathBuf {
    vectors().join("telemetry.toml")
}

pub(crate) fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}
