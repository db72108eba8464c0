//! Handles that others may use meanwhile.

use std::os::windows::io::{AsHandle, BorrowedHandle};

use crate::{Directory, File};

impl AsHandle for File {
    fn as_handle(&self) -> BorrowedHandle<'_> {
        self.handle().0.as_handle()
    }
}

impl AsHandle for Directory {
    fn as_handle(&self) -> BorrowedHandle<'_> {
        self.handle().0.as_handle()
    }
}
