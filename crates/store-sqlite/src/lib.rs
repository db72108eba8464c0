//! The store of a collector in one SQLite file: rows of a few bytes an event, roll-ups beside them.
//!
//! [`open`] gives the writing end, which is a [`Store`](aboveboard_store::Store); [`SqliteReader`] gives the reading end.
//! [`upkeep`] looks after the file.
#![forbid(unsafe_code)]

mod amend;
mod apply;
mod block;
mod chunk;
mod clear;
mod contexts;
mod contributors;
mod convert;
mod counted;
mod decode;
mod delta;
mod dictionary;
mod dump;
mod erase;
mod error;
mod files;
mod flush;
mod links;
mod names;
mod open;
mod own_rows;
mod own_schema;
mod processes;
mod quality;
mod query;
mod reader;
mod rebuild;
mod receipts;
mod remake;
mod removal;
mod retire;
mod row;
mod rows;
mod schema;
mod sender;
mod sets;
mod snapshot;
mod store;
mod stored_sets;
mod timing;
mod tombstone;
pub mod transfer;
pub mod upkeep;
mod versions;
mod weight;

#[cfg(test)]
mod cost_tests;
#[cfg(test)]
mod kept_tests;
#[cfg(test)]
mod migration_tests;
#[cfg(test)]
mod names_tests;
#[cfg(test)]
mod removal_tests;
#[cfg(test)]
mod retention_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod timing_tests;

pub use open::Expect;
pub use reader::SqliteReader;
pub use store::{SqliteStore, open};
