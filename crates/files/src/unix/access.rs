//! What this process may do with a path.

use std::path::Path;

use rustix::fs::{Access, access};

use super::Result;

/// Asks whether a file may be read.
///
/// # Errors
/// Why it may not.
pub fn may_read(path: &Path) -> Result<()> {
    access(path, Access::READ_OK)
}

/// Asks whether files may be made in a directory.
///
/// # Errors
/// Why they may not.
pub fn may_write_into(path: &Path) -> Result<()> {
    access(path, Access::WRITE_OK | Access::EXEC_OK)
}
