//! Where the answer, the id and the spool of a product lie.
//!
//! For a user's programs: `$XDG_CONFIG_HOME/<product>/consent` (default `~/.config`) and
//! `$XDG_STATE_HOME/<product>/telemetry/` (default `~/.local/state`); on Windows the same below `%APPDATA%` and
//! `%LOCALAPPDATA%`. For a server: `consent` and `telemetry/` in
//! the directory its host names. Never a directory that others share.

use std::path::{Path, PathBuf};

use super::bases::{Bases, Moved};
use super::system::{above, bases, below, of_usual_bases};
use crate::environment::Environment;
use crate::exposure::{Exposed, Exposure, exposure, is_own};
use crate::rights;
use aboveboard_files::{Directory, Errno, Owner, Stat, stat};
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

impl Paths {
    /// The places below a user's home.
    ///
    /// `None`, so that nothing is read or written, where there is no home that is ours: `HOME` is missing,
    /// relative, `/`, or belongs to another user (`sudo` that keeps the caller's home); the same for
    /// `XDG_CONFIG_HOME` and `XDG_STATE_HOME` where they are set; or the program runs with the rights of another
    /// user (setuid, setgid).
    #[must_use]
    pub fn of_user(declaration: &Declaration, environment: &Environment) -> Option<Self> {
        if !is_safe_name(&declaration.product) || rights::has_other_ids() {
            return None;
        }
        let Bases { answer: config, state, moved } = bases(environment)?;
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
        Self::of_user(declaration, &of_usual_bases(environment)?)
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
        self.moved.is_none() && rights::has_other_ids() || rights::are_borrowed()
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
        let is_open = found.is_directory() && found.is_open_to_others();
        is_open.then_some(Exposed { directory: &self.state, by: Exposure::Open })
    }

    /// What keeps this answer of these places from being the user's own choice. A link of the user or of root is followed:
    /// people keep their configuration elsewhere, and the answer that is found is checked by itself.
    #[must_use]
    pub fn exposed_answer<'p>(&self, answer: &'p Path) -> Option<Exposed<'p>> {
        self.exposed(answer, is_own)
    }

    fn exposed<'p>(&self, path: &'p Path, may_be_link: fn(&Stat, Owner) -> bool) -> Option<Exposed<'p>> {
        self.moved?;
        let directory = above(path)?;
        let base = above(directory)?;
        let me = Owner::me();
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
        let me = Owner::me();
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

/// The manifest's grammar allows nothing else; a declaration made by hand must not lead out of the base.
pub(crate) fn is_safe_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
}
