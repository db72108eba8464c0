//! A cluster in the memory of one process, for tests: several collectors share it, and it does what real ones do to each other.

mod backend;
mod closed_days;
mod cluster;
mod deletion;
mod state;
mod tested;

pub use backend::MemoryBackend;
pub use cluster::MemoryCluster;
pub use state::FlushFault;
pub use tested::{Closing, TestedNode};
