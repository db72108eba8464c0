//! Whether a command failed, as its closure says by what it returns.

use std::process::ExitCode;

/// What a closure given to [`crate::Command::run`] may return. Only success or failure is read from it: never an
/// error's text.
pub trait Outcome {
    /// Whether the command failed.
    fn failed(&self) -> bool;
}

impl Outcome for () {
    fn failed(&self) -> bool {
        false
    }
}

impl Outcome for ExitCode {
    fn failed(&self) -> bool {
        *self != Self::SUCCESS
    }
}

impl<T: Outcome, E> Outcome for Result<T, E> {
    fn failed(&self) -> bool {
        self.as_ref().map_or(true, T::failed)
    }
}

/// Nothing is a failure.
impl<T: Outcome> Outcome for Option<T> {
    fn failed(&self) -> bool {
        self.as_ref().is_none_or(T::failed)
    }
}

/// The number that the host will exit with: 0 is success.
impl Outcome for i32 {
    fn failed(&self) -> bool {
        *self != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_or_an_exit_code_is_a_failure() {
        assert!(!().failed());
        assert!(!ExitCode::SUCCESS.failed());
        assert!(ExitCode::from(3).failed());
        assert!(!Ok::<_, String>(()).failed());
        assert!(Err::<(), _>("secret").failed());
        assert!(Ok::<_, String>(ExitCode::FAILURE).failed());
        assert!(1.failed());
    }
}
