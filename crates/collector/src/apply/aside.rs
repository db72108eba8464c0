//! Entries that the store can never take, each in a file, for whoever finds out why.
//!
//! They were acknowledged, so none is passed over before it is kept. They are personal as any other, so they go with
//! age and with an erasure.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use aboveboard_core::id::Id;
use aboveboard_core::wire::Batch;

use crate::entry::{Entry, Erasure, Position};
use crate::log;

/// Most entries that are kept. So many tell of a defect that nobody has looked at; the log keeps what follows.
const MOST: usize = 1_000;

/// Age at which an entry goes: that at which agents drop what they hold.
const OLD: Duration = Duration::from_secs(14 * 24 * 3_600);

/// Keeps an entry; it is on the disk when this returns.
pub(super) fn keep(directory: &Path, position: Position, entry: &Entry) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let path = directory.join(format!("{:020}.entry", position.0));
    if !path.exists() && fs::read_dir(directory)?.count() >= MOST {
        forget_old(directory);
        if fs::read_dir(directory)?.count() >= MOST {
            return Err(io::Error::other(format!("{} holds {MOST} entries already", directory.display())));
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
    for file in fs::read_dir(directory).into_iter().flatten().flatten() {
        let age = file.metadata().and_then(|metadata| metadata.modified()).map(|time| time.elapsed());
        if matches!(age, Ok(Ok(age)) if age >= OLD) {
            let _ = fs::remove_file(file.path());
        }
    }
}

/// Removes what is of installations that are to be erased, and what does not read, since nobody knows whose that is.
pub(super) fn erase(directory: &Path, erasures: &[&Erasure]) -> io::Result<()> {
    let files = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        files => files?,
    };
    let mut removed = false;
    for file in files {
        let path = file?.path();
        let owner = log::entry_of(&fs::read(&path)?).and_then(owner);
        let is_kept = owner.is_some_and(|(product, installation)| {
            !erasures.iter().any(|wish| wish.product == product && wish.installation == installation)
        });
        if !is_kept {
            fs::remove_file(&path)?;
            removed = true;
        }
    }
    if removed { sync(directory) } else { Ok(()) }
}

/// The product and the installation that an entry is of.
fn owner(entry: Entry) -> Option<(String, Id)> {
    match entry {
        Entry::Batch(arrival) => {
            let batch: Batch<'_> = serde_json::from_slice(&arrival.body).ok()?;
            Some((batch.product.to_string(), batch.installation))
        }
        Entry::Erasure(erasure) => Some((erasure.product, erasure.installation)),
    }
}

fn sync(directory: &Path) -> io::Result<()> {
    fs::File::open(directory)?.sync_all()
}
