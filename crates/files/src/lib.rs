//! Directories and files that are ours, as every part of aboveboard uses them: through descriptors, never through a
//! link, only what belongs to us.
//!
//! A directory is opened once and everything in it is reached by name from its descriptor, so swapping a path
//! under our feet changes nothing. A file counts only if it is a regular one; what must be ours has our effective
//! user as its owner, and what is written has one name alone. Nothing here waits: locks are tried, and opening a FIFO
//! does not block. Files that a person names are another matter and have a module of their own, [`named`]; so has the one that
//! data goes to, [`stdout`].

#![forbid(unsafe_code)]

mod directory;
#[cfg(feature = "faults")]
pub mod faults;
#[cfg(not(feature = "faults"))]
#[path = "no_faults.rs"]
mod faults;
mod file;
mod kept;
mod look;
mod mode;
#[cfg(target_os = "linux")]
mod mount;
pub mod named;
pub mod stdout;

use std::os::fd::{AsRawFd, OwnedFd};

use rustix::io::Result;

pub use self::{
    directory::{Directory, Space, remove_empty},
    file::File,
    kept::Kept,
    look::{
        fault_of_directory, fault_of_file, is_directory, is_link, is_open_to_others, is_private, is_regular,
        is_same, is_shared, is_there, is_writable_by_all, lets_others_replace, modified, stat, stat_target,
    },
};
/// What the system says of a file, and what of an operation that failed.
pub use rustix::{fs::Stat, io::Errno};

/// The effective user.
pub fn euid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// `N` random bytes of the system; `None` where it has none now.
pub fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let got = rustix::rand::getrandom(&mut bytes[..], rustix::rand::GetRandomFlags::NONBLOCK).ok()?;
    (got == N).then_some(bytes)
}

/// A host that started with its standard streams closed would get our files under their numbers, and print into
/// them.
fn clear_of_stdio(fd: OwnedFd) -> Result<OwnedFd> {
    if fd.as_raw_fd() > 2 { Ok(fd) } else { rustix::io::fcntl_dupfd_cloexec(&fd, 3) }
}
