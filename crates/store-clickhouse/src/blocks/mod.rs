//! Blocks of the log on their way into the cluster: files in the data directory until every replica that must was seen to hold them.
//!
//! A block is cut once and written as a file before the first attempt; then its entries of the journal are sent, then its batches,
//! each to its shard. What became of an attempt that failed is asked for before anything is sent again, as after a restart. The
//! file goes when the rows were seen on all replicas of their shard, and those of the journal on two servers.
//!
//! What is told in the journal and comes from no log is kept and sent in the same way, as a file beside the blocks.

mod file;
mod outbox;
mod send;
mod settle;
mod waiting;

pub use self::outbox::Waiting;
pub(crate) use self::outbox::{Outbox, renew};
