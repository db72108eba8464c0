//! The one place of this crate that needs `unsafe`: closing descriptors that another process opened.
//!
//! A host inherits descriptors from its own caller: the other end of a pipe that a build tool reads to its end,
//! a lock, a socket. Rust's own are closed when a program is executed; these are not. The helper outlives its
//! host by seconds, and a relay would hold the end of a pipe that it reads, so neither may keep them.

use std::os::fd::RawFd;

/// Where the system lists the open descriptors of the process that looks.
const LIST: &str = "/dev/fd";

/// Closes every descriptor above stderr.
///
/// Called first in a process that has done nothing else yet, so no value in it owns one of them.
#[allow(unsafe_code, reason = "no safe call closes a descriptor by its number")]
pub fn close_inherited() {
    for descriptor in inherited() {
        // The list holds the descriptor that it was read through, which is closed by now.
        if std::fs::symlink_metadata(format!("{LIST}/{descriptor}")).is_err() {
            continue;
        }
        // SAFETY: the numbers come from the system's own list. At this point the process has a single thread
        // and has opened nothing that is still in use, so no value owns the descriptor that is closed here.
        unsafe { rustix::io::close(descriptor) };
    }
}

/// The numbers of the open descriptors above stderr.
fn inherited() -> Vec<RawFd> {
    let Ok(entries) = std::fs::read_dir(LIST) else { return Vec::new() };
    // The list is complete, and the directory closed, before the first descriptor goes.
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|descriptor| *descriptor > 2)
        .collect()
}
