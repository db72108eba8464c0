//! What arrives over the network from any sender: a batch in the body of a request, a receipt in that of a reply. Decoded
//! with serde, straight from the bytes and without a generic tree, and checked before anything of it is believed.
//!
//! A batch is one JSON object: the envelope, `events`, `outcomes`. Its bytes are fixed when it is sealed; what
//! `preview` shows, the sent log keeps and the request carries are the same bytes. The time of sending is a
//! header outside the body ([`SENT_AT`]). The events are read into [`RawEvent`](aboveboard_types::read::RawEvent),
//! which has the check that reading a spool uses too.
#![forbid(unsafe_code)]

mod batch;
mod event;
mod hand_over;
pub mod id;
mod problem;
mod receipt;
mod refusal;

pub use self::{
    batch::Batch,
    event::WireEvent,
    hand_over::{HandOver, HandOverHeaders},
    problem::{PROBLEM_TYPE, Problem, is_problem},
    receipt::{ErasureReceipt, Receipt, Rejection},
    refusal::believed,
};

/// Path below the endpoint to which a batch is posted.
pub const BATCH_PATH: &str = "/v1/batch";

/// Path below the endpoint to which an erasure is posted.
pub const ERASE_PATH: &str = "/v1/erase";

/// Path below the endpoint to which an installation posts its question what is held of it.
pub const HELD_PATH: &str = "/v1/held";

/// The header that carries the sender's clock when it sends: whole seconds since 1970 UTC.
pub const SENT_AT: &str = "aboveboard-sent-at";
