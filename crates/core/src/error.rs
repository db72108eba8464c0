//! The one error of this crate: opaque, so that hosts need not branch on it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Something that a user asked for (an answer, a purge, an export) could not be done. Recording never errs.
#[derive(Debug)]
pub struct Error {
    what: &'static str,
    place: PathBuf,
    cause: io::Error,
}

/// A result with this crate's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn new(what: &'static str, place: &Path, cause: impl Into<io::Error>) -> Self {
        Self { what, place: place.to_owned(), cause: cause.into() }
    }

    /// Whether the disk, a quota or a limit of the process left no room.
    #[must_use]
    pub fn is_out_of_room(&self) -> bool {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        matches!(self.cause.kind(), FileTooLarge | QuotaExceeded | StorageFull)
    }

    /// Whether the system forbids it: permissions, a read-only disk, a place that is not ours.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        matches!(self.cause.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} {}: {}", self.what, self.place.display(), self.cause)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}
