//! Files that a person or a variable named.

use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, OFlags};

use super::directories::PRIVATE_FILE;
use super::{Errno, Handle, Result};

const NAMED: OFlags = OFlags::CLOEXEC.union(OFlags::NOCTTY);

fn open(path: &Path, flags: OFlags, mode: Mode) -> Result<Handle> {
    Handle::clear_of_streams(rustix::fs::openat(CWD, path, flags | NAMED, mode)?)
}

/// Opens a named file to read it. Where `waits` is false, opening a pipe that nobody writes to does not wait.
pub(crate) fn open_named(path: &Path, waits: bool) -> Result<Handle> {
    open(path, if waits { OFlags::RDONLY } else { OFlags::RDONLY | OFlags::NONBLOCK }, Mode::empty())
}

/// Opens a named file to write it, making it where it is missing. `INVAL` where it is a pipe that nobody reads, or a disk.
pub(crate) fn open_named_to_rewrite(path: &Path) -> Result<Handle> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NONBLOCK;
    let opened = match open(path, flags, Mode::from_raw_mode(0o666)) {
        Err(Errno::NXIO) => return Err(Errno::INVAL),
        opened => opened?,
    };
    let kind = FileType::from_raw_mode(rustix::fs::fstat(&opened)?.st_mode);
    if kind == FileType::BlockDevice {
        return Err(Errno::INVAL);
    }
    if matches!(kind, FileType::CharacterDevice | FileType::Fifo) {
        // Writing waits, as to stdout.
        rustix::fs::fcntl_setfl(&opened, OFlags::empty())?;
    }
    Ok(opened)
}

/// Makes a named file that must not exist, for its owner alone, to write it.
pub(crate) fn create_named(path: &Path) -> Result<Handle> {
    open(path, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL, PRIVATE_FILE)
}
