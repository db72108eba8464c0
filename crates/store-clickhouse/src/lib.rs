//! The store of several collectors in one ClickHouse cluster.
//!
//! Every collector has its own ingest log. What a range of it says is a [block](aboveboard_replay::Block): it is written into the data
//! directory, then sent to the shards, and let go of when every replica that must was seen to hold all of it. Nothing depends on
//! what the engine does about rows that come twice: whoever reads knows each row by its collector and its place in that one's log.
//!
//! The collector asks each shard itself, over HTTP, one replica at a time, with time limits of its own. Where a replica cannot be
//! used, the other one is asked.
#![forbid(unsafe_code)]

mod arrivals;
mod backend;
mod blocks;
mod client;
mod closed;
mod config;
mod journal;
mod node;
mod problem;
mod schema;
mod store;
mod upkeep;

pub use self::blocks::Waiting;
pub use self::config::{ClusterConfig, Password, ServerAddress};
pub use self::store::{ClickHouse, ServerStanding};
