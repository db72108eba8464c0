//! What every store owes: from the entries of the log to facts, the write port, and the read port.

pub mod calendar;
pub mod context;
pub mod entry;
mod error;
pub mod facts;
pub mod figures;
pub mod in_force;
pub mod installation_set;
pub mod limits;
mod placing;
pub mod read;
pub mod retention;
pub mod sequence;
pub mod sqlite;
mod write;

#[cfg(test)]
pub(crate) mod contract;

pub use error::{Fate, StoreError, StoreProblem};
pub use write::{Applied, EntryRange, Retired, Store};
