//! Looking after a database: a copy while it runs, a look at its health, taking a copy back, saving what reads.

mod backup;
mod doctor;
mod repair;
mod restore;

#[cfg(test)]
mod tests;

pub use backup::backup;
pub use doctor::{Health, ProductHealth, examine};
pub use repair::{Repaired, repair};
pub use restore::{Restored, restore};

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::store::StoreError;

/// A name beside `path`, with `suffix` after its own.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes a file and its name durable.
pub(super) fn durable(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()?;
    path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
}

/// Puts the finished database `new` into the place of `path`; what was there is kept under the returned name.
fn replace(path: &Path, new: &Path) -> Result<Option<PathBuf>, StoreError> {
    let io = |source| StoreError::Io { path: path.to_owned(), source };
    let mut kept = None;
    if path.try_exists().map_err(io)? {
        let name = (1..).map(|n| beside(path, &format!(".replaced-{n}"))).find(|name| !name.exists());
        let name = name.unwrap_or_else(|| beside(path, ".replaced"));
        // The log of writes belongs to the file: the old one goes along, so that the new one never meets it.
        for suffix in ["-wal", "-shm"] {
            match fs::rename(beside(path, suffix), beside(&name, suffix)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(error)),
                _ => {}
            }
        }
        fs::rename(path, &name).map_err(io)?;
        kept = Some(name);
    }
    fs::rename(new, path).map_err(io)?;
    durable(path).map_err(io)?;
    Ok(kept)
}

/// Removes a database that was being made, with its log of writes. What cannot be removed is met again.
pub(super) fn discard(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(beside(path, suffix));
    }
}
