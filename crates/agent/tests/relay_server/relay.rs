//! A relay that speaks for a server, and what its host sees of it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use aboveboard_testing::{Collector, Received};
use aboveboard_types::declaration::Declaration;
use aboveboard_types::event::{Event, EventKind, Report};

pub(crate) const AGENT: &str = env!("CARGO_BIN_EXE_aboveboard-agent");

/// How long a test waits for a line.
const PATIENCE: Duration = Duration::from_secs(60);

/// What asks for the counts.
pub(crate) const WANTS: &str = r#"{"wants":"counts"}"#;

/// The manifest of these tests, as a file and as what it declares.
pub(crate) fn manifest() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/larder.toml")
}

pub(crate) fn declaration() -> &'static Declaration {
    let text = std::fs::read_to_string(manifest()).unwrap();
    let manifest = aboveboard_manifest::parse(&text, "telemetry.toml").unwrap();
    Box::leak(Box::new(manifest.declaration()))
}

/// A server in a directory of its own, with the variables that its relay gets.
pub(crate) struct Server {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) collector: Collector,
    variables: Vec<(String, String)>,
}

impl Server {
    /// A server without a first delay, which reports in this many seconds again.
    pub(crate) fn reporting_every(seconds: u64) -> Self {
        let collector = Collector::start(declaration());
        let mut server = Self { directory: tempfile::tempdir().unwrap(), collector, variables: Vec::new() };
        let endpoint = server.collector.endpoint();
        server.set("LARDER_TELEMETRY_ENDPOINT", &endpoint);
        server.set("LARDER_TELEMETRY_ALLOW_PRIVATE", "true");
        server.set("LARDER_TELEMETRY_FIRST_DELAY", "0");
        server.set("LARDER_TELEMETRY_PERIOD", &seconds.to_string());
        server
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Where the answer lies, and everything that telemetry makes.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// What lies in the directory, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The command of its relay.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(AGENT);
        let arguments = ["relay", "--manifest", manifest(), "--server", "--program-version", "2.1.0"];
        self.equip(&mut command).args(arguments);
        command
    }

    /// Gives a command the variables of this server and no others.
    pub(crate) fn equip<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        let variables = self.variables.iter().map(|(name, value)| (name, value));
        command.env_clear().env("STATE_DIRECTORY", self.path()).envs(variables)
    }

    pub(crate) fn relay(&self) -> Relay {
        Relay::start(self.command().stdin(Stdio::piped()))
    }

    /// Stores an answer at once, as the agents do: a file that is half written is no opt-out that deletes.
    pub(crate) fn store_answer(&self, line: &str) {
        let new = self.path().join("new");
        std::fs::write(&new, line).unwrap();
        std::fs::rename(new, self.path().join("consent")).unwrap();
    }

    /// The next report that arrives, with its batch.
    pub(crate) fn await_report(&self) -> (Report<'static>, Received) {
        loop {
            let batch = self.collector.await_batch();
            assert_eq!(batch.refused, []);
            if let Some(report) = batch.events.iter().find_map(report_of) {
                return (report, batch);
            }
        }
    }
}

impl Drop for Server {
    /// Waits for what was left to itself: a process that lives on would make its files anew behind the removal of the
    /// directory.
    fn drop(&mut self) {
        let variable = format!("STATE_DIRECTORY={}", self.path().display());
        let runs = || {
            let processes = std::fs::read_dir("/proc").unwrap().flatten();
            processes.map(|process| process.path().join("environ")).any(|environment| {
                let variables = std::fs::read(environment).unwrap_or_default();
                variables.split(|byte| *byte == 0).any(|known| known == variable.as_bytes())
            })
        };
        let began = std::time::Instant::now();
        while !std::thread::panicking() && runs() {
            assert!(began.elapsed() < PATIENCE, "a process does not end");
            std::thread::yield_now();
        }
    }
}

pub(crate) fn report_of(event: &Event<'static>) -> Option<Report<'static>> {
    match &event.kind {
        EventKind::Report(report) => Some(report.clone()),
        _ => None,
    }
}

/// A relay that runs, and the end of the pipe that its host writes to.
pub(crate) struct Relay {
    pub(crate) child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    explained: Receiver<String>,
    stderr: Option<JoinHandle<String>>,
}

impl Relay {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (sender, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let (sender, explained) = channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let stderr = std::thread::spawn(move || {
            let mut text = String::new();
            for line in stderr.lines().map_while(Result::ok) {
                text.push_str(&line);
                text.push('\n');
                let _ = sender.send(line);
            }
            text
        });
        let stdin = child.stdin.take();
        let mut relay = Self { child, stdin, lines, explained, stderr: Some(stderr) };
        relay.try_say(r#"{"relay":1}"#);
        relay
    }

    pub(crate) fn say(&mut self, line: &str) {
        self.stdin.as_mut().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    fn try_say(&mut self, line: &str) {
        if let Some(stdin) = &mut self.stdin {
            let _ = stdin.write_all(format!("{line}\n").as_bytes());
        }
    }

    /// The next line for the host.
    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).unwrap()
    }

    /// A line for the host that is there already.
    pub(crate) fn told(&self) -> Option<String> {
        self.lines.try_recv().ok()
    }

    /// Waits for this line for the host, whatever comes before it.
    pub(crate) fn await_line(&self, wanted: &str) {
        while self.line() != wanted {}
    }

    /// Answers the next question for counts.
    pub(crate) fn answer(&mut self, tables: u64) {
        self.await_line(WANTS);
        self.count(tables);
    }

    /// Says what the host counts.
    pub(crate) fn count(&mut self, tables: u64) {
        self.say(&format!(r#"{{"counts":{{"tables":{tables},"rules":{{"read":2,"write":1}}}}}}"#));
    }

    /// Waits until a relay that explains what it does has taken every line that was said to it: it says of the last of them
    /// that it is none.
    pub(crate) fn settle(&mut self) {
        while self.explained.try_recv().is_ok() {}
        self.say("no line of a host");
        while !self.explained.recv_timeout(PATIENCE).unwrap().contains("JSON") {}
    }

    /// How many threads it has.
    pub(crate) fn threads(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap().count()
    }

    /// Closes the pipe and waits until it is gone. Returns what it printed for people.
    pub(crate) fn close(mut self) -> String {
        self.stdin = None;
        assert!(self.child.wait().unwrap().success());
        self.stderr.take().unwrap().join().unwrap()
    }

    /// Ends it as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
