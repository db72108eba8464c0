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
pub struct Stat {
    mode: u32,
    owner: Owner,
    names: u64,
    size: i64,
    /// Seconds since 1970, and nanoseconds to be added to them.
    modified: (i64, i64),
    /// Seconds since 1970.
    changed: i64,
    identity: Identity,
}

/// What is asked of a file, and no more: every command pays for its copies.
impl From<rustix::fs::Stat> for Stat {
    #[inline]
    #[allow(
        clippy::useless_conversion,
        clippy::unnecessary_cast,
        clippy::cast_lossless,
        reason = "the types differ from system to system"
    )]
    #[allow(clippy::cast_sign_loss, reason = "the number of a device is a name")]
    #[allow(clippy::cast_possible_wrap, reason = "nanoseconds are less than a billion")]
    fn from(found: rustix::fs::Stat) -> Self {
        Self {
            mode: found.st_mode.into(),
            owner: Owner(found.st_uid),
            names: found.st_nlink.into(),
            size: found.st_size,
            modified: (found.st_mtime, found.st_mtime_nsec as i64),
            changed: found.st_ctime,
            identity: Identity { device: found.st_dev as u64, inode: found.st_ino },
        }
    }
}

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
    #[inline]
    #[must_use]
    pub fn me() -> Self {
        Self(rustix::process::geteuid().as_raw())
    }

    /// Whether it is the system itself: root.
    #[inline]
    #[must_use]
    pub fn is_system(self) -> bool {
        self.0 == 0
    }

    /// The number of the user.
    #[inline]
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
    rustix::fs::statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW).map(Stat::from)
}

/// What the system says of what this path leads to, through links.
///
/// # Errors
/// `NOENT` where there is nothing; else those of the system.
pub fn stat_target(path: &Path) -> Result<Stat> {
    rustix::fs::stat(path).map(Stat::from)
}

/// What the system says of a name in a directory, and not of what a link there names.
pub(crate) fn stat_in(directory: &Handle, name: &str) -> Result<Stat> {
    rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW).map(Stat::from)
}

/// What the system says of what is open.
pub(crate) fn stat_of(handle: &Handle) -> Result<Stat> {
    rustix::fs::fstat(handle).map(Stat::from)
}

impl Stat {
    /// What of a thing it is.
    #[inline]
    #[must_use]
    pub fn kind(&self) -> Kind {
        match FileType::from_raw_mode(self.raw_mode()) {
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
    #[inline]
    #[must_use]
    pub fn owner(&self) -> Owner {
        self.owner
    }

    /// Its length in bytes.
    #[inline]
    #[must_use]
    pub fn size(&self) -> u64 {
        u64::try_from(self.size).unwrap_or(0)
    }

    /// How many names it has: 0 once the last one was removed.
    #[inline]
    #[must_use]
    pub fn names(&self) -> u64 {
        self.names
    }

    /// When it was last modified.
    #[must_use]
    pub fn modified(&self) -> SystemTime {
        let (whole, rest) = self.modified;
        let seconds = Duration::from_secs(whole.unsigned_abs());
        let nanoseconds = Duration::from_nanos(u64::try_from(rest).unwrap_or(0));
        let whole = if whole < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(seconds)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(seconds)
        };
        whole.and_then(|time| time.checked_add(nanoseconds)).unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// When it was last modified, in whole seconds since 1970; 0 before that.
    #[inline]
    #[must_use]
    pub fn modified_seconds(&self) -> u64 {
        u64::try_from(self.modified.0).unwrap_or(0)
    }

    /// When anything of it was last changed, its name included, in whole seconds since 1970; 0 before that.
    #[inline]
    #[must_use]
    pub fn changed_seconds(&self) -> u64 {
        u64::try_from(self.changed).unwrap_or(0)
    }

    /// Whether other users than the owner may write to it, by its mode.
    #[inline]
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.mode().intersects(Mode::WGRP | Mode::WOTH)
    }

    /// Whether every user may write to it, by its mode.
    #[inline]
    #[must_use]
    pub fn is_writable_by_all(&self) -> bool {
        self.mode().contains(Mode::WOTH)
    }

    /// Whether others than the owner may do anything with it, by its mode. What comes with a checkout is of this kind: it keeps
    /// no mode but that of a program.
    #[inline]
    #[must_use]
    pub fn is_open_to_others(&self) -> bool {
        self.mode().intersects(Mode::RWXG | Mode::RWXO)
    }

    /// Whether others than its owner can take a name out of this directory and put something else in its place, by its mode:
    /// the sticky bit keeps them from what is not theirs.
    #[inline]
    #[must_use]
    pub fn lets_others_replace(&self) -> bool {
        self.mode().contains(Mode::WOTH) && !self.mode().contains(Mode::SVTX)
    }

    /// Whether it is kept from others. What another user owns, as a service manager hands it over, may be read through its
    /// group.
    #[inline]
    #[must_use]
    pub fn is_private(&self) -> bool {
        let of_others = if self.is_mine() { 0o077 } else { 0o037 };
        self.mode & of_others == 0
    }

    /// Whether every user may run it as a program, by its mode.
    #[inline]
    #[must_use]
    pub fn is_executable(&self) -> bool {
        self.mode().contains(Mode::XOTH)
    }

    /// Who may do what with it, for a message.
    pub(crate) fn rights(&self) -> String {
        format!("mode {:04o}", self.mode & 0o7777)
    }

    /// Which file it is, among all of this machine.
    #[inline]
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// The number of the file on its device.
    #[inline]
    #[must_use]
    pub fn inode(&self) -> u64 {
        self.identity().inode
    }

    #[allow(
        clippy::unnecessary_cast,
        clippy::cast_possible_truncation,
        reason = "the type differs from system to system"
    )]
    fn raw_mode(&self) -> rustix::fs::RawMode {
        self.mode as rustix::fs::RawMode
    }

    fn mode(&self) -> Mode {
        Mode::from_raw_mode(self.raw_mode())
    }
}
