//! Where the answer, the id and the spool of a product lie.

mod bases;
mod places;
#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;

pub use self::places::Paths;
pub(crate) use self::places::is_safe_name;
