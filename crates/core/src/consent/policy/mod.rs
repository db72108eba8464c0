//! Policies of a machine, which opt out all its users.

mod files;
mod found;
#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;

pub(super) use self::files::read;
pub(super) use self::found::PolicyFile;
