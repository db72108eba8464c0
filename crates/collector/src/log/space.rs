//! How much space the file system has left, asked a few times a second at most.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use super::limits::{MAX_SPACE_AGE, MIN_INODES};
use crate::disk::Folder;

#[derive(Debug)]
pub(super) struct Space {
    directory: Folder,
    min_bytes: u64,
    since: Instant,
    /// Milliseconds since `since` at which the file system is asked again.
    ask_at: AtomicU64,
    low: AtomicBool,
}

impl Space {
    pub(super) fn new(directory: &Folder, min_bytes: u64) -> Self {
        let since = Instant::now();
        Self {
            directory: directory.clone(),
            min_bytes,
            since,
            ask_at: AtomicU64::new(0),
            low: AtomicBool::new(false),
        }
    }

    /// Whether fewer bytes or inodes are free than should be. Where the file system does not say, there is enough: the
    /// write itself will fail.
    pub(super) fn is_low(&self) -> bool {
        let now = self.since.elapsed().as_millis() as u64;
        if now >= self.ask_at.load(Ordering::Relaxed) {
            self.ask_at.store(now + MAX_SPACE_AGE.as_millis() as u64, Ordering::Relaxed);
            self.low.store(self.ask(), Ordering::Relaxed);
        }
        self.low.load(Ordering::Relaxed)
    }

    fn ask(&self) -> bool {
        let Ok(left) = self.directory.space() else { return false };
        left.bytes < self.min_bytes || left.files.is_some_and(|files| files < MIN_INODES)
    }
}
