//! Where a server keeps its files.

use std::path::Path;

use tempfile::TempDir;

/// A file system in memory. A server makes and removes thousands of small files, which takes a disk longer than all else.
const MEMORY: &str = "/dev/shm";

/// So much must be free there: containers often have little.
const MIN_FREE_BYTES: u64 = 2 << 30;

/// A new directory, removed with the value: in memory where there is room.
pub(super) fn folder(prefix: &str) -> TempDir {
    let made =
        if has_room() { TempDir::with_prefix_in(prefix, MEMORY) } else { TempDir::with_prefix(prefix) };
    made.unwrap()
}

fn has_room() -> bool {
    let free = rustix::fs::statvfs(Path::new(MEMORY)).map(|of| of.f_bavail.saturating_mul(of.f_frsize));
    free.is_ok_and(|bytes| bytes >= MIN_FREE_BYTES)
}
