//! What a power cut must not take.

use std::fs::File;
use std::io;
use std::path::Path;

/// Makes a file durable, or the names that stand in a directory.
pub(crate) fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
