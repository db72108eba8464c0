//! What Windows is asked for: directories and files by their handles, names by the handle of their directory.
//!
//! Handles share everything, also their deletion: whoever else opens a file or deletes it is not kept from that by us.

mod access;
mod borrowed;
mod directories;
mod errno;
mod handle;
mod named;
mod native;
mod owner;
mod random;
mod rights;
mod stat;
mod streams;

pub use self::access::{may_read, may_write_into};
pub use self::directories::space_at;
pub(crate) use self::directories::{
    is_on_device_of_root, is_on_passing_mount, link_of_ours, make_directory, make_directory_in, names,
    open_directory, open_directory_in, open_file, open_file_in, remove_directory, remove_directory_in,
    rename, rename_to_new, space, sync_directory, unlink, unlink_in,
};
pub use self::errno::{Errno, Result};
pub(crate) use self::handle::Handle;
pub(crate) use self::named::{create_named, open_named, open_named_to_rewrite};
pub use self::owner::Owner;
pub use self::random::random;
pub(crate) use self::rights::keep_to_ourselves;
pub use self::stat::{Identity, Stat, stat, stat_target};
pub(crate) use self::stat::{stat_in, stat_of};
pub use self::streams::max_file_size;
pub(crate) use self::streams::{
    cut, lock, lock_of_process, read_at, set_modified, sync, sync_all, write, write_at,
};
