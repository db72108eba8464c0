//! A home directory of its own, and the program in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The program.
pub(crate) const AGENT: &str = env!("CARGO_BIN_EXE_aboveboard-agent");

/// A home directory, in which nothing was decided yet.
pub(crate) struct Home(tempfile::TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file into it, and names it.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The program, as yet without arguments. Nothing listens at the endpoint.
    pub(crate) fn agent(&self) -> Command {
        let mut command = Command::new(AGENT);
        command
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", "/usr/bin:/bin")
            .env("TERM", "xterm")
            .env("QUARRY_TELEMETRY_ENDPOINT", "http://127.0.0.1:9")
            .env("QUARRY_TELEMETRY_ALLOW_PRIVATE", "true")
            .current_dir(self.path())
            .stdin(Stdio::null());
        command
    }

    /// The program for the product quarry.
    pub(crate) fn quarry(&self, arguments: &[&str]) -> Command {
        let mut command = self.agent();
        command.arg("--manifest").arg(quarry_manifest()).args(arguments);
        command
    }

    /// What it says for the product quarry.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.quarry(arguments).output().unwrap()
    }
}

/// The manifest of the product quarry.
pub(crate) fn quarry_manifest() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/quarry/telemetry.toml")
}

/// Both streams of a program.
pub(crate) fn said(output: &Output) -> String {
    let of = |stream: &[u8]| String::from_utf8_lossy(stream).into_owned();
    format!("{}{}", of(&output.stdout), of(&output.stderr))
}
