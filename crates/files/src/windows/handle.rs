//! A handle that is ours.

use std::fs::File;
use std::os::windows::io::AsRawHandle as _;

use windows_sys::Win32::Foundation::HANDLE;

/// An open file or directory.
#[derive(Debug)]
pub(crate) struct Handle(pub(super) File);

impl Handle {
    /// The same, as the standard library knows it.
    pub(crate) fn into_std(self) -> File {
        self.0
    }

    pub(super) fn raw(&self) -> HANDLE {
        self.0.as_raw_handle()
    }
}

impl From<File> for Handle {
    fn from(file: File) -> Self {
        Self(file)
    }
}
