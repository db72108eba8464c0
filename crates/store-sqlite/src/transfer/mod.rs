//! The content of a database in the terms of a cluster, a day at a time: what moves a collector to one.
//!
//! Every day of events, and every day of receipt, becomes the day of the order with that very number. Ids become what stands for
//! them in the cluster on the way. The database is only read.

mod day;
mod events;
mod firsts;
mod journal;
mod open;
mod others;
mod received;
mod rows;
mod sets;
mod states;
mod sums;
mod words;

#[cfg(test)]
mod tests;

pub use open::{Condition, RetiredSets, Transfer, condition};
