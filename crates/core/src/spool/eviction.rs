//! Keeping the spool within its bounds: what goes is a pure function of what is there, its age and the clock.

use rustix::io::{Errno, Result};

use super::{AGE, SPOOL_BYTES, outcomes};
use aboveboard_files::Directory;
use aboveboard_types::event::Seconds;
use aboveboard_types::outcome::DropReason;

/// The largest file that is read, in bytes. Nothing that we write comes near.
pub(super) const READ_MOST: usize = 4 << 20;

/// A file that may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) name: String,
    /// When it was last written to, by its own time stamp.
    pub(super) written: Seconds,
    pub(super) bytes: u64,
}

/// What has to go, the oldest first, so that `items` stay within `bytes` in all.
///
/// Of what is too old, only one goes at a time: a clock that jumps ahead must not empty the spool in one go.
pub(super) fn surplus(mut items: Vec<Item>, bytes: u64, now: Seconds) -> Vec<(Item, DropReason)> {
    items.sort_by(|a, b| (a.written, &a.name).cmp(&(b.written, &b.name)));
    let mut total: u64 = items.iter().map(|item| item.bytes).sum();
    let mut gone = Vec::new();
    for (place, item) in items.into_iter().enumerate() {
        let reason = if total > bytes {
            DropReason::SpoolFull
        } else if place == 0 && item.written.saturating_add(AGE) < now {
            DropReason::TooOld
        } else {
            break;
        };
        total -= item.bytes;
        gone.push((item, reason));
    }
    gone
}

/// Whether a file counts as waiting data: open segments and sealed batches nobody is sending.
fn may_go(name: &str) -> bool {
    name.starts_with("open-") || name.len() == 41 && name.ends_with(".json")
}

fn items(spool: &Directory) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    for name in spool.list()?.into_iter().filter(|name| may_go(name)) {
        match spool.stat(&name) {
            Ok(stat) => items.push(Item {
                written: u64::try_from(stat.st_mtime).unwrap_or(0),
                bytes: u64::try_from(stat.st_size).unwrap_or(0),
                name,
            }),
            Err(Errno::NOENT) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(items)
}

/// Brings the spool back within its bounds. Asked when a segment is made, so the spool passes its bound by one
/// segment at most.
pub(super) fn keep(spool: &Directory, now: Seconds) -> Result<()> {
    for (item, reason) in surplus(items(spool)?, SPOOL_BYTES, now) {
        // One that cannot be removed keeps none of the others.
        let _ = remove(spool, &item.name, reason);
    }
    Ok(())
}

/// Removes the oldest segment of this stem that nobody writes to, and gives its name.
pub(super) fn free_one(spool: &Directory, stem: &str) -> Result<Option<String>> {
    let mut items = items(spool)?;
    items.retain(|item| item.name.starts_with(stem));
    items.sort_by_key(|item| item.written);
    for item in items {
        if remove(spool, &item.name, DropReason::SpoolFull).unwrap_or(false) {
            return Ok(Some(item.name));
        }
    }
    Ok(None)
}

/// Removes a file and counts its events; false where somebody is using it or it is gone.
fn remove(spool: &Directory, name: &str, reason: DropReason) -> Result<bool> {
    let file = match spool.read(name) {
        Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => return Ok(false),
        found => found?,
    };
    let Ok(stat) = file.ours() else { return Ok(false) };
    if !file.own()? || !spool.names(name, &stat) {
        return Ok(false);
    }
    let content = file.content(READ_MOST)?;
    super::running::forget(spool, &content)?;
    spool.unlink(name)?;
    // Counted after it is gone: a kill in between under-counts a drop, and nothing is counted that was sent.
    let _ = outcomes::add(spool, &[(reason, count(&content))]);
    Ok(true)
}

/// How many events a segment or a batch holds: each begins like this, and no text in it can hold a quote.
pub(super) fn count(content: &[u8]) -> u64 {
    const EVENT: &[u8] = br#"{"name":""#;
    content.windows(EVENT.len()).filter(|window| *window == EVENT).count() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(place: usize, written: Seconds, bytes: u64) -> Item {
        Item { name: format!("open-{place}"), written, bytes }
    }

    proptest! {
        #[test]
        fn what_stays_is_within_bounds_and_never_older_than_what_went(
            files in proptest::collection::vec((0_u64..40 * 86_400, 0_u64..1_000), 0..40),
            bytes in 0_u64..20_000,
            now in prop_oneof![Just(0), Just(40 * 86_400), Just(u64::MAX)],
        ) {
            let all: Vec<_> = files.iter().enumerate().map(|(place, (time, bytes))| item(place, *time, *bytes)).collect();
            let gone = surplus(all.clone(), bytes, now);
            let stays: Vec<_> = all.iter().filter(|item| !gone.iter().any(|(gone, _)| gone == *item)).collect();
            prop_assert!(stays.iter().map(|item| item.bytes).sum::<u64>() <= bytes);
            prop_assert!(gone.iter().all(|(gone, _)| stays.iter().all(|item| gone.written <= item.written)));
            prop_assert!(gone.iter().filter(|(_, reason)| *reason == DropReason::TooOld).count() <= 1);
            let needed: u64 = all.iter().map(|item| item.bytes).sum::<u64>().saturating_sub(bytes);
            let before_last: u64 = gone.iter().filter(|(_, reason)| *reason == DropReason::SpoolFull).map(|(item, _)| item.bytes).rev().skip(1).sum();
            prop_assert!(before_last <= needed);
        }
    }
}
