//! Entries that the store can never take, each in a file, so that somebody can find out why.
//!
//! They were acknowledged, so none is passed over before it is kept. They are as personal as any other, so they are
//! deleted by age and by an erasure. So is what else is put aside: segments of the log whose header is damaged and, by
//! age alone, databases that a restore or a repair replaced.

use std::io;
use std::time::{Duration, SystemTime};

use aboveboard_files::Errno;
use aboveboard_store::entry::{Erasure, LogEntry, Position};
use aboveboard_types::id::Id;
use aboveboard_wire::Batch;

use crate::disk::{ASIDE, Folder, LOG};
use crate::log;

/// Most entries that are kept. So many point to a defect that waits for somebody; the log keeps what follows.
const MAX_FILES: usize = 1_000;

/// Age at which an entry is deleted: that at which agents drop what they hold.
const MAX_AGE: Duration = Duration::from_secs(14 * 24 * 3_600);

/// The longest file that is read to see whose entry it holds: four times the longest entry.
const MAX_ENTRY_BYTES: usize = 64 << 20;

/// Keeps an entry; it is on the disk when this returns.
pub(super) fn keep(data: &Folder, position: Position, entry: &LogEntry) -> io::Result<()> {
    let quarantine = data.inside(ASIDE)?;
    let name = format!("{:020}.entry", position.0);
    if quarantine.stat(&name).is_err() && quarantine.list()?.len() >= MAX_FILES {
        forget_old(data);
        if quarantine.list()?.len() >= MAX_FILES {
            return Err(io::Error::other(format!(
                "{} holds {MAX_FILES} entries already",
                quarantine.path().display()
            )));
        }
    }
    quarantine.replace(&name, &log::frame_of(entry), true)?;
    quarantine.sync()?;
    Ok(data.sync()?)
}

/// Removes what is old.
pub(super) fn forget_old(data: &Folder) {
    if let Ok(Some(quarantine)) = data.find_inside(ASIDE) {
        forget_old_of(&quarantine, |_| true);
    }
}

/// Removes what is old of the segments that the log put aside, and of replaced databases.
pub(super) fn forget_replaced(data: &Folder) {
    if let Ok(Some(log)) = data.find_inside(LOG) {
        forget_old_of(&log, is_damaged);
    }
    forget_old_of(data, |name| name.starts_with("store.sqlite.replaced"));
}

/// Removes the segments that the log put aside: whose batches they hold is not known. For an operator's erasure alone.
pub(super) fn erase_damaged(data: &Folder) -> io::Result<()> {
    remove(data.find_inside(LOG)?.as_ref(), |_, name| Ok(is_damaged(name)))
}

/// Removes the files of a directory that are to go. A directory that is not there has none.
fn remove(folder: Option<&Folder>, goes: impl Fn(&Folder, &str) -> io::Result<bool>) -> io::Result<()> {
    let Some(folder) = folder else { return Ok(()) };
    let mut removed = false;
    for name in folder.list()? {
        if goes(folder, &name)? {
            folder.unlink(&name)?;
            removed = true;
        }
    }
    if removed { Ok(folder.sync()?) } else { Ok(()) }
}

fn is_damaged(name: &str) -> bool {
    name.ends_with(".damaged")
}

/// An age counts from the time at which a file was put there.
fn forget_old_of(folder: &Folder, is_concerned: impl Fn(&str) -> bool) {
    let now = SystemTime::now();
    for name in folder.list().unwrap_or_default() {
        let Ok(found) = folder.stat(&name) else { continue };
        let age = now.duration_since(found.modified());
        if !found.is_directory()
            && age.is_ok_and(|age| age >= MAX_AGE)
            && is_concerned(&name)
            && let Err(error) = folder.unlink(&name)
        {
            let file = folder.join(&name);
            tracing::warn!(%error, file = %file.display(), "what was put aside cannot be deleted");
        }
    }
}

/// Removes the entries of installations that are to be erased. Those that do not read may be anybody's, and go with an
/// operator's erasure or by age.
pub(super) fn erase(data: &Folder, erasures: &[&Erasure]) -> io::Result<()> {
    remove(data.find_inside(ASIDE)?.as_ref(), |quarantine, name| {
        let content = match quarantine.content(name, MAX_ENTRY_BYTES) {
            // What is no file of ours was not put there by us, and holds nobody's entry.
            Err(Errno::PERM | Errno::LOOP | Errno::NXIO | Errno::FBIG) => return Ok(false),
            content => content?,
        };
        let is_of = |erasure: &&Erasure, (product, installation): &(String, Id)| {
            erasure.product == *product && erasure.installation == *installation
        };
        Ok(match log::entry_of(&content).and_then(owner) {
            Some(owner) => erasures.iter().any(|erasure| is_of(erasure, &owner)),
            None => erasures.iter().any(|erasure| erasure.by_operator),
        })
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
        LogEntry::Clearing(_) | LogEntry::Amendment(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn an_entry_that_does_not_read_survives_a_strangers_erasure_and_goes_with_an_operators() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::make(directory.path()).unwrap();
        let unreadable = directory.path().join(ASIDE).join("00000000000000000001.entry");
        folder.inside(ASIDE).unwrap().replace("00000000000000000001.entry", b"damaged", true).unwrap();
        let erasure = |by_operator| Erasure {
            product: "quarry".to_owned(),
            installation: Id::from_custom([1; 16]),
            received: 1,
            by_operator,
        };
        erase(&folder, &[&erasure(false)]).unwrap();
        assert!(unreadable.exists());
        erase(&folder, &[&erasure(false), &erasure(true)]).unwrap();
        assert!(!unreadable.exists());
    }

    #[test]
    fn what_was_put_aside_is_deleted_by_age_and_what_does_not_read_by_an_erasure() {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path();
        let folder = Folder::make(data).unwrap();
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
        forget_replaced(&folder);
        assert_eq!(there(), [true; 5]);
        erase_damaged(&folder).unwrap();
        assert_eq!(there(), [false, true, true, true, true]);
        lay(MAX_AGE);
        forget_replaced(&folder);
        assert_eq!(there(), [false, true, true, false, false]);
    }
}
