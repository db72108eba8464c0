//! Entries that the store can never take, each in a file, so that somebody can find out why.
//!
//! They were acknowledged, so none is passed over before it is kept. They are as personal as any other, so they are
//! deleted by age and by an erasure. So is what else is put aside: segments of the log whose header is damaged and, by
//! age alone, databases that a restore or a repair replaced.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use aboveboard_store::entry::{Erasure, LogEntry, Position};
use aboveboard_types::id::Id;
use aboveboard_wire::Batch;

use crate::disk::sync;
use crate::log;

/// Most entries that are kept. So many point to a defect that waits for somebody; the log keeps what follows.
const MAX_FILES: usize = 1_000;

/// Age at which an entry is deleted: that at which agents drop what they hold.
const MAX_AGE: Duration = Duration::from_secs(14 * 24 * 3_600);

/// Keeps an entry; it is on the disk when this returns.
pub(super) fn keep(directory: &Path, position: Position, entry: &LogEntry) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let path = directory.join(format!("{:020}.entry", position.0));
    if !path.exists() && fs::read_dir(directory)?.count() >= MAX_FILES {
        forget_old(directory);
        if fs::read_dir(directory)?.count() >= MAX_FILES {
            return Err(io::Error::other(format!(
                "{} holds {MAX_FILES} entries already",
                directory.display()
            )));
        }
    }
    let mut file = fs::File::create(path)?;
    file.write_all(&log::frame_of(entry))?;
    file.sync_all()?;
    sync(directory)?;
    directory.parent().map_or(Ok(()), sync)
}

/// Removes what is old.
pub(super) fn forget_old(directory: &Path) {
    forget_old_of(directory, |_| true);
}

/// Removes what is old of the segments that the log put aside, and of replaced databases.
pub(super) fn forget_replaced(data: &Path) {
    forget_old_of(&data.join("log"), is_damaged);
    forget_old_of(data, |name| name.starts_with("store.sqlite.replaced"));
}

/// Removes the segments that the log put aside: whose batches they hold is not known.
pub(super) fn erase_damaged(data: &Path) -> io::Result<()> {
    remove(&data.join("log"), |path| {
        Ok(path.file_name().and_then(|name| name.to_str()).is_some_and(is_damaged))
    })
}

/// Removes the files of a directory that are to go. A directory that is not there has none.
fn remove(directory: &Path, goes: impl Fn(&Path) -> io::Result<bool>) -> io::Result<()> {
    let files = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        files => files?,
    };
    let mut removed = false;
    for file in files {
        let path = file?.path();
        if goes(&path)? {
            fs::remove_file(&path)?;
            removed = true;
        }
    }
    if removed { sync(directory) } else { Ok(()) }
}

fn is_damaged(name: &str) -> bool {
    name.ends_with(".damaged")
}

/// An age counts from the time at which a file was put there.
fn forget_old_of(directory: &Path, is_concerned: impl Fn(&str) -> bool) {
    for file in fs::read_dir(directory).into_iter().flatten().flatten() {
        let age = file.metadata().and_then(|metadata| metadata.modified()).map(|time| time.elapsed());
        if matches!(age, Ok(Ok(age)) if age >= MAX_AGE)
            && file.file_name().to_str().is_some_and(&is_concerned)
            && let Err(error) = fs::remove_file(file.path())
        {
            tracing::warn!(%error, file = %file.path().display(), "what was put aside cannot be deleted");
        }
    }
}

/// Removes the entries of installations that are to be erased, and those that do not read: whose they are is not
/// known.
pub(super) fn erase(directory: &Path, erasures: &[&Erasure]) -> io::Result<()> {
    remove(directory, |path| {
        let owner = log::entry_of(&fs::read(path)?).and_then(owner);
        Ok(owner.is_none_or(|(product, installation)| {
            erasures.iter().any(|erasure| erasure.product == product && erasure.installation == installation)
        }))
    })
}

/// The product and the installation that an entry is of.
fn owner(entry: LogEntry) -> Option<(String, Id)> {
    match entry {
        LogEntry::Batch(arrival) => {
            let batch: Batch<'_> = serde_json::from_slice(&arrival.body).ok()?;
            Some((batch.product.to_string(), batch.installation))
        }
        LogEntry::Erasure(erasure) => Some((erasure.product, erasure.installation)),
        LogEntry::Clearing(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn what_was_put_aside_is_deleted_by_age_and_what_does_not_read_by_an_erasure() {
        let data = tempfile::tempdir().unwrap();
        let data = data.path();
        fs::create_dir(data.join("log")).unwrap();
        let names = [
            "log/00000000000000000000.damaged",
            "log/00000000000000000007.log",
            "store.sqlite",
            "store.sqlite.replaced-1",
            "store.sqlite.replaced-1-wal",
        ];
        let there = || names.map(|name| data.join(name).exists());
        let lay = |age: Duration| {
            for name in names {
                let file = fs::File::create(data.join(name)).unwrap();
                file.set_modified(SystemTime::now() - age).unwrap();
            }
        };
        lay(MAX_AGE - Duration::from_secs(60));
        forget_replaced(data);
        assert_eq!(there(), [true; 5]);
        erase_damaged(data).unwrap();
        assert_eq!(there(), [false, true, true, true, true]);
        lay(MAX_AGE);
        forget_replaced(data);
        assert_eq!(there(), [false, true, true, false, false]);
    }
}
