//! Where the answer, the id and the spool of a product lie.
//!
//! For a user's programs: `$XDG_CONFIG_HOME/<product>/consent` (default `~/.config`) and
//! `$XDG_STATE_HOME/<product>/telemetry/` (default `~/.local/state`). For a server: `consent` and `telemetry/` in
//! the directory its host names. Never a directory that others share.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::declaration::Declaration;
use crate::environment::Environment;

/// The places of one product for one user or server. Naming them touches nothing on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    answer: PathBuf,
    family: Option<PathBuf>,
    state: PathBuf,
}

impl Places {
    /// The places below a user's home.
    ///
    /// `None`, so that nothing is read or written, where there is no home that is ours: `HOME` is missing,
    /// relative, `/`, or belongs to somebody else (`sudo` that keeps the caller's home); the same for
    /// `XDG_CONFIG_HOME` and `XDG_STATE_HOME` where they are set; or the program runs with the rights of another
    /// user (setuid, setgid).
    #[must_use]
    pub fn of_user(declaration: &Declaration, environment: &Environment) -> Option<Self> {
        if !safe_name(&declaration.product) || runs_with_borrowed_rights() {
            return None;
        }
        let home = PathBuf::from(environment.var("HOME")?);
        if !home.is_absolute() || home.parent().is_none() || !is_ours(&home) {
            return None;
        }
        let base = |variable: &str, default: &str| match environment.var(variable).map(PathBuf::from) {
            // The specification of these variables says that a relative one is ignored.
            Some(base) if base.is_absolute() => nearest_is_ours(&base).then_some(base),
            _ => Some(below(&home, &[default])),
        };
        let config = base("XDG_CONFIG_HOME", ".config")?;
        let state = base("XDG_STATE_HOME", ".local/state")?;
        Some(Self {
            answer: below(&config, &[&declaration.product, "consent"]),
            family: safe_name(&declaration.family).then(|| below(&config, &[&declaration.family, "consent"])),
            state: below(&state, &[&declaration.product, "telemetry"]),
        })
    }

    /// The places inside a directory that a server's host names for it.
    #[must_use]
    pub fn in_directory(directory: &Path) -> Self {
        Self { answer: directory.join("consent"), family: None, state: directory.join("telemetry") }
    }

    /// The file of the stored answer.
    #[must_use]
    pub fn answer(&self) -> &Path {
        &self.answer
    }

    /// The file of the family's answer, for a product that has a family.
    #[must_use]
    pub fn family_answer(&self) -> Option<&Path> {
        self.family.as_deref()
    }

    /// The directory of id, spool and sent log.
    #[must_use]
    pub fn state(&self) -> &Path {
        &self.state
    }
}

/// A path below another, in one piece of memory.
fn below(base: &Path, names: &[&str]) -> PathBuf {
    let length = names.iter().map(|name| name.len() + 1).sum::<usize>();
    let mut path = OsString::with_capacity(base.as_os_str().len() + length);
    path.push(base);
    for name in names {
        path.push("/");
        path.push(name);
    }
    path.into()
}

/// The manifest's grammar allows nothing else; a declaration made by hand must not lead out of the base.
fn safe_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
}

/// Whether this program has the rights of another user or group than who started it (setuid, setgid).
pub(crate) fn runs_with_borrowed_rights() -> bool {
    use rustix::process::{getegid, geteuid, getgid, getuid};
    getuid() != geteuid() || getgid() != getegid()
}

fn is_ours(path: &Path) -> bool {
    rustix::fs::stat(path).is_ok_and(|stat| stat.st_uid == crate::disk::euid())
}

/// A base that does not exist yet would be made inside the nearest directory that does.
fn nearest_is_ours(base: &Path) -> bool {
    base.ancestors()
        .find_map(|above| rustix::fs::stat(above).ok())
        .is_some_and(|stat| stat.st_uid == crate::disk::euid())
}
