//! Keeping the spool within its bounds. What goes is a pure function of the files, their age and the clock.
//!
//! The bounds are these. Bytes: `MAX_SPOOL_BYTES` of open segments and sealed batches after each eviction, and one segment
//! more until the next. Batches that are claimed or being sealed and files of running commands are not counted. A file
//! that another process has locked stays. Age: what is older than `MAX_AGE` goes, one file at each eviction.

use aboveboard_files::{Directory, Errno, Result};
use aboveboard_types::event::Seconds;
use aboveboard_types::outcome::DropReason;
use aboveboard_types::read;

use super::destination::Destination;
use super::frame::{Line, lines};
use super::limits::{MAX_AGE, MAX_READ_BYTES, MAX_SPOOL_BYTES};
use super::names::{self, BodyName, SEALING};
use super::{outcomes, run_files};

/// A file of waiting data, which eviction may remove.
#[derive(Clone, Debug, PartialEq, Eq)]
struct WaitingFile {
    name: String,
    /// When it was last written to, by its own time stamp.
    written: Seconds,
    bytes: u64,
    /// Whether it holds what pages of the console sent. Anybody who reaches the console can send that, so it goes before
    /// what the program itself recorded.
    is_of_console: bool,
}

/// The files to remove so that the rest stays within `bytes` in all: the oldest of the console first, then the oldest of
/// the others.
///
/// Of what is too old, only one file goes at a time: a clock that jumps ahead must not empty the spool at once. The next
/// segment that is made asks again, so a spool that is really old shrinks as it is used.
fn surplus(mut files: Vec<WaitingFile>, bytes: u64, now: Seconds) -> Vec<(WaitingFile, DropReason)> {
    files.sort_by(|a, b| (a.written, &a.name).cmp(&(b.written, &b.name)));
    let oldest = files.first().cloned();
    files.sort_by_key(|file| !file.is_of_console);
    let mut total: u64 = files.iter().map(|file| file.bytes).sum();
    let mut surplus = Vec::new();
    for file in files {
        if total <= bytes {
            break;
        }
        total -= file.bytes;
        surplus.push((file, DropReason::SpoolFull));
    }
    match oldest {
        Some(file) if surplus.is_empty() && is_too_old(&file, now) => vec![(file, DropReason::TooOld)],
        _ => surplus,
    }
}

fn is_too_old(file: &WaitingFile, now: Seconds) -> bool {
    file.written.saturating_add(MAX_AGE) < now
}

/// Whether a file counts as waiting data: an open segment, or a sealed batch that no process has claimed.
fn is_waiting(name: &str) -> bool {
    names::is_open(name) || BodyName::parse(name).is_some_and(|body| body.claimed.is_none())
}

/// Whether a file is a batch on its way: being sealed, or claimed. What no process goes on with, as where the endpoint has
/// changed, goes when it is too old.
fn is_in_flight(name: &str) -> bool {
    names::batch_of(SEALING, name).is_some()
        || BodyName::parse(name).is_some_and(|body| body.claimed.is_some())
}

fn files(spool: &Directory, wanted: fn(&str) -> bool) -> Result<Vec<WaitingFile>> {
    let mut files = Vec::new();
    for name in spool.list()?.into_iter().filter(|name| wanted(name)) {
        match spool.stat(&name) {
            Ok(stat) => files.push(WaitingFile {
                written: stat.modified_seconds(),
                bytes: stat.size(),
                is_of_console: false,
                name,
            }),
            Err(Errno::NOENT) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(files)
}

/// Brings the spool back within its bounds. Called before a segment is made and before sealing, so the spool exceeds its
/// bound by at most the segments that are made at the same time, as a rule one. `own` is the destination to which the loss
/// of a file is told that names none.
///
/// # Errors
/// Where the spool cannot be listed.
pub(super) fn evict(spool: &Directory, now: Seconds, own: &Destination) -> Result<()> {
    let mut files = files(spool, is_waiting)?;
    if files.iter().map(|file| file.bytes).sum::<u64>() > MAX_SPOOL_BYTES {
        for file in &mut files {
            file.is_of_console =
                is_of_console(&spool.content(&file.name, MAX_READ_BYTES).unwrap_or_default());
        }
    }
    for (file, reason) in surplus(files, MAX_SPOOL_BYTES, now) {
        // A file that cannot be removed must not keep the others.
        let _ = remove(spool, &file.name, reason, own);
    }
    Ok(())
}

/// Removes the oldest batch on its way, if it is too old. Called under the lock of the process that seals.
///
/// # Errors
/// Where the spool cannot be listed.
pub(super) fn expire_in_flight(spool: &Directory, now: Seconds, own: &Destination) -> Result<()> {
    let oldest = files(spool, is_in_flight)?.into_iter().min_by_key(|file| file.written);
    if let Some(file) = oldest.filter(|file| is_too_old(file, now)) {
        remove(spool, &file.name, DropReason::TooOld, own)?;
    }
    Ok(())
}

/// Removes the oldest segment of this stem that no process is using, and returns its name.
///
/// # Errors
/// Where the spool cannot be listed.
pub(super) fn evict_one(spool: &Directory, stem: &str, own: &Destination) -> Result<Option<String>> {
    let mut files = files(spool, is_waiting)?;
    files.retain(|file| file.name.starts_with(stem));
    files.sort_by_key(|file| file.written);
    for file in files {
        if remove(spool, &file.name, DropReason::SpoolFull, own).unwrap_or(false) {
            return Ok(Some(file.name));
        }
    }
    Ok(None)
}

/// Removes a file and counts its events. False where another process is using it or it is gone.
fn remove(spool: &Directory, name: &str, reason: DropReason, own: &Destination) -> Result<bool> {
    let Some((file, stat)) = spool.read_checked(name)? else { return Ok(false) };
    if !file.try_lock_exclusive()? || !spool.name_refers_to(name, &stat) {
        return Ok(false);
    }
    let content = file.content(MAX_READ_BYTES)?;
    // A closing line that goes must take its run's file along, or a sealer would report that run as unfinished.
    run_files::forget(spool, &content)?;
    spool.unlink(name)?;
    // Counted after it is gone: a kill in between under-counts a drop, and nothing is counted that was sent.
    let named = tag_of(name, &content);
    let _ = outcomes::add(
        spool,
        named.as_deref().unwrap_or_else(|| own.tag()),
        &[(reason, count_events(&content))],
    );
    Ok(true)
}

/// The tag of the destination of a file: in the name of a batch, or by the header of a segment.
pub(super) fn tag_of(name: &str, content: &[u8]) -> Option<String> {
    if let Some(body) = BodyName::parse(name) {
        return Some(body.tag.to_owned());
    }
    let Some(Line::Whole(header)) = lines(content).next() else { return None };
    read::segment_header(header).map(|header| Destination::named(header.endpoint).tag().to_owned())
}

/// Whether a segment or a batch is of the component `console`: it stands in the header of the one and in the envelope of
/// the other, which both come first.
fn is_of_console(content: &[u8]) -> bool {
    const CONSOLE: &[u8] = br#""component":"console""#;
    const MAX_HEADER_BYTES: usize = 2048;
    let head = &content[..content.len().min(MAX_HEADER_BYTES)];
    head.windows(CONSOLE.len()).any(|window| window == CONSOLE)
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

    fn file(place: usize, written: Seconds, bytes: u64, is_of_console: bool) -> WaitingFile {
        WaitingFile { name: format!("open-{place}"), written, bytes, is_of_console }
    }

    proptest! {
        #[test]
        fn what_stays_is_within_bounds_and_never_goes_before_something_older_or_of_the_console(
            files in proptest::collection::vec((0_u64..40 * 86_400, 0_u64..1_000, any::<bool>()), 0..40),
            bytes in 0_u64..20_000,
            now in prop_oneof![Just(0), Just(40 * 86_400), Just(u64::MAX)],
        ) {
            let all: Vec<_> = files
                .iter()
                .enumerate()
                .map(|(place, (time, bytes, console))| file(place, *time, *bytes, *console))
                .collect();
            let gone = surplus(all.clone(), bytes, now);
            let stays: Vec<_> = all.iter().filter(|file| !gone.iter().any(|(gone, _)| gone == *file)).collect();
            prop_assert!(stays.iter().map(|file| file.bytes).sum::<u64>() <= bytes);
            for (gone, reason) in &gone {
                for stays in &stays {
                    let is_full = *reason == DropReason::SpoolFull;
                    prop_assert!(!is_full || gone.is_of_console || !stays.is_of_console);
                    prop_assert!(is_full && gone.is_of_console != stays.is_of_console || gone.written <= stays.written);
                }
            }
            prop_assert!(gone.iter().filter(|(_, reason)| *reason == DropReason::TooOld).count() <= 1);
            let needed: u64 = all.iter().map(|file| file.bytes).sum::<u64>().saturating_sub(bytes);
            let before_last: u64 = gone.iter().filter(|(_, reason)| *reason == DropReason::SpoolFull).map(|(file, _)| file.bytes).rev().skip(1).sum();
            prop_assert!(before_last <= needed);
        }
    }
}
