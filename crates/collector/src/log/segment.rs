//! The files of the log: their names, their header, and what of them is found at the start.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use aboveboard_store::entry::Position;

use super::error::LogError;
use super::frame::{SEGMENT_HEADER, SEGMENT_MAGIC};
use crate::disk::sync;

/// The bytes of one segment that may be read: all of them durable, or found at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    /// Position of the segment's first byte.
    pub(super) base: u64,
    /// Position behind its last byte.
    pub(super) end: u64,
}

pub(super) fn path(directory: &Path, base: u64) -> PathBuf {
    directory.join(format!("{base:020}.log"))
}

/// The segments in `directory` in order. A file that never got its header is removed; one whose header cannot be read
/// is renamed, so that nothing reads it as a segment.
pub(super) fn find(directory: &Path) -> Result<Vec<Extent>, LogError> {
    fs::create_dir_all(directory).map_err(|source| LogError::io(directory, source))?;
    // The name of this directory is as needed after a power cut as those in it.
    if let Some(parent) = directory.parent() {
        sync(parent).map_err(|source| LogError::io(parent, source))?;
    }
    let mut extents = Vec::new();
    for entry in fs::read_dir(directory).map_err(|source| LogError::io(directory, source))? {
        let path = entry.map_err(|source| LogError::io(directory, source))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(base) = name.strip_suffix(".log").and_then(|base| base.parse().ok()) else { continue };
        if let Some(extent) = inspect(&path, base)? {
            extents.push(extent);
        }
    }
    extents.sort_by_key(|extent| extent.base);
    Ok(extents)
}

fn inspect(path: &Path, base: u64) -> Result<Option<Extent>, LogError> {
    let error = |source| LogError::io(path, source);
    let file = File::open(path).map_err(error)?;
    let length = file.metadata().map_err(error)?.len();
    if length < SEGMENT_HEADER {
        fs::remove_file(path).map_err(error)?;
        return Ok(None);
    }
    let mut header = [0; SEGMENT_HEADER as usize];
    file.read_exact_at(&mut header, 0).map_err(error)?;
    let version = header[15];
    if header[..15] == SEGMENT_MAGIC[..15] && version > SEGMENT_MAGIC[15] {
        return Err(LogError::Newer { path: path.to_owned(), version });
    }
    if header != header_of(base) {
        tracing::error!(segment = %path.display(), "the header of a log segment is damaged; renamed to .damaged");
        // It goes by age, which counts from now.
        file.set_modified(SystemTime::now()).map_err(error)?;
        fs::rename(path, path.with_extension("damaged")).map_err(error)?;
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
