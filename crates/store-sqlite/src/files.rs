//! The files of a database: their names, making them durable, and putting one in the place of another.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use aboveboard_store::{StoreError, StoreProblem};

use super::error::failure;

/// A name beside `path`, with `suffix` after its own.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes a file and its name durable.
pub(super) fn durable(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()?;
    sync_names(path)
}

/// Makes the names in the directory of `path` durable.
fn sync_names(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
}

/// Puts the finished database `new` into the place of `path`; what was there is kept under the returned name,
/// until it is old or deleted.
///
/// A kill between any two steps leaves the database whole or missing, never one with another's log of writes: the
/// main file goes first, and the new one comes only when no log is left under its name.
pub(super) fn replace(path: &Path, new: &Path) -> Result<Option<PathBuf>, StoreError> {
    let io = |source| failure(StoreProblem::Io { path: path.to_owned(), source });
    let there = path.try_exists().map_err(io)?;
    let name = if there { free_name(path) } else { cut_short(path) };
    if there {
        // It goes by age, which counts from now.
        let now = std::time::SystemTime::now();
        File::options().append(true).open(path).and_then(|file| file.set_modified(now)).map_err(io)?;
        fs::rename(path, &name).map_err(io)?;
    }
    let mut moved = there;
    for log in LOGS {
        match fs::rename(beside(path, log), beside(&name, log)) {
            Ok(()) => moved = true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(io(error)),
        }
    }
    if moved {
        sync_names(path).map_err(io)?;
    }
    fs::rename(new, path).map_err(io)?;
    durable(path).map_err(io)?;
    Ok(there.then_some(name))
}

/// What SQLite keeps beside a file: the log of writes and its index.
const LOGS: [&str; 2] = ["-wal", "-shm"];

/// Names for what is replaced, in their order.
fn names(path: &Path) -> impl Iterator<Item = PathBuf> {
    (1_u32..).map(|n| beside(path, &format!(".replaced-{n}")))
}

/// The first name that neither a database nor a log has.
fn free_name(path: &Path) -> PathBuf {
    let taken = |name: &PathBuf| ["", "-wal", "-shm"].iter().any(|suffix| beside(name, suffix).exists());
    names(path).find(|name| !taken(name)).unwrap_or_else(|| beside(path, ".replaced"))
}

/// The database that was moved away last, where a kill came before its log was: the log is its own. A name that is
/// free where there is none.
fn cut_short(path: &Path) -> PathBuf {
    let last = names(path).take_while(|name| name.exists()).last();
    last.filter(|name| !LOGS.iter().any(|log| beside(name, log).exists())).unwrap_or_else(|| free_name(path))
}

/// Removes a database that was being made, with its log of writes. What cannot be removed is met again.
pub(super) fn discard(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(beside(path, suffix));
    }
}
