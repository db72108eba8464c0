//! What a new revision of a manifest collects that the old one did not.

mod change;
mod compare;
mod difference;
#[cfg(test)]
mod key_tests;
#[cfg(test)]
mod tests;

pub use change::{Change, ChangeKind};
pub use difference::Diff;
