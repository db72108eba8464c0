//! What keeps the tokens from being read or changed.

use std::io;
use std::path::PathBuf;

use aboveboard_store::StoreError;

/// Why tokens cannot be read or changed. The text says what can be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokensError {
    /// The file cannot be read or written.
    #[error("cannot use {path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not what the collector writes.
    #[error("{path} does not read as tokens ({why}): move it away, and make the tokens anew", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The name is no name.
    #[error("a token's name has 1 to 64 of the characters a-z, 0-9, `-`, `_` and `.`")]
    BadName,
    /// The name is taken.
    #[error("there is a token `{0}` already: `rotate` it, or choose another name")]
    Taken(String),
    /// There is no token of this name.
    #[error("there is no token `{0}` in the data directory; those of the configuration are changed there")]
    Unknown(String),
    /// There are too many.
    #[error("there are {0} tokens, and no more may be: revoke one that is not in use")]
    TooMany(usize),
    /// The cluster did not confirm it, so that the other collectors may hear of it or not.
    #[error("the cluster did not confirm the change; try again: {0}")]
    NotShared(StoreError),
    /// The system has no randomness.
    #[error("the system has no randomness now: try again")]
    NoRandomness,
}
