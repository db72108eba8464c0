//! Running `tests/tool/program.rs` in a home of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use aboveboard_testkit::terminal::Session;
use aboveboard_types::clock::{day, day_stamp, now};

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
    built("tool")
}

/// A built example, by the name of its file.
pub(crate) fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let example = test.parent().unwrap().parent().unwrap().join("examples").join(name);
    assert!(example.exists(), "not built: cargo build -p aboveboard-cli-agent --examples");
    example
}

/// An endpoint that nothing listens on.
pub(crate) const CLOSED: &str = "http://127.0.0.1:9";

/// The end of the question.
pub(crate) const QUESTION: &str = "[y/N/show] ";

/// Runs the program on a terminal, as a person who typed it.
pub(crate) fn ask(home: &Home, arguments: &[&str], variables: &[(&str, &str)]) -> Session {
    let mut command = home.tool(CLOSED);
    command.args(arguments).env("TERM", "xterm").envs(variables.iter().copied());
    Session::start(&command, 80)
}

/// An interactive shell on a terminal, with the program in its search path.
pub(crate) fn shell(home: &Home, arguments: &[&str], variables: &[(&str, &str)]) -> Session {
    let mut bash = home.equip(Command::new("bash"), CLOSED);
    let folder = program().parent().unwrap().display().to_string();
    bash.args(["--noprofile"]).args(arguments).arg("-i").current_dir(home.path());
    bash.env("PATH", format!("{folder}:/usr/bin:/bin"))
        .env("TERM", "dumb")
        .env("PS1", "> ")
        .env("HISTFILE", "");
    bash.envs(variables.iter().copied());
    Session::start(&bash, 80)
}

/// What is kept of a question that nobody answered.
pub(crate) fn asked(home: &Home) -> Option<String> {
    std::fs::read_to_string(home.path().join(".config/tool/asked")).ok()
}

/// The same for a question that was put some days ago.
pub(crate) fn days_ago(days: u32) -> String {
    format!("asked={}\n", day_stamp(day(now()) - days))
}
