//! Real servers of ClickHouse and ZooKeeper on loopback, and what befalls them.
//!
//! Each has an address of its own in 127.0.0.0/8, so that its ports stay its own while it is down, and a directory of its
//! own. Nothing of them outlives the test, also where it panics or is killed.

mod address;
mod cluster;
mod comparison;
mod configuration;
mod daemon;
mod double;
mod folder;
mod server;
#[cfg(test)]
mod tests;
mod zookeeper;

pub use cluster::Cluster;
pub use comparison::{Compared, Comparison};
pub use configuration::{Password, ServerSettings, Tls};
pub use double::Double;
pub use server::{Server, is_installed};
pub use zookeeper::ZooKeeper;
