//! Files that a person or a variable named: where they lie and whose they are is theirs to say, so links are followed.
//! What can be asked of them is that they are files: reading a pipe or a device that nobody fills would not end.

use std::path::Path;

use super::faults;
use super::file::File;
use super::kind::Kind;
use super::system::{self, Errno, Result};

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
    let file = File::of(system::open_named(path, pipes == Pipes::Read)?);
    if pipes == Pipes::Refuse && !file.stat()?.is_regular() { Err(Errno::INVAL) } else { Ok(file) }
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
    let file = File::of(system::open_named_to_rewrite(path)?);
    match file.stat()?.kind() {
        Kind::File => file.cut(0)?,
        Kind::Device | Kind::Pipe => {}
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
    system::create_named(path).map(File::of)
}
