//! Keeping the spool within its bounds. What goes is a pure function of the files, their age and the clock.
//!
//! The bounds are these. Bytes: `MAX_SPOOL_BYTES` of open segments and sealed batches after each eviction, and one segment
//! more until the next. Batches that are claimed or being sealed and files of running commands are not counted. A file
//! that another process has locked stays. Age: what is older than `MAX_AGE` goes, one file at each eviction.

use aboveboard_files::Directory;
use aboveboard_types::event::Seconds;
use aboveboard_types::outcome::DropReason;
use rustix::io::{Errno, Result};

use super::limits::{MAX_AGE, MAX_READ_BYTES, MAX_SPOOL_BYTES};
use super::names::OPEN;
use super::{outcomes, run_files};

/// A file of waiting data, which eviction may remove.
#[derive(Clone, Debug, PartialEq, Eq)]
struct WaitingFile {
    name: String,
    /// When it was last written to, by its own time stamp.
    written: Seconds,
    bytes: u64,
}

/// The files to remove, the oldest first, so that the rest stays within `bytes` in all.
///
/// Of what is too old, only one file goes at a time: a clock that jumps ahead must not empty the spool at once. The next
/// segment that is made asks again, so a spool that is really old shrinks as it is used.
fn surplus(mut files: Vec<WaitingFile>, bytes: u64, now: Seconds) -> Vec<(WaitingFile, DropReason)> {
    files.sort_by(|a, b| (a.written, &a.name).cmp(&(b.written, &b.name)));
    let mut total: u64 = files.iter().map(|file| file.bytes).sum();
    let mut surplus = Vec::new();
    for (place, file) in files.into_iter().enumerate() {
        let reason = if total > bytes {
            DropReason::SpoolFull
        } else if place == 0 && file.written.saturating_add(MAX_AGE) < now {
            DropReason::TooOld
        } else {
            break;
        };
        total -= file.bytes;
        surplus.push((file, reason));
    }
    surplus
}

/// Whether a file counts as waiting data: an open segment, or a sealed batch that no process has claimed. A claimed one
/// has a longer name.
fn is_waiting(name: &str) -> bool {
    name.starts_with(OPEN) || name.len() == 41 && name.ends_with(".json")
}

fn waiting_files(spool: &Directory) -> Result<Vec<WaitingFile>> {
    let mut files = Vec::new();
    for name in spool.list()?.into_iter().filter(|name| is_waiting(name)) {
        match spool.stat(&name) {
            Ok(stat) => files.push(WaitingFile {
                written: u64::try_from(stat.st_mtime).unwrap_or(0),
                bytes: u64::try_from(stat.st_size).unwrap_or(0),
                name,
            }),
            Err(Errno::NOENT) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(files)
}

/// Brings the spool back within its bounds. Called before a segment is made and before sealing, so the spool exceeds its
/// bound by at most the segments that are made at the same time, as a rule one.
///
/// # Errors
/// Where the spool cannot be listed.
pub(super) fn evict(spool: &Directory, now: Seconds) -> Result<()> {
    for (file, reason) in surplus(waiting_files(spool)?, MAX_SPOOL_BYTES, now) {
        // A file that cannot be removed must not keep the others.
        let _ = remove(spool, &file.name, reason);
    }
    Ok(())
}

/// Removes the oldest segment of this stem that no process is using, and returns its name.
///
/// # Errors
/// Where the spool cannot be listed.
pub(super) fn evict_one(spool: &Directory, stem: &str) -> Result<Option<String>> {
    let mut files = waiting_files(spool)?;
    files.retain(|file| file.name.starts_with(stem));
    files.sort_by_key(|file| file.written);
    for file in files {
        if remove(spool, &file.name, DropReason::SpoolFull).unwrap_or(false) {
            return Ok(Some(file.name));
        }
    }
    Ok(None)
}

/// Removes a file and counts its events. False where another process is using it or it is gone.
fn remove(spool: &Directory, name: &str, reason: DropReason) -> Result<bool> {
    let Some((file, stat)) = spool.read_checked(name)? else { return Ok(false) };
    if !file.try_lock_exclusive()? || !spool.name_refers_to(name, &stat) {
        return Ok(false);
    }
    let content = file.content(MAX_READ_BYTES)?;
    // A closing line that goes must take its run's file along, or a sealer would report that run as unfinished.
    run_files::forget(spool, &content)?;
    spool.unlink(name)?;
    // Counted after it is gone: a kill in between under-counts a drop, and nothing is counted that was sent.
    let _ = outcomes::add(spool, &[(reason, count_events(&content))]);
    Ok(true)
}

/// How many events a segment or a batch holds: each begins like this, and no text in it can hold a quote.
pub(super) fn count_events(content: &[u8]) -> u64 {
    const EVENT: &[u8] = br#"{"name":""#;
    content.windows(EVENT.len()).filter(|window| *window == EVENT).count() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(place: usize, written: Seconds, bytes: u64) -> WaitingFile {
        WaitingFile { name: format!("open-{place}"), written, bytes }
    }

    proptest! {
        #[test]
        fn what_stays_is_within_bounds_and_never_older_than_what_went(
            files in proptest::collection::vec((0_u64..40 * 86_400, 0_u64..1_000), 0..40),
            bytes in 0_u64..20_000,
            now in prop_oneof![Just(0), Just(40 * 86_400), Just(u64::MAX)],
        ) {
            let all: Vec<_> = files.iter().enumerate().map(|(place, (time, bytes))| file(place, *time, *bytes)).collect();
            let gone = surplus(all.clone(), bytes, now);
            let stays: Vec<_> = all.iter().filter(|file| !gone.iter().any(|(gone, _)| gone == *file)).collect();
            prop_assert!(stays.iter().map(|file| file.bytes).sum::<u64>() <= bytes);
            prop_assert!(gone.iter().all(|(gone, _)| stays.iter().all(|file| gone.written <= file.written)));
            prop_assert!(gone.iter().filter(|(_, reason)| *reason == DropReason::TooOld).count() <= 1);
            let needed: u64 = all.iter().map(|file| file.bytes).sum::<u64>().saturating_sub(bytes);
            let before_last: u64 = gone.iter().filter(|(_, reason)| *reason == DropReason::SpoolFull).map(|(file, _)| file.bytes).rev().skip(1).sum();
            prop_assert!(before_last <= needed);
        }
    }
}
