//! A policy that was found.

use std::path::PathBuf;

use crate::consent::reading::Reading;

/// A policy file, or what keeps it from being seen.
#[derive(Debug)]
pub(in crate::consent) struct PolicyFile {
    /// Where it is.
    pub(in crate::consent) path: PathBuf,
    /// What it says: no, or something that cannot be read, which counts as an opt-out.
    pub(in crate::consent) reading: Reading,
    /// Whether it also deletes what was recorded. What a variable names only silences.
    pub(in crate::consent) deletes: bool,
}
