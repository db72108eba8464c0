//! The route for batches: admit, decode, validate, log, respond, in that order, so that the cheapest refusal comes first.

mod address;
mod body;
mod handler;
mod headers;
mod limits;
mod memory_budget;
mod padding;
mod rate;
mod validate;

pub(crate) use address::client;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use body::inflate;
pub(crate) use body::read;
pub(crate) use handler::Ingest;
pub(crate) use headers::{is_json, stated_length};
pub(crate) use memory_budget::MemoryBudget;
pub(crate) use rate::Limiter;
pub(crate) use validate::{BatchContext, validate};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use validate::{ReadBatch, check_events};
