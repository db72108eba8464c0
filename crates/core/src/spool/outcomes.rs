//! Counted drops until the next batch reports them: a line for each time that something was dropped.

use std::collections::BTreeMap;

use aboveboard_files::{Directory, Errno, Result};
use aboveboard_types::encode::push_outcomes;
use aboveboard_types::id::Id;
use aboveboard_types::limits::MAX_NUMBER;
use aboveboard_types::outcome::DropReason;

use super::frame::{Line, lines, push_line};
use super::limits::{MAX_APPEND_ATTEMPTS, MAX_OUTCOMES_BYTES};
use super::names;

/// Counted drops by reason.
pub(super) type Counts = BTreeMap<DropReason, u64>;

/// Adds to a count, which stays within what a batch may say.
pub(super) fn count(counts: &mut Counts, reason: DropReason, number: u64) {
    if number > 0 {
        let count = counts.entry(reason).or_default();
        *count = count.saturating_add(number).min(MAX_NUMBER);
    }
}

/// Appends counts to the file of a destination. Never waits: where a sealer has just taken the file, the next attempt makes a new one.
/// True if the file was empty before.
///
/// # Errors
/// Where the file is full or cannot be written, or a sealer came first each time. The counts are lost then.
pub(super) fn add(spool: &Directory, tag: &str, counts: &[(DropReason, u64)]) -> Result<bool> {
    if counts.iter().all(|(_, number)| *number == 0) {
        return Ok(false);
    }
    let mut json = String::with_capacity(64);
    push_outcomes(&mut json, counts);
    let mut line = String::new();
    push_line(&mut line, &json);
    let name = names::outcomes(tag);
    for _ in 0..MAX_APPEND_ATTEMPTS {
        let file = spool.append_or_create(&name)?;
        if !file.try_lock_shared()? {
            continue;
        }
        let stat = file.checked_to_write()?;
        if !spool.name_refers_to(&name, &stat) {
            continue;
        }
        let size = stat.size();
        if size > MAX_OUTCOMES_BYTES {
            return Err(Errno::FBIG);
        }
        return file.write(line.as_bytes(), size).map(|()| size == 0);
    }
    Err(Errno::AGAIN)
}

/// Reads the counts in a file, none where there is no such file. Damaged lines and reasons of a newer version are
/// passed over.
///
/// # Errors
/// Where the file cannot be read.
pub(super) fn read(spool: &Directory, name: &str) -> Result<Counts> {
    let content = match spool.content(name, 2 * MAX_OUTCOMES_BYTES as usize) {
        Err(Errno::NOENT) => return Ok(Counts::default()),
        content => content?,
    };
    let mut counts = Counts::default();
    for line in lines(&content) {
        let Line::Whole(json) = line else { continue };
        for (reason, number) in aboveboard_types::read::outcomes(json).unwrap_or_default() {
            if let Some(reason) = DropReason::parse(&reason) {
                count(&mut counts, reason, number);
            }
        }
    }
    Ok(counts)
}

/// Assigns the counts of a destination to a batch: that batch reports them and no other does. While another process appends to the file
/// it stays, and the next batch reports it.
///
/// # Errors
/// Where the file cannot be read or renamed.
pub(super) fn assign(spool: &Directory, tag: &str, batch: Id) -> Result<()> {
    let name = names::outcomes(tag);
    let file = match spool.read(&name) {
        Err(Errno::NOENT) => return Ok(()),
        file => file?,
    };
    if file.try_lock_exclusive()? && spool.name_refers_to(&name, &file.checked_stat()?) {
        spool.rename(&name, &names::outcomes_of(batch))?;
    }
    Ok(())
}
