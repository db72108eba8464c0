//! This executable, and whether it may be started once more.
//!
//! It may where its own `main` has said that it can be the helper. A library says nothing for the program that has loaded
//! it: an interpreter would take the helper's argument for a script, and a program that knows nothing of us would begin its
//! work anew.

#[cfg_attr(target_os = "linux", path = "linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "elsewhere.rs")]
mod system;

use std::path::PathBuf;

pub(super) use self::system::this;

/// Whether this is the thread of a Rust `main`. The copy of the standard library that a library brings along into a program
/// of another language has none.
pub(crate) fn is_on_main_thread() -> bool {
    std::thread::current().name() == Some("main") && system::is_first_thread()
}

/// Why this executable cannot be started once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unstartable {
    /// The system does not say which file runs.
    Unknown,
    /// The system says that this file runs, and our code is in another: a loader, an interpreter, an emulator.
    Another(PathBuf),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_is_only_called_so_is_not_that_of_a_main() {
        let thread = std::thread::Builder::new().name("main".into()).spawn(is_on_main_thread).unwrap();
        assert!(!thread.join().unwrap());
    }
}
