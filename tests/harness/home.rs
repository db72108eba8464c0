//! A home directory for the programs of one test.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::{binary, until};

/// A home directory, and the variables with which every program in it is started. The caller's environment is not
/// inherited.
pub struct Home {
    root: TempDir,
    variables: Vec<(String, String)>,
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Home {
    /// An empty home.
    ///
    /// # Panics
    /// If no temporary directory can be created.
    #[must_use]
    pub fn new() -> Self {
        let root = TempDir::with_prefix("aboveboard-home-").expect("a temporary directory");
        for folder in ["home", "data"] {
            std::fs::create_dir(root.path().join(folder)).expect("a folder in it");
        }
        Self { root, variables: Vec::new() }
    }

    /// Sets a variable for every program started later.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    /// Sets a variable for every program started later.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Lets quarry's programs talk to a collector on loopback.
    #[must_use]
    pub fn endpoint(self, address: &str) -> Self {
        self.with("QUARRY_TELEMETRY_ENDPOINT", address).with("QUARRY_TELEMETRY_ALLOW_PRIVATE", "true")
    }

    /// The home directory.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// A directory beside the home, for a server's data.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// The state directory of quarry's CLI.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.path().join(".local/state/quarry/telemetry")
    }

    /// A command in this home, with a cleared environment and an empty standard input.
    #[must_use]
    pub fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
            .env("LANG", "C.UTF-8")
            .current_dir(self.path())
            .stdin(std::process::Stdio::null());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// quarry's CLI with these arguments.
    #[must_use]
    pub fn quarry(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(binary("quarry"));
        command.args(arguments);
        command
    }

    /// Every file below the home and the data directory, relative to the root, sorted.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        walk(self.root.path(), &mut |file| {
            files.push(file.strip_prefix(self.root.path()).unwrap_or(file).to_owned());
        });
        files.sort();
        files
    }

    /// Waits until no program runs in this home: a relay and a delivery helper outlive what starts them.
    ///
    /// # Panics
    /// After ninety seconds.
    pub fn await_end_of_programs(&self) {
        until("the end of the programs in a home", || (!self.has_program()).then_some(()));
    }

    /// Whether a program runs in this home, a delivery helper above all: it outlives the command that starts it.
    fn has_program(&self) -> bool {
        let variable = format!("HOME={}", self.path().display());
        let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        processes.map(|process| process.path()).any(|process| {
            if is_starting(&process) {
                return true;
            }
            let variables = std::fs::read(process.join("environ")).unwrap_or_default();
            variables.split(|byte| *byte == 0).any(|known| known == variable.as_bytes())
        })
    }
}

/// Whether a process executes a program whose variables are not there yet. Its parent may have run on already.
fn is_starting(process: &Path) -> bool {
    let stat = std::fs::read_to_string(process.join("stat")).unwrap_or_default();
    // The end of the variables in its memory is the 51st field. The second, its name, is in parentheses.
    let end = stat.rsplit_once(')').and_then(|(_, fields)| fields.split_whitespace().nth(48));
    // Threads of the kernel and what has ended have no program.
    end == Some("0") && std::fs::read_link(process.join("exe")).is_ok()
}

impl Drop for Home {
    /// Waits for the programs that still run in this home: one that lives on would make its files anew behind the removal
    /// of the directory.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.await_end_of_programs();
        }
    }
}

/// Calls `each` with every file below `folder`. A directory that disappears meanwhile is skipped.
pub fn walk(folder: &Path, each: &mut impl FnMut(&Path)) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&path, each);
        } else {
            each(&path);
        }
    }
}

/// Ends every pause of what is sent from this state directory.
pub fn end_pauses(state: &Path) {
    for entry in std::fs::read_dir(state).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with("delivery.") {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
