//! What the system says of a name or a file, without opening it.

use std::path::Path;
use std::time::{Duration, SystemTime};

use rustix::fs::{CWD, FileType, Mode, Stat};
use rustix::io::Result;

use super::euid;

/// What the system says of this path, and not of what a link there names.
///
/// # Errors
/// `NOENT` where there is nothing; else those of the system.
pub fn stat(path: &Path) -> Result<Stat> {
    rustix::fs::statat(CWD, path, rustix::fs::AtFlags::SYMLINK_NOFOLLOW)
}

/// What the system says of what this path leads to, through links.
///
/// # Errors
/// `NOENT` where there is nothing; else those of the system.
pub fn stat_target(path: &Path) -> Result<Stat> {
    rustix::fs::stat(path)
}

/// Whether anything has this name, be it a link that names nothing.
///
/// # Errors
/// Those of the system, where it cannot say.
pub fn is_there(path: &Path) -> Result<bool> {
    match stat(path) {
        Ok(_) => Ok(true),
        Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether it is a regular file.
#[must_use]
pub fn is_regular(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}

/// Whether it is a directory.
#[must_use]
pub fn is_directory(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::Directory
}

/// Whether it is a symbolic link, and not what that leads to.
#[must_use]
pub fn is_link(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::Symlink
}

/// Whether other users than the owner may write to it, by its mode.
#[must_use]
pub fn is_shared(stat: &Stat) -> bool {
    Mode::from_raw_mode(stat.st_mode).intersects(Mode::WGRP | Mode::WOTH)
}

/// Whether every user may write to it, by its mode.
#[must_use]
pub fn is_writable_by_all(stat: &Stat) -> bool {
    Mode::from_raw_mode(stat.st_mode).contains(Mode::WOTH)
}

/// Whether others than the owner may do anything with it, by its mode. What comes with a checkout is of this kind: it keeps
/// no mode but that of a program.
#[must_use]
pub fn is_open_to_others(stat: &Stat) -> bool {
    Mode::from_raw_mode(stat.st_mode).intersects(Mode::RWXG | Mode::RWXO)
}

/// Whether others than its owner can take a name out of this directory and put something else in its place, by its mode:
/// the sticky bit keeps them from what is not theirs.
#[must_use]
pub fn lets_others_replace(stat: &Stat) -> bool {
    let mode = Mode::from_raw_mode(stat.st_mode);
    mode.contains(Mode::WOTH) && !mode.contains(Mode::SVTX)
}

/// Whether two answers are about one and the same file.
#[must_use]
pub fn is_same(one: &Stat, other: &Stat) -> bool {
    one.st_ino == other.st_ino && one.st_dev == other.st_dev
}

/// When it was last modified.
#[must_use]
#[allow(clippy::useless_conversion, reason = "the type of the nanoseconds differs from system to system")]
pub fn modified(stat: &Stat) -> SystemTime {
    let seconds = Duration::from_secs(stat.st_mtime.unsigned_abs());
    let nanoseconds = Duration::from_nanos(u64::try_from(stat.st_mtime_nsec).unwrap_or(0));
    let whole = if stat.st_mtime < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(seconds)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(seconds)
    };
    whole.and_then(|time| time.checked_add(nanoseconds)).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// What is wrong with a directory that is to be ours; none if nothing is.
#[must_use]
pub fn fault_of_directory(stat: &Stat) -> Option<String> {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => {}
        found => return Some(format!("is {} where a directory belongs", named(found))),
    }
    if stat.st_uid != euid() {
        return Some(format!(
            "belongs to another user (uid {}, this program runs as {})",
            stat.st_uid,
            euid()
        ));
    }
    is_shared(stat).then(|| format!("can be written to by other users (mode {:04o})", stat.st_mode & 0o7777))
}

/// Whether a file is kept from others. One that another user owns, as a service manager hands it over, may be read through its
/// group.
#[must_use]
pub fn is_private(stat: &Stat) -> bool {
    let of_others = if stat.st_uid == euid() { 0o077 } else { 0o037 };
    stat.st_mode & of_others == 0
}

/// What is wrong with a file that is to be ours; none if nothing is.
#[must_use]
pub fn fault_of_file(stat: &Stat) -> Option<String> {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => {}
        found => return Some(format!("is {} where a file belongs", named(found))),
    }
    if stat.st_uid != euid() {
        return Some(format!(
            "belongs to another user (uid {}, this program runs as {})",
            stat.st_uid,
            euid()
        ));
    }
    if is_shared(stat) {
        return Some(format!("can be written to by other users (mode {:04o})", stat.st_mode & 0o7777));
    }
    (stat.st_nlink > 1).then(|| "has a second name (a hard link)".to_owned())
}

const fn named(kind: FileType) -> &'static str {
    match kind {
        FileType::RegularFile => "a file",
        FileType::Directory => "a directory",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::Unknown => "something unknown",
    }
}
