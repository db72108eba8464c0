//! The store of one collector of a cluster: the ports to write and to read over a [`Backend`](crate::Backend).

mod ahead;
mod amend;
mod apply;
mod close;
mod hearing;
mod moment;
mod reader;
mod rebuild;
mod remove;
mod retire;
mod writer;

pub use reader::{ClusterReader, OpenDaysHeld};
pub use writer::ClusterStore;
