//! Files that a person or a variable named: where they lie and whose they are is theirs to say, so links are followed.
//! What can be asked of them is that they are files: reading a pipe or a device that nobody fills would not end.

use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, OFlags};
use rustix::io::{Errno, Result};

use super::file::File;
use super::look::is_regular;
use super::{clear_of_stdio, faults};

/// Whether a named file may be a pipe, for which reading waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pipes {
    /// A person named it on a command line and waits for it: `import <(ssh …)` is a pipe.
    Read,
    /// It was named once for all, or nobody watches: only a regular file will do.
    Refuse,
}

/// Opens a named file to read it.
///
/// # Errors
/// `INVAL` where it is no file that may be read; else those of the system.
pub fn read(path: &Path, pipes: Pipes) -> Result<File> {
    faults::strike_outside()?;
    let wait = if pipes == Pipes::Refuse { OFlags::NONBLOCK } else { OFlags::empty() };
    let fd = rustix::fs::openat(
        CWD,
        path,
        OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | wait,
        Mode::empty(),
    )?;
    let file = File(clear_of_stdio(fd)?);
    if pipes == Pipes::Refuse && !is_regular(&file.stat()?) { Err(Errno::INVAL) } else { Ok(file) }
}

/// Reads a whole named file of at most `most` bytes. It must be a regular one.
///
/// # Errors
/// `INVAL` where it is not, `FBIG` where it is longer; else those of the system.
pub fn content(path: &Path, most: usize) -> Result<Vec<u8>> {
    read(path, Pipes::Refuse)?.content(most)
}

/// Opens a named file to write it anew; it is made if it is missing.
///
/// # Errors
/// `INVAL` where it is neither a regular file nor what stdout may be, a device or a pipe that somebody reads; else those
/// of the system.
pub fn rewrite(path: &Path) -> Result<File> {
    faults::strike_outside()?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let fd = match rustix::fs::openat(CWD, path, flags, Mode::from_raw_mode(0o666)) {
        // A pipe that nobody reads.
        Err(Errno::NXIO) => return Err(Errno::INVAL),
        opened => opened?,
    };
    let file = File(clear_of_stdio(fd)?);
    match FileType::from_raw_mode(file.stat()?.st_mode) {
        FileType::RegularFile => file.cut(0)?,
        // Writing waits, as to stdout.
        FileType::CharacterDevice | FileType::Fifo => rustix::fs::fcntl_setfl(&file.0, OFlags::empty())?,
        _ => return Err(Errno::INVAL),
    }
    Ok(file)
}

/// Makes a named file that must not exist, for its owner alone, to write it.
///
/// # Errors
/// `EXIST` where something has the name; else those of the system.
pub fn create(path: &Path) -> Result<File> {
    faults::strike_outside()?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let fd = rustix::fs::openat(CWD, path, flags, Mode::RUSR | Mode::WUSR)?;
    Ok(File(clear_of_stdio(fd)?))
}
