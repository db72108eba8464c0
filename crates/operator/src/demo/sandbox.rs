//! The demo's own directory, and programs that see nothing else.

use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use aboveboard_files::{Directory, stat_target};
use anyhow::{Context as _, anyhow, bail};
use tempfile::TempDir;

use super::entry::LEASH;

/// The caller's variables that the demo's programs see too. An opt-out of the demo is one in the demo.
const INHERITED: [&str; 6] =
    ["PATH", "LANG", "LC_ALL", "DO_NOT_TRACK", "ENABLE_TELEMETRY", "QUARRY_ENABLE_TELEMETRY"];

/// The directory.
pub(super) struct Sandbox {
    root: PathBuf,
    executable: PathBuf,
    /// Set where the directory is to be removed at the end.
    temporary: Option<TempDir>,
}

impl Sandbox {
    pub(super) fn new(directory: Option<&Path>) -> anyhow::Result<Self> {
        let executable = std::env::current_exe().context("cannot find this program")?;
        let (root, temporary) = match directory {
            Some(directory) => (empty_directory(directory)?, None),
            None => {
                let temporary = TempDir::with_prefix("aboveboard-demo-").context("no temporary directory")?;
                (temporary.path().canonicalize()?, Some(temporary))
            }
        };
        let sandbox = Self { root, executable, temporary };
        for folder in ["home", "home/.config", "state", "cache", "share", "tmp", "bin"] {
            sandbox.folder(folder)?;
        }
        Ok(sandbox)
    }

    /// Removes the directory, if it is a temporary one.
    pub(super) fn remove(self) -> anyhow::Result<()> {
        let Some(temporary) = self.temporary else { return Ok(()) };
        // A helper of the CLI or a process of the browser may still be writing its last file.
        let mut left = Ok(());
        for _ in 0..50 {
            left = std::fs::remove_dir_all(temporary.path());
            match &left {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    std::thread::sleep(Duration::from_millis(100));
                }
                _ => return Ok(()),
            }
        }
        left.with_context(|| format!("cannot remove {}", temporary.path().display()))
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// A folder of the directory, made where it is missing and readable by its owner alone.
    pub(super) fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.root.join(name);
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        made.with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }

    /// The variables that keep a program inside the directory.
    pub(super) fn variables(&self) -> Vec<(&'static str, PathBuf)> {
        [
            ("HOME", "home"),
            // Its usual place, so that answers there count for the demo's collector.
            ("XDG_CONFIG_HOME", "home/.config"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_DATA_HOME", "share"),
            ("TMPDIR", "tmp"),
        ]
        .map(|(variable, folder)| (variable, self.root.join(folder)))
        .into()
    }

    /// This binary under another name, in the directory, with nothing of the caller's environment but
    /// [`INHERITED`].
    pub(super) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(&self.executable);
        command.arg0(name);
        self.confine(&mut command);
        command
    }

    /// The same, for a program that runs as long as the demo. (A leash on the CLI would end its helper with it.)
    pub(super) fn lasting_program(&self, name: &str) -> Command {
        let mut command = self.program(name);
        command.env(LEASH, std::process::id().to_string());
        command
    }

    /// Keeps any program inside the directory.
    pub(super) fn confine(&self, command: &mut Command) {
        command.env_clear().envs(self.variables()).current_dir(&self.root).stdin(Stdio::null());
        command.envs(INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    }

    /// Where [`Self::write_shortcut`] puts the shortcut.
    pub(super) fn shortcut(&self) -> PathBuf {
        self.root.join("quarry")
    }

    /// A script that runs the product's CLI as the demo does, for commands of the visitor's own.
    pub(super) fn write_shortcut(&self, variables: &[(&str, &str)]) -> anyhow::Result<()> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let program = self.root.join("bin/quarry");
        std::os::unix::fs::symlink(&self.executable, &program).context("cannot link the product's CLI")?;
        let mut script = "#!/bin/sh\n".to_owned();
        let own = self.variables().into_iter().map(|(name, value)| (name, value.display().to_string()));
        let given = variables.iter().map(|(name, value)| (*name, (*value).to_owned()));
        for (name, value) in own.chain(given) {
            script.push_str(&format!("export {name}={}\n", quoted(&value)));
        }
        script.push_str(&format!("exec {} \"$@\"\n", quoted(&program.display().to_string())));
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create_new(true).mode(0o700).open(self.shortcut())?;
        std::io::Write::write_all(&mut file, script.as_bytes()).context("cannot write the shortcut")
    }
}

/// The directory that the caller names: made if need be, empty, and the caller's alone.
fn empty_directory(directory: &Path) -> anyhow::Result<PathBuf> {
    let own = Directory::make_named(directory).map_err(|error| {
        let fault = stat_target(directory).ok().and_then(|found| found.fault_of_directory());
        match fault {
            Some(fault) => {
                anyhow!("{} {fault}: the demo requires a directory of its own", directory.display())
            }
            None => anyhow::Error::new(error).context(format!("cannot make {}", directory.display())),
        }
    })?;
    if !own.list()?.is_empty() {
        bail!("{} is not empty: the demo requires a directory of its own", directory.display());
    }
    Ok(directory.canonicalize()?)
}

/// The text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_of_the_demo_sees_its_directory_and_nothing_of_the_callers_home() {
        let sandbox = Sandbox::new(None).unwrap();
        let command = sandbox.program("quarry");
        for variable in
            ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "TMPDIR"]
        {
            let value = command.get_envs().find(|(name, _)| *name == variable).and_then(|(_, value)| value);
            assert!(Path::new(value.unwrap()).starts_with(sandbox.root()), "{variable}");
        }
        assert_eq!(command.get_current_dir(), Some(sandbox.root()));
    }

    #[test]
    fn a_program_that_lasts_knows_whose_end_is_its_own() {
        let sandbox = Sandbox::new(None).unwrap();
        let leash = |command: &Command| {
            let mut variables = command.get_envs();
            variables.find(|(name, _)| *name == LEASH).and_then(|(_, value)| value.map(ToOwned::to_owned))
        };
        let own = std::process::id().to_string();
        assert_eq!(leash(&sandbox.lasting_program("quarry-server")), Some(own.into()));
        assert_eq!(leash(&sandbox.program("quarry")), None, "its helper outlives the demo's command");
    }

    #[test]
    fn a_directory_with_something_in_it_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("mine"), "").unwrap();
        assert!(Sandbox::new(Some(directory.path())).is_err());
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_directory_that_others_can_write_to_is_not_used() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        let why = Sandbox::new(Some(directory.path())).err().unwrap().to_string();
        assert!(why.contains("can be written to by other users"), "{why}");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "nothing is made in it");
    }

    #[test]
    fn a_quote_stays_inside_its_word() {
        assert_eq!(quoted("a b'c"), r"'a b'\''c'");
    }
}
