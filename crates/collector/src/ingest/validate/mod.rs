//! From bytes to what may be logged: typed, without a generic tree, every name compared with the manifest.

mod batch;

#[cfg(test)]
mod cost_tests;
#[cfg(test)]
mod tests;

pub(crate) use batch::{BatchContext, validate};
pub(super) use batch::{CheckedBatch, LiveArrival};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use batch::{ReadBatch, check_events};
