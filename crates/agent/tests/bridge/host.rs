//! A host of a console with a bridge beside it, and what it passes on.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

pub(crate) const AGENT: &str = env!("CARGO_BIN_EXE_aboveboard-agent");

/// How long a test waits for a line or an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// The host that the pages of these tests were loaded from.
pub(crate) const HOST: &str = "127.0.0.1:8080";

/// The manifest of these tests, whose product has a server, a command line program and a console.
pub(crate) fn manifest() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/quarry/telemetry.toml")
}

/// The directory of a host, which is also its user's home.
pub(crate) struct Host {
    directory: tempfile::TempDir,
}

impl Host {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.path().join("bridge.sock")
    }

    /// Where a server keeps its state.
    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// Gives a command the variables of these tests and no others. Nothing listens at the endpoint.
    pub(crate) fn equip(&self, mut command: Command) -> Command {
        command
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", "/usr/bin:/bin")
            .env("QUARRY_TELEMETRY_ENDPOINT", "http://127.0.0.1:9")
            .env("QUARRY_TELEMETRY_ALLOW_PRIVATE", "true")
            .env("QUARRY_TELEMETRY_FIRST_DELAY", "0")
            .current_dir(self.path());
        command
    }

    pub(crate) fn bridge(&self, arguments: &[&str]) -> Command {
        let mut command = self.equip(Command::new(AGENT));
        command.arg("bridge").arg("--manifest").arg(manifest()).arg("--socket").arg(self.socket());
        command.args(arguments);
        command
    }

    /// The bridge of a server, without a word of anybody's.
    pub(crate) fn of_server(&self) -> Command {
        let mut command = self.bridge(&["--server"]);
        command.arg("--directory").arg(self.data());
        command
    }

    /// Answers for the server, which this process does not ask.
    pub(crate) fn answer(&self, answer: &str) {
        std::fs::create_dir_all(self.data()).unwrap();
        let on = format!("answer={answer} at=2026-11-22T14:10:26Z by=verb endpoint=http://127.0.0.1:9\n");
        std::fs::write(self.data().join("consent"), if answer == "no" { "answer=no\n" } else { &on })
            .unwrap();
    }

    /// A bridge of a server that records.
    pub(crate) fn recording(&self) -> Bridge {
        self.answer("yes");
        Bridge::start(&mut self.of_server())
    }

    /// The events that a server's directory holds.
    pub(crate) fn events(&self) -> Vec<Value> {
        recorded(&self.data().join("telemetry"))
    }
}

/// The events in a spool, in the order of their files.
pub(crate) fn recorded(state: &Path) -> Vec<Value> {
    let Ok(spool) = std::fs::read_dir(state.join("spool")) else { return Vec::new() };
    let files = spool.map(|entry| entry.unwrap().path());
    let open = files.filter(|file| file.file_name().unwrap().to_str().unwrap().starts_with("open-"));
    let texts: Vec<_> = open.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let lines = texts.iter().flat_map(|text| text.lines());
    let values = lines.filter_map(|line| serde_json::from_str::<Value>(line.get(9..)?).ok());
    values.filter(|value| value["time"].is_number()).collect()
}

/// A bridge that runs.
pub(crate) struct Bridge {
    pub(crate) child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    words: Receiver<String>,
}

impl Bridge {
    pub(crate) fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdin = child.stdin.take();
        let lines = lines_of(child.stdout.take().unwrap());
        let words = lines_of(child.stderr.take().unwrap());
        Self { child, stdin, lines, words }
    }

    /// The next line that the host is told.
    pub(crate) fn told(&self) -> Value {
        serde_json::from_str(&self.lines.recv_timeout(PATIENCE).unwrap()).unwrap()
    }

    /// The secret of a bridge that listens.
    pub(crate) fn secret(&self) -> String {
        self.told()["secret"].as_str().unwrap().to_owned()
    }

    /// The next line of stderr.
    pub(crate) fn word(&self) -> String {
        self.words.recv_timeout(PATIENCE).unwrap()
    }

    /// Tells the bridge something.
    pub(crate) fn tell(&mut self, bytes: &[u8]) {
        self.stdin.as_mut().unwrap().write_all(bytes).unwrap();
    }

    /// Closes its standard input and waits for its end: what it still said, on both streams.
    pub(crate) fn close(mut self) -> Vec<String> {
        drop(self.stdin.take());
        assert!(self.child.wait().unwrap().success());
        self.lines.iter().chain(self.words.iter()).collect()
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}

fn lines_of(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// Sends these bytes, and gives the status and the whole answer.
pub(crate) fn send(socket: &Path, bytes: &[u8]) -> (u16, String) {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, answer)
}

/// The request of a page for the config, as a host passes it on.
pub(crate) fn config(secret: &str) -> String {
    format!(
        "GET /telemetry/config HTTP/1.1\r\nhost: {HOST}\r\nsec-fetch-site: same-origin\r\naboveboard-bridge: {secret}\r\n\r\n"
    )
}

/// The token in the answer to that.
pub(crate) fn token(socket: &Path, secret: &str) -> String {
    let (status, answer) = send(socket, config(secret).as_bytes());
    assert_eq!(status, 200, "{answer}");
    let body: Value = serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(body["mode"], "on");
    body["token"].as_str().unwrap().to_owned()
}

/// What a page posts.
pub(crate) const POST: &str = r#"{"session":"0b0f3c5e-6f0a-4f5e-9d50-3c8f1c0a2b7d","events":[{"route":"/data","action":"table_tracked"}]}"#;

/// A post of a page, as a host passes it on.
pub(crate) fn post(secret: &str, token: &str, body: &str) -> String {
    format!(
        "POST /telemetry/events HTTP/1.1\r\nhost: {HOST}\r\norigin: http://{HOST}\r\nsec-fetch-site: same-origin\r\n\
         content-type: application/json\r\ncontent-length: {}\r\naboveboard-token: {token}\r\n\
         aboveboard-bridge: {secret}\r\n\r\n{body}",
        body.len()
    )
}
