//! Directories and files that are ours, as every part of aboveboard uses them: through descriptors, never through a
//! link, only what belongs to us.
//!
//! A directory is opened once and everything in it is reached by name from its descriptor, so swapping a path
//! under our feet changes nothing. A file counts only if it is a regular one; what must be ours has our effective
//! user as its owner, and what is written has one name alone. Nothing here waits: locks are tried, and opening a FIFO
//! does not block. Files that a person names are another matter and have a module of their own, [`named`]; so has the one that
//! data goes to, [`stdout`].

#![cfg_attr(unix, forbid(unsafe_code))]

mod directory;
#[cfg(feature = "faults")]
pub mod faults;
#[cfg(not(feature = "faults"))]
#[path = "no_faults.rs"]
mod faults;
mod file;
mod kept;
mod kind;
pub mod named;
mod opening;
mod space;
mod stat;
pub mod stdout;
#[cfg_attr(unix, path = "unix/mod.rs")]
#[cfg_attr(windows, path = "windows/mod.rs")]
mod system;

pub use self::{
    directory::{Directory, remove_empty, unlink},
    file::File,
    kept::Kept,
    kind::Kind,
    space::Space,
    stat::is_there,
    system::{
        Errno, Identity, Owner, Result, Stat, max_file_size, may_read, may_write_into, random, space_at,
        stat, stat_target,
    },
};
