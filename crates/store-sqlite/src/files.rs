//! The files of a database: their names, what may be under them, and putting one in the place of another.
//!
//! SQLite opens files by their path. So what is there is looked at through the directory's descriptor before, and again
//! after SQLite has opened it: it must be the same file.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use aboveboard_files::{Directory, Errno, File, Stat, stat, stat_target};
use aboveboard_store::{StoreError, StoreProblem};

use super::error::failure;

/// What SQLite keeps beside a file: the log of writes and its index.
pub(super) const LOGS: [&str; 2] = ["-wal", "-shm"];

/// A file in its directory.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    directory: Directory,
    name: String,
}

impl Place {
    /// A place in a directory that is this user's alone: that of the database itself.
    pub(super) fn of_ours(path: &Path) -> Result<Self, StoreError> {
        let above = above(path);
        let directory = Directory::open_named(above).map_err(|error| {
            let fault = stat_target(above).ok().and_then(|found| found.fault_of_directory());
            match (error, fault) {
                (Errno::PERM | Errno::LOOP | Errno::NOTDIR, Some(fault)) => {
                    refusal(above, &format!("it {fault}"))
                }
                _ => io_failure(above, error.into()),
            }
        })?;
        Self::new(path, directory)
    }

    /// A place where somebody wants a copy to be. Whose directory that is, is theirs to say, but nobody else may put
    /// something in the place of the copy while it is written.
    pub(super) fn of_copy(path: &Path) -> Result<Self, StoreError> {
        let above = above(path);
        let io = |error: Errno| io_failure(above, error.into());
        let directory = Directory::look_into(above).map_err(io)?;
        if stat_target(above).map_err(io)?.lets_others_replace() {
            let what =
                "every user can replace what is written there: write the copy into a directory of your own";
            return Err(refusal(above, what));
        }
        Self::new(path, directory)
    }

    fn new(path: &Path, directory: Directory) -> Result<Self, StoreError> {
        match path.file_name().and_then(|name| name.to_str()) {
            Some(name) => Ok(Self { path: path.to_owned(), directory, name: name.to_owned() }),
            None => Err(io_failure(path, Errno::INVAL.into())),
        }
    }

    /// The place beside this one whose name has this behind it.
    pub(super) fn path_beside(&self, suffix: &str) -> PathBuf {
        beside(&self.path, suffix)
    }

    fn name_with(&self, suffix: &str) -> String {
        format!("{}{suffix}", self.name)
    }

    fn io(&self, error: Errno) -> StoreError {
        io_failure(&self.path, error.into())
    }

    /// Whether anything has the name with this behind it.
    fn has(&self, suffix: &str) -> Result<bool, StoreError> {
        match self.directory.stat(&self.name_with(suffix)) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(self.io(error)),
        }
    }

    /// Whether anything is there.
    pub(super) fn is_taken(&self) -> Result<bool, StoreError> {
        self.has("")
    }

    /// Fails where the file or one of its logs is not this user's alone. What is missing is no fault.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        for suffix in ["", LOGS[0], LOGS[1]] {
            let name = self.name_with(suffix);
            let found = match self.directory.stat(&name) {
                Err(Errno::NOENT) => continue,
                found => found.map_err(|error| self.io(error))?,
            };
            if let Some(fault) = found.fault_of_file() {
                return Err(refusal(&beside(&self.path, suffix), &format!("it {fault}")));
            }
        }
        Ok(())
    }

    /// Makes the file, empty, for its owner alone. SQLite gives what it makes beside a file the same mode: what names
    /// installations is its owner's alone.
    pub(super) fn make(&self, suffix: &str) -> Result<File, StoreError> {
        self.directory.create(&self.name_with(suffix)).map_err(|error| self.io(error))
    }

    /// Fails where the path leads to another file than the one that is known, which SQLite was to open.
    pub(super) fn is_still(&self, suffix: &str, known: &Stat) -> Result<(), StoreError> {
        let path = beside(&self.path, suffix);
        let is_it = self.directory.name_refers_to(&self.name_with(suffix), known)
            && stat_target(&path).is_ok_and(|found| found.is_same(known));
        if is_it { Ok(()) } else { Err(refusal(&path, "something else was put in its place")) }
    }

    /// What the system says of the file.
    pub(super) fn stat(&self) -> Result<Stat, StoreError> {
        self.directory.stat(&self.name).map_err(|error| self.io(error))
    }

    /// Removes a database that was being made, with its logs. What cannot be removed is met again.
    pub(super) fn discard(&self, suffix: &str) {
        for log in ["", LOGS[0], LOGS[1]] {
            let _ = self.directory.remove(&format!("{}{suffix}{log}", self.name));
        }
    }

    /// Removes the logs of a database with this behind its name, which was closed.
    pub(super) fn discard_logs(&self, suffix: &str) {
        for log in LOGS {
            let _ = self.directory.remove(&format!("{}{suffix}{log}", self.name));
        }
    }

    /// Gives the finished file with this behind its name the name itself, durably. `known` is the file.
    pub(super) fn finish(&self, suffix: &str, known: &File) -> Result<(), StoreError> {
        known
            .sync_all()
            .and_then(|()| self.directory.rename_to_new(&self.name_with(suffix), &self.name))
            .and_then(|()| self.directory.sync())
            .map_err(|error| match error {
                Errno::EXIST => failure(StoreProblem::Exists { path: self.path.clone() }),
                error => self.io(error),
            })
    }

    /// Puts the finished database with this behind its name into this place; what was there is kept under the returned
    /// name, until it is old or deleted.
    ///
    /// A kill between any two steps leaves the database whole or missing, never one with another's log of writes: the
    /// main file goes first, and the new one comes only when no log is left under its name.
    pub(super) fn replace(&self, suffix: &str) -> Result<Option<PathBuf>, StoreError> {
        let io = |error| self.io(error);
        self.check()?;
        let there = self.is_taken()?;
        let kept = if there { self.free_name()? } else { self.cut_short()? };
        if there {
            // It goes by age, which counts from now.
            let file = self.directory.append(&self.name).map_err(io)?;
            file.checked_to_write().and_then(|_| file.set_modified(SystemTime::now())).map_err(io)?;
            self.directory.rename(&self.name, &self.name_with(&kept)).map_err(io)?;
        }
        let mut moved = there;
        for log in LOGS {
            match self.directory.rename(&self.name_with(log), &self.name_with(&format!("{kept}{log}"))) {
                Ok(()) => moved = true,
                Err(Errno::NOENT) => {}
                Err(error) => return Err(io(error)),
            }
        }
        if moved {
            self.directory.sync().map_err(io)?;
        }
        self.directory.rename(&self.name_with(suffix), &self.name).map_err(io)?;
        let new = self.directory.read(&self.name).map_err(io)?;
        new.sync_all().and_then(|()| self.directory.sync()).map_err(io)?;
        Ok(there.then(|| beside(&self.path, &kept)))
    }

    /// What follows the name of the first replaced database that neither a database nor a log has.
    fn free_name(&self) -> Result<String, StoreError> {
        for name in replaced() {
            let mut taken = self.has(&name)?;
            for log in LOGS {
                taken |= self.has(&format!("{name}{log}"))?;
            }
            if !taken {
                return Ok(name);
            }
        }
        Ok(".replaced".to_owned())
    }

    /// The database that was moved away last, where a kill came before its log was: the log is its own. A name that is
    /// free where there is none.
    fn cut_short(&self) -> Result<String, StoreError> {
        let mut last = None;
        for name in replaced() {
            if !self.has(&name)? {
                break;
            }
            last = Some(name);
        }
        let Some(last) = last else { return self.free_name() };
        for log in LOGS {
            if self.has(&format!("{last}{log}"))? {
                return self.free_name();
            }
        }
        Ok(last)
    }
}

/// Names for what is replaced, in their order.
fn replaced() -> impl Iterator<Item = String> {
    (1_u32..).map(|n| format!(".replaced-{n}"))
}

/// A name beside `path`, with `suffix` after its own.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// The directory of a file.
fn above(path: &Path) -> &Path {
    match path.parent() {
        Some(above) if above.as_os_str().is_empty() => Path::new("."),
        Some(above) => above,
        None => path,
    }
}

/// Fails where a database that is to be read is no file. Reading anything else might not end.
pub(super) fn readable(path: &Path, links: Links) -> Result<(), StoreError> {
    let found = match links {
        Links::Refused => stat(path),
        Links::Followed => stat_target(path),
    };
    for log in LOGS {
        let log = beside(path, log);
        // SQLite writes to them even where it only reads.
        if stat(&log).is_ok_and(|found| !found.is_regular() || found.names() > 1) {
            return Err(refusal(&log, "it is no file with one name"));
        }
    }
    match found {
        Ok(found) if found.is_regular() => Ok(()),
        Ok(found) => {
            let fault = found.fault_of_file().unwrap_or_default();
            Err(refusal(path, &format!("it {fault}")))
        }
        Err(Errno::NOENT | Errno::NOTDIR) => Err(failure(StoreProblem::Missing { path: path.to_owned() })),
        Err(error) => Err(io_failure(path, error.into())),
    }
}

/// Whether a link may lead to a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Links {
    /// To the one in a data directory: none that we made.
    Refused,
    /// To a copy that a person named.
    Followed,
}

fn io_failure(path: &Path, source: io::Error) -> StoreError {
    failure(StoreProblem::Io { path: path.to_owned(), source })
}

fn refusal(path: &Path, what: &str) -> StoreError {
    io_failure(path, io::Error::other(what.to_owned()))
}
