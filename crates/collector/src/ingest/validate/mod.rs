//! From bytes to what may be logged: typed, without a generic tree, every name compared with the manifest.

mod batch;

#[cfg(test)]
mod tests;

pub(super) use batch::LiveArrival;
pub(crate) use batch::{BatchContext, validate};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use batch::{ReadBatch, check_events};
