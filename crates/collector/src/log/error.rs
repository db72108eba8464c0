//! Why the log cannot be opened, and why an entry is not in it.

use std::io;
use std::path::{Path, PathBuf};

/// Why a log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A file or the directory cannot be used.
    #[error("cannot use {path}: {source}", path = path.display())]
    Io {
        /// What could not be used.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A segment is of a version that this program does not read; it is left as it is.
    #[error("{path} is of version {version} of the log, which a newer collector wrote", path = path.display())]
    Newer {
        /// The segment.
        path: PathBuf,
        /// Its version.
        version: u8,
    },
}

impl LogError {
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

/// Why an entry is not in the log. Nothing of it is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AppendError {
    /// The file system is full, or nearly.
    DiskFull,
    /// The log is at its cap: the store does not keep up.
    Cap,
    /// The disk does not keep up with what waits to be written.
    Behind,
    /// Writing or syncing failed.
    Failed,
    /// The data directory was moved or removed.
    Gone,
    /// The collector is stopping.
    Stopped,
}

impl From<&io::Error> for AppendError {
    /// The error itself goes to the collector's own log: many requests share one write, and a client learns no path.
    fn from(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StaleNetworkFileHandle => Self::Gone,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => {
                tracing::error!(%error, "the ingest log cannot be written");
                Self::Failed
            }
        }
    }
}
