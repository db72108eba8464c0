//! The directories below which a user's programs keep what is theirs.

use std::path::PathBuf;

/// Where a user's programs keep what is theirs.
pub(super) struct Bases {
    /// The directory of answers.
    pub(super) answer: PathBuf,
    /// The directory of states.
    pub(super) state: PathBuf,
    pub(super) moved: Moved,
}

/// Whether a variable names other bases of a user than those below the home directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moved {
    pub(super) answer: bool,
    pub(super) state: bool,
}
