//! Descriptors that others may use meanwhile.

use std::os::fd::{AsFd, BorrowedFd};

use crate::{Directory, File};

impl AsFd for File {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle().as_fd()
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle().as_fd()
    }
}
