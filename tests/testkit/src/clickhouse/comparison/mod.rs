//! A proxy before two servers of different versions, which asks both the same and compares what they answer, byte for byte.

mod compared;
mod exceptions;
mod follower;
mod http;
mod judge;
mod pair;
mod proxy;
mod rows;
mod statement;
#[cfg(test)]
mod tests;

pub use compared::Compared;
pub use proxy::Comparison;
