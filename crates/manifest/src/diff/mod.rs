//! What a new revision of a manifest collects that the old one did not.

mod carried_over;
mod change;
mod compare;
mod compatible;
mod difference;
mod hint;
#[cfg(test)]
mod key_tests;
mod publish;
#[cfg(test)]
mod tests;

pub use change::{Change, ChangeKind};
pub use difference::Diff;
pub use hint::RenameHint;
