//! Where the answer, the id and the spool of a product lie.
//!
//! For a user's programs: `$XDG_CONFIG_HOME/<product>/consent` (default `~/.config`) and
//! `$XDG_STATE_HOME/<product>/telemetry/` (default `~/.local/state`). For a server: `consent` and `telemetry/` in
//! the directory its host names. Never a directory that others share.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::exposure::{Exposed, Exposure, exposure, is_own};
use aboveboard_files::{Directory, Errno, Stat, euid, is_directory, is_open_to_others, stat};
use aboveboard_types::declaration::Declaration;

/// The places of one product for one user or server. Naming them touches nothing on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    answer: PathBuf,
    family: Option<PathBuf>,
    state: PathBuf,
    kept_elsewhere: bool,
    wording: Option<PathBuf>,
    /// `None` for the places of a host. Its operator names the directory, which in a container is often root's, a group's
    /// or everybody's.
    moved: Option<Moved>,
}

/// Whether a variable names other bases of a user than those below the home directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Moved {
    answer: bool,
    state: bool,
}

impl Paths {
    /// The places below a user's home.
    ///
    /// `None`, so that nothing is read or written, where there is no home that is ours: `HOME` is missing,
    /// relative, `/`, or belongs to another user (`sudo` that keeps the caller's home); the same for
    /// `XDG_CONFIG_HOME` and `XDG_STATE_HOME` where they are set; or the program runs with the rights of another
    /// user (setuid, setgid).
    #[must_use]
    pub fn of_user(declaration: &Declaration, environment: &Environment) -> Option<Self> {
        if !is_safe_name(&declaration.product) || has_other_ids() {
            return None;
        }
        let home = PathBuf::from(environment.var("HOME")?);
        if !home.is_absolute() || is_root(&home) || !is_ours(&home) {
            return None;
        }
        let base = |variable: &str, default: &str, is_moved: &mut bool| {
            let default = below(&home, &[default]);
            match environment.var(variable).map(PathBuf::from) {
                // The specification of these variables says that a relative one is ignored.
                Some(base) if base.is_absolute() && base != default => {
                    *is_moved = true;
                    nearest_is_ours(&base).then_some(base)
                }
                _ => Some(default),
            }
        };
        let mut moved = Moved::default();
        let config = base("XDG_CONFIG_HOME", ".config", &mut moved.answer)?;
        let state = base("XDG_STATE_HOME", ".local/state", &mut moved.state)?;
        Some(Self {
            answer: below(&config, &[&declaration.product, "consent"]),
            family: is_safe_name(&declaration.family)
                .then(|| below(&config, &[&declaration.family, "consent"])),
            state: below(&state, &[&declaration.product, "telemetry"]),
            kept_elsewhere: false,
            wording: None,
            moved: Some(moved),
        })
    }

    /// The usual places of a user: those below the home directory, wherever other variables lead. `None` as for
    /// [`Paths::of_user`].
    #[must_use]
    pub fn usual(declaration: &Declaration, environment: &Environment) -> Option<Self> {
        Self::of_user(declaration, &Environment::of([("HOME", environment.var("HOME")?)]))
    }

    /// The places inside a directory that a server's host names for it.
    #[must_use]
    pub fn in_directory(directory: &Path) -> Self {
        let answer = directory.join("consent");
        let state = directory.join("telemetry");
        Self { answer, family: None, state, kept_elsewhere: false, wording: None, moved: None }
    }

    /// The same places of an installation whose secret is kept elsewhere, in a database say, and is here only as long
    /// as this directory lasts: none is made here, and it does not matter whether the directory outlives a restart.
    #[must_use]
    pub fn kept_elsewhere(mut self) -> Self {
        self.kept_elsewhere = true;
        self
    }

    /// The same places under a wording of its own, that of a product or a distributor: what is answered to it is kept
    /// apart, in `consent.<name>` beside the answer, and without consent to it no stored consent counts. Of the name, only
    /// lower-case letters, digits, `-` and `_` are used. A changed text needs another name, and users are asked again.
    #[must_use]
    pub fn worded(mut self, name: &str) -> Self {
        let safe: String = name
            .chars()
            .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' { c } else { '_' })
            .collect();
        self.wording = Some(self.answer.with_file_name(format!("consent.{safe}")));
        self
    }

    /// The name of the wording as it stands in that of its file.
    #[must_use]
    pub fn wording_name(&self) -> Option<&str> {
        self.wording.as_deref()?.file_name()?.to_str()?.strip_prefix("consent.")
    }

    /// The file of what was answered to the wording, where there is one.
    #[must_use]
    pub fn wording_answer(&self) -> Option<&Path> {
        self.wording.as_deref()
    }

    /// Whether the secret of this installation is [kept elsewhere](Self::kept_elsewhere).
    #[must_use]
    pub fn is_kept_elsewhere(&self) -> bool {
        self.kept_elsewhere
    }

    /// The file of the stored answer.
    #[must_use]
    pub fn answer(&self) -> &Path {
        &self.answer
    }

    /// The file of the terms and items that the stored answer was given to.
    #[must_use]
    pub fn agreed(&self) -> PathBuf {
        self.answer.with_file_name("agreed")
    }

    /// The file of the day on which a question was put that nobody answered.
    #[must_use]
    pub fn asked(&self) -> PathBuf {
        self.answer.with_file_name("asked")
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

    /// Whether this program has other rights than the user who started it: setuid, setgid, or capabilities of its file.
    pub(crate) fn have_borrowed_rights(&self) -> bool {
        // Of a user's places the first was asked when they were named.
        self.moved.is_none() && has_other_ids() || rights::are_borrowed()
    }

    /// Opens the directory of id, spool and sent log.
    ///
    /// # Errors
    /// `PERM` where another user could have chosen the directory; else those of [`Directory::open`].
    pub fn open_state(&self) -> Result<Directory, Errno> {
        if self.exposed_state().is_some() { Err(Errno::PERM) } else { Directory::open(&self.state) }
    }

    /// Opens that directory, making it where it is missing.
    ///
    /// # Errors
    /// `PERM` where another user could put another one in its place; else those of [`Directory::make`].
    pub fn make_state(&self) -> Result<Directory, Errno> {
        if self.exposed_state().is_some() {
            return Err(Errno::PERM);
        }
        Directory::make(&self.state).map(|(state, _)| state)
    }

    /// The directories of the product alone: none of a host's, where the operator has named one.
    pub(crate) fn of_product(&self) -> impl Iterator<Item = &Path> {
        let directories = [&*self.answer, &*self.state].map(Path::parent);
        directories.into_iter().flatten().filter(|_| self.moved.is_some())
    }

    /// Whether a variable has moved the answers.
    pub(crate) fn is_answer_moved(&self) -> bool {
        self.moved.is_some_and(|moved| moved.answer)
    }

    /// Whether a variable has moved the state.
    pub(crate) fn is_state_moved(&self) -> bool {
        self.moved.is_some_and(|moved| moved.state)
    }

    /// What keeps the state from being the user's own choice. No link is followed below the base: whoever ships a
    /// directory could lead it to what belongs to another answer.
    #[must_use]
    pub fn exposed_state(&self) -> Option<Exposed<'_>> {
        self.exposed(&self.state, |_, _| false).or_else(|| self.open_state_of_variable())
    }

    /// The directory of the state, where a variable leads to it and others may look into it. What we make is ours alone; what
    /// is not may have come with a checkout, and hold a secret that somebody else knows.
    fn open_state_of_variable(&self) -> Option<Exposed<'_>> {
        let found = self.is_state_moved().then(|| stat(&self.state).ok())??;
        let is_open = is_directory(&found) && is_open_to_others(&found);
        is_open.then_some(Exposed { directory: &self.state, by: Exposure::Open })
    }

    /// What keeps this answer of these places from being the user's own choice. A link of the user or of root is followed:
    /// people keep their configuration elsewhere, and the answer that is found is checked by itself.
    #[must_use]
    pub fn exposed_answer<'p>(&self, answer: &'p Path) -> Option<Exposed<'p>> {
        self.exposed(answer, is_own)
    }

    fn exposed<'p>(&self, path: &'p Path, may_be_link: fn(&Stat, u32) -> bool) -> Option<Exposed<'p>> {
        self.moved?;
        let directory = above(path)?;
        let base = above(directory)?;
        let me = euid();
        // What does not exist yet is made by the user.
        let by_base = exposure(base, me, is_own).and_then(Result::err);
        by_base.or_else(|| exposure(directory, me, may_be_link)?.err())
    }

    /// Whether nothing of a state is there that another user could have put there. Whoever makes the first of it asks for
    /// the base too ([`Self::make_state`]).
    pub(crate) fn has_own_state(&self) -> bool {
        let Some(directory) = above(&self.state).filter(|_| self.moved.is_some()) else { return true };
        if self.open_state_of_variable().is_some() {
            return false;
        }
        let me = euid();
        match exposure(directory, me, |_, _| false) {
            None => true,
            Some(Err(_)) => false,
            Some(Ok(())) => {
                let base = above(directory).and_then(|base| exposure(base, me, is_own));
                base.is_none_or(|base| base.is_ok())
            }
        }
    }
}

/// The path before the last name, without the other spellings that [`Path::parent`] thinks of.
fn above(path: &Path) -> Option<&Path> {
    let bytes = path.as_os_str().as_encoded_bytes();
    let end = bytes.iter().rposition(|byte| *byte == b'/')?;
    Some(Path::new(OsStr::from_bytes(&bytes[..end])))
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
pub(crate) fn is_safe_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
}

/// Whether this program has other rights than the user who started it, by setuid or setgid.
fn has_other_ids() -> bool {
    use rustix::process::{getegid, geteuid, getgid, getuid};
    getuid() != geteuid() || getgid() != getegid()
}

/// What the kernel passed to this program at its start.
#[cfg(target_os = "linux")]
mod rights {
    use std::sync::OnceLock;

    use rustix::fs::{CWD, Mode, OFlags};
    use rustix::io::Errno;

    /// The entry of the auxiliary vector that is not 0 where the program must not trust the user who started it.
    const AT_SECURE: usize = 23;

    /// The size of a key in bytes, and of a value: a word of the machine.
    const WORD: usize = size_of::<usize>();

    /// The size of an entry in bytes.
    const ENTRY: usize = 2 * WORD;

    /// Read once: it is fixed with the start of a program.
    pub(super) fn are_borrowed() -> bool {
        static BORROWED: OnceLock<bool> = OnceLock::new();
        *BORROWED.get_or_init(read)
    }

    fn read() -> bool {
        let mut vector = [0; 64 * ENTRY];
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let length = rustix::fs::openat(CWD, "/proc/self/auxv", flags, Mode::empty())
            .and_then(|file| rustix::io::read(&file, &mut vector));
        match length {
            Ok(length) => is_secure(&vector[..length]),
            // The kernel shows the memory of a program with borrowed rights to no process, itself included.
            Err(Errno::ACCESS | Errno::PERM) => true,
            // No /proc here: the ids are all there is to go by.
            Err(_) => false,
        }
    }

    pub(super) fn is_secure(vector: &[u8]) -> bool {
        let key = AT_SECURE.to_ne_bytes();
        let entry = vector.chunks_exact(ENTRY).find(|entry| entry.starts_with(&key));
        entry.is_some_and(|entry| entry[WORD..] != [0; WORD])
    }
}

#[cfg(not(target_os = "linux"))]
mod rights {
    pub(super) fn are_borrowed() -> bool {
        false
    }
}

/// Whether this is `/`, however it is spelled.
fn is_root(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().iter().all(|byte| matches!(byte, b'/' | b'.'))
}

fn is_ours(path: &Path) -> bool {
    rustix::fs::stat(path).is_ok_and(|stat| stat.st_uid == euid())
}

/// A base that does not exist yet would be made inside the nearest directory that does.
fn nearest_is_ours(base: &Path) -> bool {
    base.ancestors().find_map(|above| rustix::fs::stat(above).ok()).is_some_and(|stat| stat.st_uid == euid())
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::rights::is_secure;

    #[test]
    fn a_program_that_must_not_trust_its_starter_is_known_by_the_auxiliary_vector() {
        let vector = |entries: &[(usize, usize)]| -> Vec<u8> {
            entries
                .iter()
                .flat_map(|(key, value)| [key.to_ne_bytes(), value.to_ne_bytes()].concat())
                .collect()
        };
        assert!(is_secure(&vector(&[(6, 4096), (23, 1), (0, 0)])));
        assert!(!is_secure(&vector(&[(6, 23), (23, 0), (25, 1), (0, 0)])));
        assert!(!is_secure(&vector(&[])));
        assert!(!is_secure(&vector(&[(23, 1)])[..9]));
    }
}
