//! The ingest log: appended to durably before anything is acknowledged, read by `apply`, deleted when applied.
//!
//! One thread writes. While it waits for a disk, requests gather; it takes all of them at once, writes them with one
//! call and makes them durable with one `fdatasync`, and only then are they answered. What is acknowledged is therefore
//! on the disk, and the cost of the sync is shared. A segment is never appended to after a restart or a failure.
//! Deleting follows the store, which says up to where it has durably applied.

mod appender;
mod error;
mod extents;
mod frame;
mod import;
mod ingest_log;
mod limits;
mod queue;
mod reader;
mod segment;
mod space;
mod writer;

#[cfg(test)]
mod tests;

pub(crate) use error::AppendError;
pub use error::LogError;
pub(crate) use frame::{EntryRef, entry_of, frame_of};
pub(crate) use import::import;
pub(crate) use ingest_log::Log;
pub(crate) use queue::Durable;
pub(crate) use reader::LogReader;
pub(crate) use segment::end;
