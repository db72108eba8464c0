//! Running `tests/tool/program.rs` in a home of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A home directory with nothing in it, and the program that lives there.
pub(crate) struct Home {
    directory: tempfile::TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The state directory of the product `tool`.
    pub(crate) fn state(&self) -> PathBuf {
        self.path().join(".local/state/tool/telemetry")
    }

    /// The stored answer of the product `tool`.
    pub(crate) fn answer(&self) -> Option<String> {
        std::fs::read_to_string(self.path().join(".config/tool/consent")).ok()
    }

    /// The program in this home, with no other variable than those that lead to the collector, and no terminal.
    pub(crate) fn tool(&self, endpoint: &str) -> Command {
        self.equip(Command::new(program()), endpoint)
    }

    /// Any command, with the environment of [`Home::tool`].
    pub(crate) fn equip(&self, mut command: Command, endpoint: &str) -> Command {
        command
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", "/usr/bin:/bin")
            .env("TOOL_TELEMETRY_ENDPOINT", endpoint)
            .env("TOOL_TELEMETRY_ALLOW_PRIVATE", "true")
            .env("TELLER_TELEMETRY_ENDPOINT", endpoint)
            .env("TELLER_TELEMETRY_ALLOW_PRIVATE", "true")
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, endpoint: &str, arguments: &[&str]) -> Output {
        self.tool(endpoint).args(arguments).output().unwrap()
    }

    /// Runs a verb that must succeed, and gives its stdout.
    pub(crate) fn verb(&self, endpoint: &str, verb: &[&str]) -> String {
        let output = self.run(endpoint, &[&["telemetry"], verb].concat());
        assert!(output.status.success(), "{verb:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Every file below this home, by its path.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut directories = vec![self.path().to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    directories.push(entry.path());
                }
                files.push(entry.path());
            }
        }
        files
    }
}

/// The built example: cargo builds it with the tests, two folders above them.
pub(crate) fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().parent().unwrap().join("examples/tool");
    assert!(program.exists(), "not built: cargo build -p aboveboard-cli-agent --example tool");
    program
}

/// An endpoint that nothing listens on.
pub(crate) const CLOSED: &str = "http://127.0.0.1:9";
