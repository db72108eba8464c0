//! What is asked of a file on every system.

use std::path::Path;

use crate::kind::Kind;
use crate::system::{Errno, Owner, Result, Stat, stat};

/// Whether anything has this name, be it a link that names nothing.
///
/// # Errors
/// Those of the system, where it cannot say.
pub fn is_there(path: &Path) -> Result<bool> {
    match stat(path) {
        Ok(_) => Ok(true),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(false),
        Err(error) => Err(error),
    }
}

impl Stat {
    /// Whether it is a regular file.
    #[inline]
    #[must_use]
    pub fn is_regular(&self) -> bool {
        self.kind() == Kind::File
    }

    /// Whether it is a directory.
    #[inline]
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.kind() == Kind::Directory
    }

    /// Whether it is a link, and not what that leads to.
    #[inline]
    #[must_use]
    pub fn is_link(&self) -> bool {
        self.kind() == Kind::Link
    }

    /// Whether it belongs to the effective user of this process.
    #[inline]
    #[must_use]
    pub fn is_mine(&self) -> bool {
        self.owner() == Owner::me()
    }

    /// Whether two answers are about one and the same file.
    #[inline]
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }

    /// What is wrong with a directory that is to be ours; none if nothing is.
    #[must_use]
    pub fn fault_of_directory(&self) -> Option<String> {
        if !self.is_directory() {
            return Some(format!("is {} where a directory belongs", self.kind()));
        }
        self.fault_of_rights()
    }

    /// What is wrong with a file that is to be ours; none if nothing is.
    #[must_use]
    pub fn fault_of_file(&self) -> Option<String> {
        if !self.is_regular() {
            return Some(format!("is {} where a file belongs", self.kind()));
        }
        self.fault_of_rights()
            .or_else(|| (self.names() > 1).then(|| "has a second name (a hard link)".to_owned()))
    }

    fn fault_of_rights(&self) -> Option<String> {
        let me = Owner::me();
        if self.owner() != me {
            return Some(format!("belongs to another user ({}, this program runs as {me})", self.owner()));
        }
        self.is_shared().then(|| format!("can be written to by other users ({})", self.rights()))
    }
}
