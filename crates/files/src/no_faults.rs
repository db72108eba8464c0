//! Where tests break the disk. Outside tests nothing of it is left.

use super::system::Result;

/// Called before an operation that a test may let fail.
pub(super) const fn strike(_operation: &'static str) -> Result<()> {
    Ok(())
}

/// Called before a file outside the directories we made is opened.
pub(super) const fn strike_outside() -> Result<()> {
    Ok(())
}

/// How much of a write a test lets through, if not all.
pub(super) const fn short(_length: usize) -> Option<usize> {
    None
}
