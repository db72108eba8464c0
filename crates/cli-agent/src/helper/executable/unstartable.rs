//! Why an executable is not started.

use std::path::PathBuf;

/// Why this executable cannot be started once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unstartable {
    /// The system does not say which file runs.
    Unknown,
    /// The system says that this file runs, and our code is in another: a loader, an interpreter, an emulator.
    Another(PathBuf),
}
