//! Directories and files as this crate uses them: through descriptors, never through a link, only what is ours.
//!
//! A directory is opened once and everything in it is reached by name from its descriptor, so swapping a path
//! under our feet changes nothing. A file counts only if it is a regular one; what must be ours has our effective
//! user as its owner. Nothing here waits: locks are tried, and opening a FIFO does not block.

mod directory;
mod file;
#[cfg(not(test))]
mod hook;
#[cfg(test)]
#[path = "plan.rs"]
pub(crate) mod hook;

use std::os::fd::{AsRawFd, OwnedFd};

use rustix::io::Result;

pub(crate) use self::{directory::Directory, file::File};

/// The effective user.
pub(crate) fn euid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// `N` random bytes of the system; `None` where it has none to give now.
pub(crate) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let got = rustix::rand::getrandom(&mut bytes[..], rustix::rand::GetRandomFlags::NONBLOCK).ok()?;
    (got == N).then_some(bytes)
}

/// A host that started with its standard streams closed would get our files under their numbers, and print into
/// them.
fn clear_of_stdio(fd: OwnedFd) -> Result<OwnedFd> {
    if fd.as_raw_fd() > 2 { Ok(fd) } else { rustix::io::fcntl_dupfd_cloexec(&fd, 3) }
}
