//! What the file system says of the log's directory, asked a few times a second at most: how much space is left, and
//! whether the directory is where it was.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Instant;

use super::limits::{MAX_SPACE_AGE, MIN_INODES};
use crate::disk::Folder;

/// What is there for the next segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// Enough.
    Enough,
    /// Fewer bytes or inodes than should be.
    Low,
    /// No directory: its path leads elsewhere or nowhere, so that nobody would find what is written there.
    Gone,
}

#[derive(Debug)]
pub(super) struct Space {
    directory: Folder,
    min_bytes: u64,
    since: Instant,
    /// Milliseconds since `since` at which the file system is asked again.
    ask_at: AtomicU64,
    found: AtomicU8,
}

impl Space {
    pub(super) fn new(directory: &Folder, min_bytes: u64) -> Self {
        let since = Instant::now();
        Self {
            directory: directory.clone(),
            min_bytes,
            since,
            ask_at: AtomicU64::new(0),
            found: AtomicU8::new(Room::Enough as u8),
        }
    }

    /// What there is. Where the file system does not say, there is enough: the write itself will fail.
    pub(super) fn room(&self) -> Room {
        let now = self.since.elapsed().as_millis() as u64;
        if now >= self.ask_at.load(Ordering::Relaxed) {
            self.ask_at.store(now + MAX_SPACE_AGE.as_millis() as u64, Ordering::Relaxed);
            let found = self.ask();
            let before = self.found.swap(found as u8, Ordering::Relaxed);
            self.tell(found == Room::Gone, before == Room::Gone as u8);
            return found;
        }
        match self.found.load(Ordering::Relaxed) {
            found if found == Room::Gone as u8 => Room::Gone,
            found if found == Room::Low as u8 => Room::Low,
            _ => Room::Enough,
        }
    }

    fn ask(&self) -> Room {
        if !self.directory.is_in_place() {
            return Room::Gone;
        }
        let Ok(left) = self.directory.space() else { return Room::Enough };
        let is_low = left.bytes < self.min_bytes || left.files.is_some_and(|files| files < MIN_INODES);
        if is_low { Room::Low } else { Room::Enough }
    }

    fn tell(&self, is_gone: bool, was_gone: bool) {
        let directory = self.directory.path().display();
        match (was_gone, is_gone) {
            (false, true) => tracing::error!(
                %directory,
                "the data directory was moved or removed while the collector runs; nothing is acknowledged. Move it back, \
                 or, if it is lost, stop the collector, restore a backup there and start it again"
            ),
            (true, false) => tracing::info!(%directory, "the data directory is back"),
            _ => {}
        }
    }
}
