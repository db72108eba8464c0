//! From what one collector received to batches that every collector reads: names, keys, bounds.
//!
//! What is decided here depends on what this collector knows at that moment, so that it is decided once and written down.
//! Quotas are those of each collector: a cluster of several admits up to as many times as much.

mod admit;
mod books;
mod contexts;
mod events;
mod product;
#[cfg(test)]
mod tests;
mod weights;

pub use admit::{Admission, Sender};
