//! A descriptor that is ours.

use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};

use rustix::io::Result;

/// An open file or directory.
#[derive(Debug)]
pub(crate) struct Handle(OwnedFd);

impl Handle {
    /// A host that started with its standard streams closed would get our files under their numbers, and print into
    /// them.
    pub(super) fn clear_of_streams(opened: OwnedFd) -> Result<Self> {
        if opened.as_raw_fd() > 2 {
            return Ok(Self(opened));
        }
        rustix::io::fcntl_dupfd_cloexec(&opened, 3).map(Self)
    }

    /// The same, as the standard library knows it.
    pub(crate) fn into_std(self) -> std::fs::File {
        self.0.into()
    }
}

impl From<std::fs::File> for Handle {
    fn from(file: std::fs::File) -> Self {
        Self(file.into())
    }
}

impl AsFd for Handle {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
