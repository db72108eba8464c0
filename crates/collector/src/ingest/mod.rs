//! The route for batches: admit, decode, validate, log, respond, in that order, so that the cheapest refusal comes first.

mod address;
mod body;
mod bucket;
mod gzip;
mod handler;
mod headers;
mod limits;
mod memory_budget;
mod padding;
mod prefix;
mod rate;
mod received;
mod validate;
mod workers;

pub(crate) use address::{client, may_be_local_proxy};
pub(crate) use body::{ArrivingBody, WatchBody};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use gzip::inflate;
pub(crate) use handler::Ingest;
pub(crate) use headers::{is_json, single};
pub(crate) use limits::MAX_BATCH_BODY;
pub(crate) use memory_budget::MemoryBudget;
pub(crate) use prefix::{Prefix, Sender};
pub(crate) use rate::{Limiter, RequestKind};
pub(crate) use received::ReceivedBytes;
pub(crate) use validate::{BatchContext, validate};
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use validate::{ReadBatch, check_events};
pub(crate) use workers::Workers;
