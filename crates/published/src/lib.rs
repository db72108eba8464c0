//! Published figures: their documents, their log, and how anybody checks them.
//!
//! A publication is one set of published figures of one period. Every figure in it is a number of installations with noise
//! drawn once; which installations count and how the noise is drawn is the collector's affair. This crate knows what a
//! publication looks like and how it is checked, and reaches nothing: whoever uses it brings the bytes.
#![forbid(unsafe_code)]

pub mod canonical;
pub mod counted;
pub mod epsilon;
pub mod figures;
pub mod key;
pub mod ledger;
pub mod log;
pub mod note;
pub mod parameters;
pub mod paths;
pub mod period;
pub mod publication;
pub mod ratio;
#[cfg(test)]
mod testing;
pub mod tree;
pub mod verify;
