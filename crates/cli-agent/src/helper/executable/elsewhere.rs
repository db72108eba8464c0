//! This executable where no system shows which file code is from.

use std::path::PathBuf;

use super::unstartable::Unstartable;

/// Whether this thread is the first of its process, as far as the system says.
pub(super) fn is_first_thread() -> bool {
    true
}

/// The path of this executable.
pub(in crate::helper) fn this() -> Result<PathBuf, Unstartable> {
    std::env::current_exe().map_err(|_| Unstartable::Unknown)
}
