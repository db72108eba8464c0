//! What the closures that a host hands to its agents may return.

use std::process::ExitCode;

use super::record::Counts;
use crate::event::Report;

/// What a command's closure may return. Only success or failure is read from it: never an error's text.
pub trait Finished {
    /// Whether the command failed.
    fn failed(&self) -> bool;
}

impl Finished for () {
    fn failed(&self) -> bool {
        false
    }
}

impl Finished for ExitCode {
    fn failed(&self) -> bool {
        *self != Self::SUCCESS
    }
}

impl<T: Finished, E> Finished for Result<T, E> {
    fn failed(&self) -> bool {
        self.as_ref().map_or(true, T::failed)
    }
}

/// Nothing is a failure.
impl<T: Finished> Finished for Option<T> {
    fn failed(&self) -> bool {
        self.as_ref().is_none_or(T::failed)
    }
}

/// The number that the host will exit with: 0 is success.
impl Finished for i32 {
    fn failed(&self) -> bool {
        *self != 0
    }
}

/// What a closure that counts may return: the typed counts of the product, or an `Option` or `Result` of
/// them. `None` and errors mean that there is no report this time; an error is not looked at.
pub trait Counted<Kind>: Send + 'static {
    /// The report, if there is one.
    fn report(self) -> Option<Report<'static>>;
}

/// Marks the plain counts among what [`Counted`] is implemented for.
#[derive(Debug)]
pub struct Plain;

/// Marks an `Option` of counts.
#[derive(Debug)]
pub struct Perhaps;

/// Marks a `Result` of counts.
#[derive(Debug)]
pub struct Fallible;

impl<C: Counts + Send + 'static> Counted<Plain> for C {
    fn report(self) -> Option<Report<'static>> {
        Some(Counts::report(self))
    }
}

impl<C: Counts + Send + 'static> Counted<Perhaps> for Option<C> {
    fn report(self) -> Option<Report<'static>> {
        self.map(Counts::report)
    }
}

impl<C: Counts + Send + 'static, E: Send + 'static> Counted<Fallible> for Result<C, E> {
    fn report(self) -> Option<Report<'static>> {
        self.ok().map(Counts::report)
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
