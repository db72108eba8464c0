//! The store in one SQLite file: rows of a few bytes an event, roll-ups beside them.

mod apply;
mod block;
mod clear;
mod convert;
mod dump;
mod erase;
mod error;
pub(crate) mod export;
mod files;
mod flush;
mod names;
mod open;
mod quality;
mod reader;
mod rebuild;
mod retire;
mod rows;
mod schema;
mod sender;
mod sets;
mod store;
mod timing;
mod tombstone;
pub mod upkeep;

#[cfg(test)]
mod migrations;
#[cfg(test)]
mod retention_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod timing_tests;

pub use open::{Check, Expect};
pub use reader::{Context, CubeCell, LastReport, Reader, SetPart, Snapshot};
pub use store::{SqliteStore, open};
