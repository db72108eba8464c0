//! Deleting what was recorded: id, spool and sent log.

use rustix::io::Errno;

use crate::error::{Error, Result};
use crate::paths::Paths;
use aboveboard_files::{Directory, remove_empty};

/// The directory of the tickets, one for each erasure that could not be sent to its collector yet; the one thing a purge
/// leaves.
pub const TICKET: &str = "ticket";

/// How often a directory is emptied again because another process wrote into it meanwhile.
const ROUNDS: u32 = 8;

/// Deletes id, spool and sent log. Where there is nothing, nothing is touched. What another process of the
/// product writes at this moment goes with its directory.
///
/// # Errors
/// If something is left.
pub fn purge(places: &Paths) -> Result<()> {
    let fail = |error| Error::new("delete what was recorded in", places.state(), error);
    let state = match Directory::open(places.state()) {
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(()),
        found => found.map_err(fail)?,
    };
    clear(&state, 0).map_err(fail)?;
    // It stays where a ticket does.
    match remove_empty(places.state()) {
        Ok(()) | Err(Errno::NOTEMPTY | Errno::NOENT) => Ok(()),
        Err(error) => Err(fail(error)),
    }
}

/// `depth` bounds how far down it goes; our own directories are two deep.
fn clear(directory: &Directory, depth: u32) -> rustix::io::Result<()> {
    for name in directory.list()? {
        if depth == 0 && name == TICKET {
            continue;
        }
        match directory.unlink(&name) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(Errno::ISDIR | Errno::PERM) if depth < 3 => clear_directory(directory, &name, depth)?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn clear_directory(above: &Directory, name: &str, depth: u32) -> rustix::io::Result<()> {
    let directory = above.directory(name)?;
    for _ in 0..ROUNDS {
        clear(&directory, depth + 1)?;
        match above.remove_directory(name) {
            Err(Errno::NOTEMPTY) => {}
            Err(Errno::NOENT) => return Ok(()),
            done => return done,
        }
    }
    Err(Errno::NOTEMPTY)
}
