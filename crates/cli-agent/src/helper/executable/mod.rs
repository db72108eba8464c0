//! This executable, and whether it may be started once more.
//!
//! It may where its own `main` has said that it can be the helper. A library says nothing for the program that has loaded
//! it: an interpreter would take the helper's argument for a script, and a program that knows nothing of us would begin its
//! work anew.

#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "elsewhere.rs")]
mod system;
mod thread;
mod unstartable;

pub(super) use self::system::this;
pub(crate) use self::thread::is_on_main_thread;
pub(crate) use self::unstartable::Unstartable;
