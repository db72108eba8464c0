//! The store in one SQLite file: rows of a few bytes an event, roll-ups beside them.

mod apply;
mod block;
mod clear;
mod convert;
mod decode;
mod dictionary;
mod dump;
mod erase;
mod error;
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
mod snapshot;
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
pub use reader::SqliteReader;
pub use store::{SqliteStore, open};
