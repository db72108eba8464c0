//! Lints.

/// The name of every lint.
pub(crate) const NAMES: [&str; 1] = ["never-expires"];
