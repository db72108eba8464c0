//! What a file system has left.

/// What a file system has left for this user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Bytes that can be written.
    pub bytes: u64,
    /// Files that can be made; `None` where the file system has no bound.
    pub files: Option<u64>,
}
