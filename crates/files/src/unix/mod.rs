//! What Unix is asked for: directories and files by their descriptors, with rustix.

mod access;
mod borrowed;
mod directories;
mod handle;
mod links;
#[cfg(target_os = "linux")]
mod mount;
mod named;
mod random;
mod rights;
mod stat;
mod streams;

/// What an operation failed of, and what comes of one.
pub use rustix::io::{Errno, Result};

pub use self::access::{may_read, may_write_into};
pub use self::directories::space_at;
pub(crate) use self::directories::{
    is_on_device_of_root, is_on_passing_mount, make_directory, make_directory_in, names, open_directory,
    open_directory_in, open_file, open_file_in, remove_directory, remove_directory_in, rename, rename_to_new,
    space, sync_directory, unlink, unlink_in,
};
pub(crate) use self::handle::Handle;
pub(crate) use self::links::link_of_ours;
pub(crate) use self::named::{create_named, open_named, open_named_to_rewrite};
pub use self::random::random;
pub(crate) use self::rights::keep_to_ourselves;
pub use self::stat::{Identity, Owner, Stat, stat, stat_target};
pub(crate) use self::stat::{stat_in, stat_of};
pub use self::streams::max_file_size;
pub(crate) use self::streams::{
    cut, lock, lock_of_process, read_at, set_modified, sync, sync_all, write, write_at,
};
