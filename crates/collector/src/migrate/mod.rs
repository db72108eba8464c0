//! Moving what one collector has to a cluster: every day of its database becomes a closed day of the order.
//!
//! A day that the journal of the cluster has is done, and one that it does not have is written anew, so that a move that was
//! interrupted goes on where it ended. What the cluster must know besides days comes in one block, whose end is the position of the
//! database in the ingest log. At the end every figure is compared.

mod carry;
mod compare;
mod error;
mod progress;
mod run;
mod settle;

#[cfg(test)]
mod tests;

pub use error::MigrationError;
pub use progress::{MoveProgress, Moved, Outlook};
pub use run::{outlook, run};
