//! The files of runs that have begun, as a sealer sees them: which are reported in a segment, and which are orphans.

use aboveboard_files::{Directory, File, Result};
use aboveboard_types::event::Seconds;
use aboveboard_types::outcome::DropReason;

use super::limits::{MAX_AGE, MAX_ORPHANS_AT_ONCE, MAX_READ_BYTES};
use super::names::{self, SLOTS};
use super::segment::Segment;
use crate::machine::Start;

/// Removes the files of the runs that `content` reports, a segment that no process can append to any more. A process
/// of such a run that still lives is past its closing line and needs its file no more.
///
/// # Errors
/// Where a file cannot be read or removed. The caller then stops: a run must not be reported twice.
pub(super) fn forget(spool: &Directory, content: &[u8]) -> Result<()> {
    for name in spool.list()? {
        if !names::is_run(&name) {
            continue;
        }
        let Some((file, stat)) = spool.read_checked(&name)? else { continue };
        // Tried, so that no other sealer judges the run meanwhile. Where the lock is taken, the run's own process has
        // it, and does not write to the file of a run that is reported.
        let _ = file.try_lock_exclusive()?;
        if is_reported(&file.content(MAX_READ_BYTES)?, content) && spool.name_refers_to(&name, &stat) {
            spool.remove(&name)?;
        }
    }
    Ok(())
}

/// What stands before the run id.
const KEY: &[u8] = b"\"run\":\"";

/// The name of a segment that begins with this event of a run: the run id.
pub(super) fn segment_name(event: &str) -> String {
    let after = event.split_once("\"run\":\"").map_or("", |(_, after)| after);
    after.chars().take(36).filter(|c| c.is_ascii_hexdigit() || *c == '-').collect()
}

/// Whether `content` reports the run of this file. The run id is compared as it was written, so that this works for
/// files of any version.
pub(super) fn is_reported(file: &[u8], content: &[u8]) -> bool {
    const LENGTH: usize = KEY.len() + 37;
    let run = file.windows(LENGTH).find(|window| window.starts_with(KEY));
    run.is_some_and(|run| content.windows(LENGTH).any(|window| window == run))
}

/// A run whose process died before it ended.
#[derive(Debug)]
pub(super) struct Orphan {
    pub(super) name: String,
    /// The file: a segment of one event.
    pub(super) content: Vec<u8>,
    /// When its command began.
    written: Seconds,
    /// Held until the orphan is judged and its file is gone. The process that made the file may be about to lock it,
    /// and must find that it was taken.
    _lock: File,
}

impl Orphan {
    /// Whether its run is to be reported as unfinished: it died on this machine since the machine was started. What was copied
    /// or restored from elsewhere may have ended there, and what a machine took along when it stopped did not fail.
    ///
    /// # Errors
    /// As what it is dropped otherwise.
    pub(super) fn judge(&self, segment: &Segment<'_>, now: Seconds) -> std::result::Result<(), DropReason> {
        if !segment.start.is_some_and(|start| start.is(Start::this())) {
            return Err(DropReason::Interrupted);
        }
        // No collector would place it any more.
        if self.written.saturating_add(MAX_AGE) < now { Err(DropReason::TooOld) } else { Ok(()) }
    }
}

/// The names of the files of all runs, in their order, in chunks that [`orphans`] may hold open at once.
///
/// # Errors
/// Where the spool cannot be listed.
pub(super) fn chunks(spool: &Directory) -> Result<Vec<Vec<String>>> {
    let mut files = spool.list()?;
    files.retain(|name| names::is_run(name));
    Ok(files.chunks(MAX_ORPHANS_AT_ONCE).map(<[String]>::to_vec).collect())
}

/// The runs among these whose processes have died.
///
/// # Errors
/// Where a file cannot be read.
pub(super) fn orphans(spool: &Directory, names: Vec<String>) -> Result<Vec<Orphan>> {
    let mut orphans = Vec::new();
    for name in names {
        let Some((file, stat)) = spool.read_checked(&name)? else { continue };
        if file.try_lock_exclusive()? {
            let content = file.content(MAX_READ_BYTES)?;
            // A free slot stays where it is.
            let is_free = SLOTS.contains(&&*name) && content.iter().all(|byte| *byte == b'\n');
            if !is_free {
                let written = stat.modified_seconds();
                orphans.push(Orphan { name, content, written, _lock: file });
            }
        }
    }
    Ok(orphans)
}

#[cfg(test)]
mod tests {
    use aboveboard_types::id::Id;

    use super::*;

    #[test]
    fn an_orphan_is_locked_until_it_is_judged() {
        let home = tempfile::tempdir().unwrap();
        let (directory, _) = Directory::make(&home.path().join("spool")).unwrap();
        let name = names::run(Id::NIL);
        // Its maker has made it and not locked it yet.
        let made = directory.create(&name).unwrap();
        let chunks = chunks(&directory).unwrap();
        let [names] = &chunks[..] else { panic!("{chunks:?}") };
        let orphans = orphans(&directory, names.clone()).unwrap();
        assert_eq!(orphans.len(), 1);
        assert!(!made.try_lock_exclusive().unwrap(), "the maker finds it taken and begins another");
        drop(orphans);
        assert!(made.try_lock_exclusive().unwrap());
    }
}
