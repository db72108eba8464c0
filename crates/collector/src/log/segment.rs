//! The files of the log: their names, their header, and what of them is found at the start.

use std::time::SystemTime;

use aboveboard_files::{Errno, File};
use aboveboard_store::entry::Position;

use super::error::LogError;
use super::frame::{SEGMENT_HEADER, SEGMENT_MAGIC};
use crate::disk::Folder;

/// The bytes of one segment that may be read: all of them durable, or found at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    /// Position of the segment's first byte.
    pub(super) base: u64,
    /// Position behind its last byte.
    pub(super) end: u64,
}

pub(super) fn name(base: u64) -> String {
    format!("{base:020}.log")
}

/// The segments in `directory` in order. A file that never got its header is removed; one whose header cannot be read
/// is renamed, so that nothing reads it as a segment.
pub(super) fn find(directory: &Folder) -> Result<Vec<Extent>, LogError> {
    let error = |source: Errno| LogError::io(directory.path(), source.into());
    let mut extents = Vec::new();
    for name in directory.list().map_err(error)? {
        let Some(base) = name.strip_suffix(".log").and_then(|base| base.parse().ok()) else { continue };
        if let Some(extent) = inspect(directory, &name, base)? {
            extents.push(extent);
        }
    }
    extents.sort_by_key(|extent| extent.base);
    Ok(extents)
}

/// Where the newest entry in `directory` ends, for somebody who only looks: nothing in it is changed.
pub(crate) fn end(directory: &Folder) -> Result<Position, Errno> {
    let mut end = 0;
    for name in directory.list()? {
        let Some(base) = name.strip_suffix(".log").and_then(|base| base.parse::<u64>().ok()) else {
            continue;
        };
        let length = match directory.stat(&name) {
            Ok(found) => found.size(),
            // It was applied and deleted meanwhile.
            Err(Errno::NOENT) => 0,
            Err(error) => return Err(error),
        };
        if length > SEGMENT_HEADER {
            end = end.max(base.saturating_add(length));
        }
    }
    Ok(Position(end))
}

/// Opens a segment to read it.
///
/// # Errors
/// `PERM` where it is no file of ours; else those of the system.
pub(super) fn open(directory: &Folder, base: u64) -> Result<File, Errno> {
    let file = directory.read(&name(base))?;
    file.checked_stat()?;
    Ok(file)
}

fn inspect(directory: &Folder, name: &str, base: u64) -> Result<Option<Extent>, LogError> {
    let path = directory.join(name);
    directory.check_file(name).map_err(|source| LogError::io(directory.path(), source))?;
    let error = |source: Errno| LogError::io(&path, source.into());
    let file = directory.read(name).map_err(error)?;
    let length = file.checked_stat().map_err(error)?.size();
    if length < SEGMENT_HEADER {
        directory.unlink(name).map_err(error)?;
        return Ok(None);
    }
    let mut header = [0; SEGMENT_HEADER as usize];
    file.read_exact_at(&mut header, 0).map_err(error)?;
    let version = header[15];
    if header[..15] == SEGMENT_MAGIC[..15] && version > SEGMENT_MAGIC[15] {
        return Err(LogError::Newer { path, version });
    }
    if header != header_of(base) {
        tracing::error!(segment = %path.display(), "the header of a log segment is damaged; renamed to .damaged");
        // It goes by age, which counts from now.
        file.set_modified(SystemTime::now()).map_err(error)?;
        let damaged = format!("{}.damaged", name.strip_suffix(".log").unwrap_or(name));
        directory.rename(name, &damaged).map_err(error)?;
        return Ok(None);
    }
    Ok(Some(Extent { base, end: base + length }))
}

pub(super) fn header_of(base: u64) -> [u8; SEGMENT_HEADER as usize] {
    let mut header = [0; SEGMENT_HEADER as usize];
    header[..16].copy_from_slice(&SEGMENT_MAGIC);
    header[16..].copy_from_slice(&base.to_le_bytes());
    header
}

/// Where a new segment may begin: above what was found and above what the store says it has applied, even if a power
/// cut took the end of a segment that was applied already.
pub(super) fn next_base(found: &[Extent], applied: Position) -> u64 {
    found.last().map_or(0, |last| last.end).max(applied.0)
}
