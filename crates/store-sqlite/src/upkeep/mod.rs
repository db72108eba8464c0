//! Looking after a database: a copy while it runs, a look at its health, taking a copy back, saving what reads.

mod backup;
mod doctor;
mod repair;
mod restore;

#[cfg(test)]
mod tests;

pub use super::open::require;
pub use backup::backup;
pub use doctor::{Health, ProductHealth, examine};
pub use repair::{Repaired, repair};
pub use restore::{Restored, restore};
