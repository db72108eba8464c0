//! Appending to the log of a collector that does not run.

use aboveboard_store::entry::{LogEntry, Position};

use super::appender::Appender;
use super::error::LogError;
use super::limits::MAX_KEPT;
use super::{frame, segment};
use crate::config;
use crate::disk::Folder;

/// Appends entries and returns how many; they are durable when this returns.
///
/// # Errors
/// Where the log cannot be read or written. A part of the entries may be in it then; what repeats it later finds them
/// as duplicates.
pub(crate) fn import(
    directory: &Folder,
    limits: &config::Log,
    applied: Position,
    entries: impl Iterator<Item = LogEntry>,
) -> Result<u64, LogError> {
    let found = segment::find(directory)?;
    let mut appender = Appender::new(directory, limits.segment, segment::next_base(&found, applied));
    let mut append = |frames: &[u8]| match appender.append(frames) {
        Ok(_) => Ok(()),
        Err(source) => Err(LogError::io(directory.path(), source)),
    };
    let mut frames = Vec::new();
    let mut count = 0;
    for entry in entries {
        frame::push(&mut frames, (&entry).into());
        count += 1;
        if frames.len() >= MAX_KEPT {
            append(&frames)?;
            frames.clear();
        }
    }
    if !frames.is_empty() {
        append(&frames)?;
    }
    Ok(count)
}
