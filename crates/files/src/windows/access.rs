//! What this process may do with a path.

use std::path::Path;

use windows_sys::Win32::Storage::FileSystem as fs;

use super::Result;
use super::directories::open_path;
use crate::opening::Links;

/// Asks whether a file may be read.
///
/// # Errors
/// Why it may not.
pub fn may_read(path: &Path) -> Result<()> {
    open_path(path, fs::FILE_GENERIC_READ, Links::Follow).map(drop)
}

/// Asks whether files may be made in a directory.
///
/// # Errors
/// Why they may not.
pub fn may_write_into(path: &Path) -> Result<()> {
    open_path(path, fs::FILE_ADD_FILE | fs::FILE_ADD_SUBDIRECTORY | fs::FILE_TRAVERSE, Links::Follow)
        .map(drop)
}
