//! Whether this program runs with the rights of another user than the one who started it.

#[cfg_attr(unix, path = "rights/unix.rs")]
#[cfg_attr(windows, path = "rights/windows.rs")]
mod system;

pub(crate) use self::system::{are_borrowed, has_other_ids};
