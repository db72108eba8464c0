//! Files of the log: finding them at the start, appending to the newest, dropping what is applied.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::frame::{SEGMENT_HEADER, SEGMENT_MAGIC};
use super::{AppendError, LogError};
use crate::store::entry::Position;

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
/// is put aside under another name.
pub(super) fn find(directory: &Path) -> Result<Vec<Extent>, LogError> {
    fs::create_dir_all(directory).map_err(|source| LogError::io(directory, source))?;
    // The name of this directory is as needed after a power cut as those in it.
    if let Some(parent) = directory.parent() {
        sync_directory(parent).map_err(|source| LogError::io(parent, source))?;
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
    let (magic, version) = (&header[..15], header[15]);
    if magic == &SEGMENT_MAGIC[..15] && version > SEGMENT_MAGIC[15] {
        return Err(LogError::Newer { path: path.to_owned(), version });
    }
    if header != header_of(base) {
        tracing::error!(segment = %path.display(), "the header of a log segment is damaged; put aside");
        // It goes by age, which counts from now.
        file.set_modified(SystemTime::now()).map_err(error)?;
        fs::rename(path, path.with_extension("damaged")).map_err(error)?;
        return Ok(None);
    }
    Ok(Some(Extent { base, end: base + length }))
}

fn header_of(base: u64) -> [u8; SEGMENT_HEADER as usize] {
    let mut header = [0; SEGMENT_HEADER as usize];
    header[..16].copy_from_slice(&SEGMENT_MAGIC);
    header[16..].copy_from_slice(&base.to_le_bytes());
    header
}

/// Appends runs of frames, each durable when `append` returns.
#[derive(Debug)]
pub(super) struct Appender {
    directory: PathBuf,
    most: u64,
    open: Option<Open>,
    /// Where the next segment begins: above every byte that any earlier one may hold.
    next_base: u64,
}

#[derive(Debug)]
struct Open {
    file: File,
    extent: Extent,
    since: Instant,
    /// Whether it holds an erasure: then what lies before that is to go soon.
    erases: bool,
}

impl Appender {
    /// Appends to a segment of its own, never to one that was found: what a found one holds at its end is not known.
    pub(super) fn new(directory: &Path, most: u64, next_base: u64) -> Self {
        Self { directory: directory.to_owned(), most, open: None, next_base }
    }

    /// One write, one fdatasync (and one fsync of the directory for a new segment); then the bytes are durable and
    /// the extent of their segment is returned. After any failure the segment is given up: what its pages hold is no
    /// longer known to be what the disk holds, and a later fsync would not tell.
    pub(super) fn append(&mut self, frames: &[u8]) -> Result<Extent, AppendError> {
        let result = self.try_append(frames);
        if let (Err(_), Some(open)) = (&result, &self.open) {
            self.next_base = open.extent.end + frames.len() as u64 + SEGMENT_HEADER;
            // What was not acknowledged is better gone; where even this fails, it is found as a duplicate later.
            let _ = if open.extent.end == open.extent.base + SEGMENT_HEADER {
                fs::remove_file(path(&self.directory, open.extent.base))
            } else {
                open.file.set_len(open.extent.end - open.extent.base)
            };
            self.open = None;
        }
        result
    }

    fn try_append(&mut self, frames: &[u8]) -> Result<Extent, AppendError> {
        self.close_if_full();
        let fresh = self.open.is_none();
        if fresh {
            self.open = Some(self.create()?);
        }
        let Some(Open { file, extent, .. }) = &mut self.open else { return Err(AppendError::Failed) };
        file.write_all(frames).map_err(|error| append_error(&error))?;
        file.sync_data().map_err(|error| append_error(&error))?;
        if fresh {
            sync_directory(&self.directory).map_err(|error| append_error(&error))?;
        }
        extent.end += frames.len() as u64;
        Ok(*extent)
    }

    fn close_if_full(&mut self) {
        if let Some(open) = &self.open
            && open.extent.end - open.extent.base >= self.most
        {
            self.next_base = open.extent.end;
            self.open = None;
        }
    }

    /// Notes that the last run held an erasure.
    pub(super) fn erases(&mut self) {
        if let Some(open) = &mut self.open {
            open.erases = true;
        }
    }

    /// Closes a segment that is older than `age` or holds an erasure, so that it can be deleted once it is applied; true
    /// if it did. Without this a segment that never fills up would keep for ever what the store has long forgotten.
    pub(super) fn close_if_due(&mut self, age: Duration) -> bool {
        match &self.open {
            Some(open) if open.erases || open.since.elapsed() >= age => {
                self.next_base = open.extent.end;
                self.open = None;
                true
            }
            _ => false,
        }
    }

    fn create(&mut self) -> Result<Open, AppendError> {
        let base = self.next_base;
        let path = path(&self.directory, base);
        let mut options = File::options();
        options.write(true).create_new(true).mode(0o600);
        let mut file = options.open(&path).map_err(|error| append_error(&error))?;
        // A second attempt must not meet the name of the first.
        self.next_base += SEGMENT_HEADER;
        if let Err(error) = file.write_all(&header_of(base)) {
            let _ = fs::remove_file(&path);
            return Err(append_error(&error));
        }
        let extent = Extent { base, end: base + SEGMENT_HEADER };
        Ok(Open { file, extent, since: Instant::now(), erases: false })
    }

    /// The segment that is appended to, which must not be deleted.
    pub(super) fn current(&self) -> Option<u64> {
        self.open.as_ref().map(|open| open.extent.base)
    }
}

fn append_error(error: &io::Error) -> AppendError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => AppendError::DiskFull,
        _ => {
            tracing::error!(%error, "the ingest log cannot be written");
            AppendError::Failed
        }
    }
}

pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Where a new segment may begin: above what was found and above what the store says it has applied, even if a power
/// cut took the end of a segment that was applied already.
pub(super) fn next_base(found: &[Extent], applied: Position) -> u64 {
    found.last().map_or(0, |last| last.end).max(applied.0)
}
