//! What an answer covers: the terms and the items of the manifest as they were when it was given.
//!
//! The answer keeps one digest of them, and the text itself lies beside it. A program whose manifest has the same digest
//! reads no further; any other reads the text and compares. An item that is new, that may hold more or other things than
//! it could, or that is described in other words, is *wider* and waits until its user was asked or shown again. The rest
//! goes on.
//!
//! Each line of the text allows something. One that ends with a bound (`, at most 20`) also allows what is within it.

mod bound;
mod covered;
mod item;

pub use self::covered::{Scope, covers, digest};
