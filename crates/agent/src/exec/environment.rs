//! The environment that was given to us, for the program.

use std::ffi::{CString, OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use nix::errno::Errno;

/// Our environment, entry by entry, also those without `=`, which the standard library leaves out. Nothing in this
/// process changes it.
pub(super) fn environment() -> nix::Result<Vec<CString>> {
    if let Ok(mut entries) = std::fs::read("/proc/self/environ") {
        return match entries.pop() {
            Some(_) => {
                entries.split(|byte| *byte == 0).map(|entry| c_string(OsStr::from_bytes(entry))).collect()
            }
            None => Ok(Vec::new()),
        };
    }
    std::env::vars_os()
        .map(|(name, value)| {
            c_string(&OsString::from_vec([name.as_bytes(), b"=", value.as_bytes()].concat()))
        })
        .collect()
}

pub(super) fn c_string(text: &OsStr) -> nix::Result<CString> {
    CString::new(text.as_bytes()).map_err(|_| Errno::EINVAL)
}
