//! Deleting what was recorded: id, spool and sent log.

use crate::error::{Error, Result};
use crate::own_files::{DIRECTORIES, Grammar, is_of_state};
use crate::paths::Paths;
use aboveboard_files::{Directory, Errno, is_there, remove_empty};

/// How often a directory is emptied again because another process wrote into it meanwhile.
const ROUNDS: u32 = 8;

/// Deletes id, spool and sent log: the files that have a name of ours, and the directories that are empty then. Everything
/// else stays. Where there is nothing, nothing is touched. What another
/// process of the product writes at this moment goes with its directory.
///
/// # Errors
/// If something of ours is left, or there is something and another user could have chosen the directory: then nothing is
/// deleted.
pub fn purge(places: &Paths) -> Result<()> {
    let fail = |error| Error::new("delete what was recorded in", places.state(), error);
    if is_there(places.state()) == Ok(false) {
        return Ok(());
    }
    if let Some(exposed) = places.exposed_state() {
        return Err(Error::new("delete what was recorded in", places.state(), exposed.as_error()));
    }
    let state = match Directory::open(places.state()) {
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(()),
        found => found.map_err(fail)?,
    };
    // What cannot be deleted keeps nothing else, least of all the secret.
    let mut cleared = Ok(());
    for (name, is_ours) in DIRECTORIES {
        cleared = cleared.and(clear_directory(&state, name, is_ours));
    }
    cleared.and(clear(&state, is_of_state).map(drop)).map_err(fail)?;
    // It stays where a ticket does, or what is not ours.
    match remove_empty(places.state()) {
        Ok(()) | Err(Errno::NOTEMPTY | Errno::EXIST | Errno::NOENT) => Ok(()),
        Err(error) => Err(fail(error)),
    }
}

/// Removes what has a name of ours. No link is followed, and of directories under such a name only an empty one goes:
/// nothing that we make is a directory there. Gives how many of these stay, or why the first thing did that had to go.
fn clear(directory: &Directory, is_ours: Grammar) -> aboveboard_files::Result<usize> {
    let mut stuck = 0;
    let mut cleared = Ok(());
    for name in directory.list()?.into_iter().filter(|name| is_ours(name)) {
        let removed = match directory.unlink(&name) {
            Err(error @ (Errno::ISDIR | Errno::PERM)) => match directory.remove_directory(&name) {
                Err(Errno::NOTDIR) => Err(error),
                removed => removed,
            },
            removed => removed,
        };
        match removed {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(Errno::NOTEMPTY | Errno::EXIST) => stuck += 1,
            Err(error) => cleared = cleared.and(Err(error)),
        }
    }
    cleared.map(|()| stuck)
}

fn clear_directory(state: &Directory, name: &str, is_ours: Grammar) -> aboveboard_files::Result<()> {
    let directory = match state.directory(name) {
        // Where it is no directory, nothing of ours is in it.
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(()),
        found => found?,
    };
    for _ in 0..ROUNDS {
        let stuck = clear(&directory, is_ours)?;
        match state.remove_directory(name) {
            Ok(()) | Err(Errno::NOENT) => return Ok(()),
            Err(Errno::NOTEMPTY | Errno::EXIST) => {}
            Err(error) => return Err(error),
        }
        let left = directory.list()?;
        // Otherwise another process has written into it since.
        if !left.is_empty() && left.iter().filter(|name| is_ours(name)).count() <= stuck {
            return Ok(());
        }
    }
    Err(Errno::NOTEMPTY)
}
