//! Health in words: whether data arrives as it usually does, and what keeps it from that, most severe first.

mod arrivals;
mod collector;
mod line;
mod message;
mod noted;
mod product;
mod refused;

pub(crate) use arrivals::last_batch;
pub(crate) use collector::of_collector;
pub(crate) use line::HealthLine;
pub(crate) use message::{HealthMessage, sorted};
pub(crate) use product::of_product;
