//! The segments of a log and the bytes of each that may be read.

use aboveboard_files::Errno;
use aboveboard_store::entry::Position;
use std::collections::VecDeque;

use super::segment::{self, Extent};
use crate::disk::Folder;

/// The segments in order.
#[derive(Debug, Default)]
pub(super) struct Extents {
    list: VecDeque<Extent>,
    /// Base of the segment that is appended to, which must not be deleted.
    pub(super) current: Option<u64>,
    /// Whether the writer has ended.
    pub(super) stopped: bool,
}

impl Extents {
    pub(super) fn new(found: Vec<Extent>) -> Self {
        Self { list: found.into(), ..Self::default() }
    }

    pub(super) fn count(&self) -> usize {
        self.list.len()
    }

    /// The position behind the last durable byte.
    pub(super) fn end(&self) -> u64 {
        self.list.back().map_or(0, |last| last.end)
    }

    /// The segment that holds `position`, or else the first one above it.
    pub(super) fn at(&self, position: u64) -> Option<Extent> {
        self.list.iter().find(|extent| extent.end > position).copied()
    }

    /// Notes what the writer has appended, and returns how many bytes are new.
    pub(super) fn advance(&mut self, extent: Extent) -> u64 {
        self.current = Some(extent.base);
        let before = match self.list.back_mut() {
            Some(last) if last.base == extent.base => std::mem::replace(&mut last.end, extent.end),
            _ => {
                self.list.push_back(extent);
                extent.base
            }
        };
        extent.end - before
    }

    /// Deletes the segments below `applied` but the current one, and returns how many bytes they held.
    pub(super) fn delete_applied(&mut self, directory: &Folder, applied: Position) -> u64 {
        let mut bytes = 0;
        while let Some(first) = self.list.front().copied()
            && first.end <= applied.0
            && self.current != Some(first.base)
        {
            let name = segment::name(first.base);
            if let Err(error) = directory.unlink(&name) {
                let segment = directory.join(&name);
                tracing::warn!(%error, segment = %segment.display(), "an applied log segment cannot be deleted");
                if error != Errno::NOENT {
                    break;
                }
            }
            self.list.pop_front();
            bytes += first.end - first.base;
        }
        bytes
    }
}
