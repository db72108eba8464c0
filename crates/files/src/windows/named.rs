//! Files that a person or a variable named.

use std::fs::OpenOptions;
use std::path::Path;

use super::{Handle, Result};

/// Opens a named file to read it.
pub(crate) fn open_named(path: &Path, _waits: bool) -> Result<Handle> {
    Ok(Handle(OpenOptions::new().read(true).open(path)?))
}

/// Opens a named file to write it, making it where it is missing.
pub(crate) fn open_named_to_rewrite(path: &Path) -> Result<Handle> {
    Ok(Handle(OpenOptions::new().write(true).create(true).truncate(false).open(path)?))
}

/// Makes a named file that must not exist, to write it.
pub(crate) fn create_named(path: &Path) -> Result<Handle> {
    Ok(Handle(OpenOptions::new().write(true).create_new(true).open(path)?))
}
