//! Directories of ours, reached by their descriptors: what lies in them belongs to the collector's user, and nobody else
//! can write there.

use std::io;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aboveboard_files::{Directory, Errno, Owner, stat, stat_target};

/// The directory of the ingest log, in the data directory.
pub(crate) const LOG: &str = "log";

/// The directory of the manifests, in the data directory.
pub(crate) const MANIFESTS: &str = "manifests";

/// The file of the tokens, in the data directory.
pub(crate) const TOKENS: &str = "tokens.json";

/// The audit log, in the data directory; the older ones have a number behind it.
pub(crate) const AUDIT: &str = "audit.log";

/// The directory of entries that the store cannot take, in the data directory.
pub(crate) const ASIDE: &str = "aside";

/// The directory of what a collector has of its cluster, in the data directory.
pub(crate) const CLUSTER: &str = "cluster";

/// The directory of what was drawn for publications, in the data directory.
pub(crate) const PUBLICATIONS: &str = "publications";

/// A directory of ours. Its path is for messages, and for what can be reached by a path alone.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    directory: Arc<Directory>,
}

impl Folder {
    /// Opens the directory that an operator named, which is made with mode 0700 if it is missing.
    pub(crate) fn make(path: &Path) -> io::Result<Self> {
        Self::of(path, Directory::make_named(path))
    }

    /// Opens a directory of anybody's, for somebody who only looks; one that is missing is made.
    pub(crate) fn look(path: &Path) -> io::Result<Self> {
        match Directory::look_into(path) {
            Err(Errno::NOENT) => Self::make(path),
            found => Self::of(path, found),
        }
    }

    /// Opens a directory inside this one, which is made with mode 0700 if it is missing.
    pub(crate) fn inside(&self, name: &str) -> io::Result<Self> {
        Self::of(&self.path.join(name), self.directory.make_directory(name))
    }

    /// Opens a directory inside this one, if there is one.
    pub(crate) fn find_inside(&self, name: &str) -> io::Result<Option<Self>> {
        match self.directory.directory(name) {
            Err(Errno::NOENT) => Ok(None),
            found => Self::of(&self.path.join(name), found).map(Some),
        }
    }

    fn of(path: &Path, opened: Result<Directory, Errno>) -> io::Result<Self> {
        match opened {
            Ok(directory) => Ok(Self { path: path.to_owned(), directory: Arc::new(directory) }),
            Err(error) => Err(why_no_directory(path, error)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The path of a file in it.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Reads a file of at most `most` bytes that an operator laid here: it may be root's.
    pub(crate) fn laid(&self, name: &str, most: usize) -> io::Result<Vec<u8>> {
        let file = match self.directory.read(name) {
            Err(Errno::LOOP) => {
                return Err(io::Error::other("it is a symbolic link: lay the file itself here"));
            }
            Err(Errno::NXIO) => return Err(io::Error::other("it is no regular file")),
            file => file?,
        };
        let found = file.stat()?;
        if !found.is_regular() {
            return Err(io::Error::other("it is no regular file"));
        }
        let owner = found.owner();
        if !owner.is_system() && ![self.directory.own_stat()?.owner(), Owner::me()].contains(&owner) {
            return Err(io::Error::other(format!("it belongs to another user ({owner})")));
        }
        if found.is_writable_by_all() {
            return Err(io::Error::other("every user can write to it: chmod o-w"));
        }
        Ok(file.content(most)?)
    }

    /// Whether its path still leads to it. Where the system does not say, it does: what follows will fail by itself.
    pub(crate) fn is_in_place(&self) -> bool {
        self.directory.is_at(&self.path).unwrap_or(true)
    }

    /// Fails where something has a name in it that is no file of ours. Nothing need have the name.
    pub(crate) fn check_file(&self, name: &str) -> io::Result<()> {
        let fault = self.directory.stat(name).ok().and_then(|found| found.fault_of_file());
        fault.map_or(Ok(()), |fault| Err(foreign(name, &fault)))
    }

    /// Fails where something has a name in it that is no directory of ours. Nothing need have the name.
    pub(crate) fn check_directory(&self, name: &str) -> io::Result<()> {
        let fault = self.directory.stat(name).ok().and_then(|found| found.fault_of_directory());
        fault.map_or(Ok(()), |fault| Err(foreign(name, &fault)))
    }
}

impl Deref for Folder {
    type Target = Directory;

    fn deref(&self) -> &Directory {
        &self.directory
    }
}

/// What lies there is not the collector's, and somebody may have put it there for it to find.
fn foreign(name: &str, fault: &str) -> io::Error {
    io::Error::other(format!(
        "{name} in it {fault}: see who put it there; move it away, or make it a file of this user alone"
    ))
}

/// The error, in words where it is about what the directory is.
fn why_no_directory(path: &Path, error: Errno) -> io::Error {
    let fault = match error {
        Errno::LOOP => stat(path).ok().and_then(|found| found.fault_of_directory()),
        Errno::PERM | Errno::NOTDIR => stat_target(path).ok().and_then(|found| found.fault_of_directory()),
        _ => None,
    };
    match fault {
        None => error.into(),
        Some(fault) => io::Error::other(format!(
            "it {fault}; a collector keeps what it has in a directory that is its user's alone: name another, or see who \
             made this one and then set owner and mode (chmod 700)"
        )),
    }
}
