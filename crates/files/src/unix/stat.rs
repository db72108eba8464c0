//! What the system says of a file.

use std::fmt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, CWD, FileType, Mode};
use rustix::io::Result;

use super::Handle;
use crate::kind::Kind;

/// What the system says of a file, at the moment at which it was asked.
#[derive(Clone, Copy, Debug)]
pub struct Stat(rustix::fs::Stat);

/// Which file it is, among all of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    pub(super) device: u64,
    inode: u64,
}

/// A user, as far as files belong to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner(u32);

impl Owner {
    /// The effective user of this process.
    #[must_use]
    pub fn me() -> Self {
        Self(rustix::process::geteuid().as_raw())
    }

    /// Whether it is the system itself: root.
    #[must_use]
    pub fn is_system(self) -> bool {
        self.0 == 0
    }

    /// The number of the user.
    #[must_use]
    pub fn uid(self) -> u32 {
        self.0
    }
}

/// As messages name a user: `uid 1000`.
impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "uid {}", self.0)
    }
}

/// What the system says of this path, and not of what a link there names.
///
/// # Errors
/// `NOENT` where there is nothing; else those of the system.
pub fn stat(path: &Path) -> Result<Stat> {
    rustix::fs::statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW).map(Stat)
}

/// What the system says of what this path leads to, through links.
///
/// # Errors
/// `NOENT` where there is nothing; else those of the system.
pub fn stat_target(path: &Path) -> Result<Stat> {
    rustix::fs::stat(path).map(Stat)
}

/// What the system says of a name in a directory, and not of what a link there names.
pub(crate) fn stat_in(directory: &Handle, name: &str) -> Result<Stat> {
    rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW).map(Stat)
}

/// What the system says of what is open.
pub(crate) fn stat_of(handle: &Handle) -> Result<Stat> {
    rustix::fs::fstat(handle).map(Stat)
}

impl Stat {
    /// What of a thing it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match FileType::from_raw_mode(self.0.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Directory,
            FileType::Symlink => Kind::Link,
            FileType::Fifo => Kind::Pipe,
            FileType::Socket => Kind::Socket,
            FileType::CharacterDevice | FileType::BlockDevice => Kind::Device,
            FileType::Unknown => Kind::Unknown,
        }
    }

    /// Whose it is.
    #[must_use]
    pub fn owner(&self) -> Owner {
        Owner(self.0.st_uid)
    }

    /// Its length in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        u64::try_from(self.0.st_size).unwrap_or(0)
    }

    /// How many names it has: 0 once the last one was removed.
    #[must_use]
    pub fn names(&self) -> u64 {
        #[allow(clippy::useless_conversion, reason = "the type of the number differs from system to system")]
        self.0.st_nlink.into()
    }

    /// When it was last modified.
    #[must_use]
    #[allow(clippy::useless_conversion, reason = "the type of the nanoseconds differs from system to system")]
    pub fn modified(&self) -> SystemTime {
        let seconds = Duration::from_secs(self.0.st_mtime.unsigned_abs());
        let nanoseconds = Duration::from_nanos(u64::try_from(self.0.st_mtime_nsec).unwrap_or(0));
        let whole = if self.0.st_mtime < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(seconds)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(seconds)
        };
        whole.and_then(|time| time.checked_add(nanoseconds)).unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// When it was last modified, in whole seconds since 1970; 0 before that.
    #[must_use]
    pub fn modified_seconds(&self) -> u64 {
        u64::try_from(self.0.st_mtime).unwrap_or(0)
    }

    /// When anything of it was last changed, its name included, in whole seconds since 1970; 0 before that.
    #[must_use]
    pub fn changed_seconds(&self) -> u64 {
        u64::try_from(self.0.st_ctime).unwrap_or(0)
    }

    /// Whether other users than the owner may write to it, by its mode.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.mode().intersects(Mode::WGRP | Mode::WOTH)
    }

    /// Whether every user may write to it, by its mode.
    #[must_use]
    pub fn is_writable_by_all(&self) -> bool {
        self.mode().contains(Mode::WOTH)
    }

    /// Whether others than the owner may do anything with it, by its mode. What comes with a checkout is of this kind: it keeps
    /// no mode but that of a program.
    #[must_use]
    pub fn is_open_to_others(&self) -> bool {
        self.mode().intersects(Mode::RWXG | Mode::RWXO)
    }

    /// Whether others than its owner can take a name out of this directory and put something else in its place, by its mode:
    /// the sticky bit keeps them from what is not theirs.
    #[must_use]
    pub fn lets_others_replace(&self) -> bool {
        self.mode().contains(Mode::WOTH) && !self.mode().contains(Mode::SVTX)
    }

    /// Whether it is kept from others. What another user owns, as a service manager hands it over, may be read through its
    /// group.
    #[must_use]
    pub fn is_private(&self) -> bool {
        let of_others = if self.is_mine() { 0o077 } else { 0o037 };
        self.0.st_mode & of_others == 0
    }

    /// Whether every user may run it as a program, by its mode.
    #[must_use]
    pub fn is_executable(&self) -> bool {
        self.mode().contains(Mode::XOTH)
    }

    /// Who may do what with it, for a message.
    pub(crate) fn rights(&self) -> String {
        format!("mode {:04o}", self.0.st_mode & 0o7777)
    }

    /// Which file it is, among all of this machine.
    #[must_use]
    pub fn identity(&self) -> Identity {
        #[allow(clippy::useless_conversion, reason = "the types of the numbers differ from system to system")]
        #[allow(clippy::cast_sign_loss, reason = "a name for a device, and no number")]
        Identity { device: self.0.st_dev as u64, inode: self.0.st_ino.into() }
    }

    /// The number of the file on its device.
    #[must_use]
    pub fn inode(&self) -> u64 {
        self.identity().inode
    }

    fn mode(&self) -> Mode {
        Mode::from_raw_mode(self.0.st_mode)
    }
}
