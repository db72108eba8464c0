//! The thread of a `main`.

use super::system;

/// Whether this is the thread of a Rust `main`. The copy of the standard library that a library brings along into a program
/// of another language has none.
pub(crate) fn is_on_main_thread() -> bool {
    std::thread::current().name() == Some("main") && system::is_first_thread()
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
