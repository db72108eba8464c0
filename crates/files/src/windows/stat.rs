//! What the system says of a file.

#![allow(unsafe_code, reason = "the standard library says nothing of identities and deletions")]

use std::path::Path;
use std::time::{Duration, SystemTime};

use windows_sys::Wdk::Storage::FileSystem::FILE_OPEN;
use windows_sys::Win32::Storage::FileSystem as fs;

use super::directories::{LOOK, open_path};
use super::native::{self, Open};
use super::rights::Rights;
use super::{Errno, Handle, Owner, Result};
use crate::kind::Kind;
use crate::opening::Links;

/// The units of 100 ns from 1601, when Windows begins to count, to 1970.
const EPOCH: i64 = 116_444_736_000_000_000;

/// What the system says of a file, at the moment at which it was asked.
#[derive(Clone, Copy, Debug)]
pub struct Stat {
    kind: Kind,
    rights: Rights,
    size: u64,
    names: u64,
    /// In units of 100 ns since 1970.
    modified: i64,
    changed: i64,
    identity: Identity,
}

/// Which file it is, among all of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    volume: u64,
    file: u128,
}

/// What the system says of this path, and not of what a link there names.
///
/// # Errors
/// `NOENT` where there is nothing; else those of the system.
pub fn stat(path: &Path) -> Result<Stat> {
    stat_of(&open_path(path, LOOK, Links::Refuse)?)
}

/// What the system says of what this path leads to, through links.
///
/// # Errors
/// `NOENT` where there is nothing; else those of the system.
pub fn stat_target(path: &Path) -> Result<Stat> {
    stat_of(&open_path(path, LOOK, Links::Follow)?)
}

/// What the system says of a name in a directory, and not of what a link there names.
pub(crate) fn stat_in(directory: &Handle, name: &str) -> Result<Stat> {
    stat_of(&native::open(directory, name, &Open { access: LOOK, disposition: FILE_OPEN, options: 0 })?)
}

/// What the system says of what is open.
pub(crate) fn stat_of(handle: &Handle) -> Result<Stat> {
    let mut found = fs::BY_HANDLE_FILE_INFORMATION::default();
    // SAFETY: the call looks at an open handle.
    let kind = match unsafe { fs::GetFileType(handle.raw()) } {
        fs::FILE_TYPE_DISK => None,
        fs::FILE_TYPE_PIPE => Some(Kind::Pipe),
        fs::FILE_TYPE_CHAR => Some(Kind::Device),
        _ => Some(Kind::Unknown),
    };
    if let Some(kind) = kind {
        // Whose a device is, Windows need not know.
        let rights = Rights::of(handle).unwrap_or_else(|_| Rights::unknown());
        let identity = Identity { volume: 0, file: 0 };
        return Ok(Stat { kind, rights, size: 0, names: 1, modified: 0, changed: 0, identity });
    }
    let rights = Rights::of(handle)?;
    // SAFETY: the structure is the one that the call fills.
    if unsafe { fs::GetFileInformationByHandle(handle.raw(), &raw mut found) } == 0 {
        return Err(Errno::last());
    }
    let standard: StandardInfo = information(handle, fs::FileStandardInfo)?;
    let basic: fs::FILE_BASIC_INFO = information(handle, fs::FileBasicInfo)?;
    Ok(Stat {
        kind: kind_of(found.dwFileAttributes),
        rights,
        size: standard.end.cast_unsigned(),
        names: if standard.delete_pending != 0 { 0 } else { standard.names.into() },
        modified: basic.LastWriteTime - EPOCH,
        changed: basic.ChangeTime - EPOCH,
        identity: identity_of(handle, &found),
    })
}

/// `FILE_STANDARD_INFO`, whose flags a file system may fill with any value.
#[repr(C)]
#[derive(Default)]
struct StandardInfo {
    allocated: i64,
    end: i64,
    names: u32,
    delete_pending: u8,
    is_directory: u8,
}

fn kind_of(attributes: u32) -> Kind {
    if attributes & fs::FILE_ATTRIBUTE_REPARSE_POINT != 0 {
        Kind::Link
    } else if attributes & fs::FILE_ATTRIBUTE_DIRECTORY != 0 {
        Kind::Directory
    } else {
        Kind::File
    }
}

/// By the long number, which some file systems need, and else by the short one.
fn identity_of(handle: &Handle, found: &fs::BY_HANDLE_FILE_INFORMATION) -> Identity {
    match information::<fs::FILE_ID_INFO>(handle, fs::FileIdInfo) {
        Ok(long) => {
            Identity { volume: long.VolumeSerialNumber, file: u128::from_le_bytes(long.FileId.Identifier) }
        }
        Err(_) => Identity {
            volume: found.dwVolumeSerialNumber.into(),
            file: u128::from(found.nFileIndexHigh) << 32 | u128::from(found.nFileIndexLow),
        },
    }
}

/// What the system says of what is open, of one class.
fn information<T: Default>(handle: &Handle, class: fs::FILE_INFO_BY_HANDLE_CLASS) -> Result<T> {
    let mut found = T::default();
    // SAFETY: each caller names the structure of the class that is asked for.
    let done = unsafe {
        fs::GetFileInformationByHandleEx(handle.raw(), class, (&raw mut found).cast(), size_of::<T>() as u32)
    };
    if done == 0 { Err(Errno::last()) } else { Ok(found) }
}

impl Stat {
    /// What of a thing it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whose it is.
    #[must_use]
    pub fn owner(&self) -> Owner {
        self.rights.owner
    }

    /// Its length in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// How many names it has: 0 once the last one was removed.
    #[must_use]
    pub fn names(&self) -> u64 {
        self.names
    }

    /// When it was last modified.
    #[must_use]
    pub fn modified(&self) -> SystemTime {
        let apart = Duration::from_nanos(self.modified.unsigned_abs().saturating_mul(100));
        let time = if self.modified < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(apart)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(apart)
        };
        time.unwrap_or(SystemTime::UNIX_EPOCH)
    }

    /// When it was last modified, in whole seconds since 1970; 0 before that.
    #[must_use]
    pub fn modified_seconds(&self) -> u64 {
        seconds(self.modified)
    }

    /// When anything of it was last changed, its name included, in whole seconds since 1970; 0 before that.
    #[must_use]
    pub fn changed_seconds(&self) -> u64 {
        seconds(self.changed)
    }

    /// Whether other users than the owner may write to it, by its access control list.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.rights.others_change
    }

    /// Whether every user may write to it, by its access control list.
    #[must_use]
    pub fn is_writable_by_all(&self) -> bool {
        self.rights.everybody_changes
    }

    /// Whether others than the owner may do anything with it, by its access control list.
    #[must_use]
    pub fn is_open_to_others(&self) -> bool {
        self.rights.others_use
    }

    /// Whether others than its owner can take a name out of this directory and put something else in its place, by its access
    /// control list.
    #[must_use]
    pub fn lets_others_replace(&self) -> bool {
        self.rights.others_change
    }

    /// Whether it is kept from others.
    #[must_use]
    pub fn is_private(&self) -> bool {
        !self.rights.others_use
    }

    /// Whether it can be run as a program: Windows asks for no right to do so that is not a right to read.
    #[must_use]
    pub fn is_executable(&self) -> bool {
        self.kind == Kind::File
    }

    /// Who may do what with it, for a message.
    pub(crate) fn rights(&self) -> String {
        "by its access control list".to_owned()
    }

    /// Which file it is, among all of this machine.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.identity
    }
}

/// Whole seconds of units of 100 ns.
fn seconds(units: i64) -> u64 {
    u64::try_from(units.div_euclid(10_000_000)).unwrap_or(0)
}
